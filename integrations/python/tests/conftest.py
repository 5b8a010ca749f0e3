"""Data that wavekin draws itself, so that no test needs a network."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from wavekin import _binary


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV file of 8 synthetic series of 200 time stamps."""
    path = tmp_path_factory.mktemp("data") / "drawn.csv"
    subprocess.run([_binary.find(), "convert", "-q", "synthetic:8,length=200", str(path)], check=True, stdout=subprocess.DEVNULL)
    return path


@pytest.fixture(scope="session")
def frame(drawn: Path) -> pd.DataFrame:
    return pd.read_csv(drawn).drop(columns="index")


@pytest.fixture(scope="session")
def model(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "rocket.safetensors"
    command = [_binary.find(), "pretrain", "-q", "--data", str(drawn), "--encoder", "rocket", "--window", "50", "--out", str(path)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return path


os.environ.setdefault("POLARS_MAX_THREADS", "2")
