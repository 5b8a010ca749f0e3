"""Unusual stretches of a frame: those of the command, in the kind of frame that came in."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.ipc as ipc
import pytest

import wavekin
from wavekin import _binary

pytestmark = pytest.mark.filterwarnings("ignore::wavekin.WavekinWarning")


@pytest.fixture(scope="module")
def readings() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Quiet readings of two channels, and the same with one channel stuck from 2500 on for 60 seconds."""
    at = np.arange(4000)
    noise = np.random.default_rng(1).normal(0, 0.05, (2, len(at)))
    quiet = pd.DataFrame(
        {"pressure": np.sin(at / 9) + noise[0], "flow": np.cos(at / 13) + noise[1]},
        index=pd.date_range("2026-11-26", periods=len(at), freq="s", tz="Europe/Berlin"),
    )
    today = quiet.copy()
    today.iloc[2500:2560, 0] = 0
    return quiet, today


def test_a_stuck_sensor_is_found(readings: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path) -> None:
    quiet, today = readings
    report = tmp_path / "report.html"
    found = wavekin.episodes(today, normal=quiet, fast=True, alarm_rate="1/hour", report=report)
    assert isinstance(found, pd.DataFrame) and "input" not in found
    worst = found.loc[found["score"].idxmax()]
    assert 2450 < worst["peak"] < 2610 and worst["channel_1"] == "pressure" and worst["peak_time"] == today.index[worst["peak"]]
    assert "<svg" in report.read_text()
    assert len(wavekin.episodes(today, normal=quiet, fast=True, level=1e-9)) == 0


def test_rows_are_those_of_the_command(readings: tuple[pd.DataFrame, pd.DataFrame], model: Path, tmp_path: Path) -> None:
    files = []
    for name, frame in zip(("quiet", "today"), readings):
        table = pa.Table.from_pandas(frame.rename_axis("time").reset_index(), preserve_index=False)
        with ipc.new_file(str(tmp_path / f"{name}.arrow"), table.schema) as out:
            out.write_table(table)
        files.append(tmp_path / f"{name}.arrow")
    made = tmp_path / "made.arrow"
    subprocess.run([_binary.find(), "score", "-q", "--fast", "--normal", files[0], "--episodes", made, files[1]], check=True, stdout=subprocess.DEVNULL)
    want = ipc.open_file(str(made)).read_all()
    got = wavekin.episodes(files[1], normal=files[0], fast=True)
    assert got.num_rows > 0 and got.to_pydict() == want.to_pydict()
    known = tmp_path / "normal.safetensors"
    wavekin.reference(files[0], known, fast=True)
    assert wavekin.episodes(files[1], reference=known).to_pydict() == want.to_pydict()


def test_what_is_normal_must_be_said(readings: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    with pytest.raises(wavekin.UsageError, match="what is normal"):
        wavekin.episodes(readings[1])
    with pytest.raises(TypeError, match="per_point"):
        wavekin.episodes(readings[1], normal=readings[0], per_point=True)
    with pytest.raises(wavekin.UsageError, match="alarm-rate"):
        wavekin.episodes(readings[1], normal=readings[0], alarm_rate="often")
