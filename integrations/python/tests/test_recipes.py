"""The recipes, each where its engine is installed; Ray, which takes a minute to start, is left to a run by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import wavekin

HERE = Path(__file__).parent.parent


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_recipe(engine: str, tmp_path: Path) -> None:
    pytest.importorskip(engine)
    r = np.random.default_rng(0)
    for i in range(3):
        at = pa.array(np.arange(800) * 1_000_000, pa.timestamp("us"))
        pq.write_table(pa.table({"id": [f"s{i}"] * 800, "at": at, "x": np.sin(np.arange(800) / 9) + r.normal(size=800) / 9}), tmp_path / f"{i}.parquet")
    run = [sys.executable, str(HERE / "recipes" / "engines.py"), str(tmp_path), engine]
    src = str(Path(wavekin.__file__).parent.parent)
    done = subprocess.run(run, env={**os.environ, "PYTHONPATH": src}, check=True, capture_output=True, text=True)
    assert "2400 scores" in done.stdout
