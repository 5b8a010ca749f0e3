"""Functions on frames: the rows of the command, in the kind of frame that came in, and errors as exceptions."""

from __future__ import annotations

import io
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.ipc as ipc
import pytest

import wavekin
from wavekin import _binary, _process


def command(*args: object) -> pa.Table:
    """The table of the command itself, without this package."""
    done = subprocess.run([_binary.find(), *map(str, args), "-q", "--out", "-"], check=True, capture_output=True)
    return ipc.open_stream(io.BytesIO(done.stdout)).read_all()


def same(got: pa.Table, want: pa.Table) -> None:
    assert got.schema.names == want.schema.names
    for name in want.schema.names:
        assert got[name].to_pylist() == want[name].to_pylist(), name


def test_rows_are_those_of_the_command(frame: pd.DataFrame, drawn: Path, model: Path) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    same(wavekin.embed(table, model), command("embed", "--model", model, drawn))
    same(wavekin.embed(table, window=64), command("embed", "--window", 64, drawn))
    same(wavekin.score(table, normal=table, fast=True), command("score", "--fast", f"--normal={drawn}", drawn))
    same(wavekin.embed(drawn, model), command("embed", "--model", model, drawn))


def test_reference(frame: pd.DataFrame, model: Path, tmp_path: Path) -> None:
    file = tmp_path / "normal.safetensors"
    assert wavekin.reference(frame, file, model)["window"] == 50
    got = wavekin.score(frame, reference=file, model=model)
    direct = wavekin.score(frame, normal=frame, model=model)
    pd.testing.assert_frame_equal(got, direct)
    assert wavekin.info(file)["window"] == 50


def test_kinds_of_frames(frame: pd.DataFrame, model: Path) -> None:
    pl = pytest.importorskip("polars")
    want = wavekin.embed(frame, model)
    assert isinstance(want, pd.DataFrame) and len(want["embedding"][0]) > 1
    polars = wavekin.embed(pl.from_pandas(frame), model)
    assert isinstance(polars, pl.DataFrame)
    lazy = wavekin.embed(pl.from_pandas(frame).lazy(), model)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    reader = wavekin.embed(table.to_reader(30), model)
    assert isinstance(reader, pa.RecordBatchReader)
    for other in (polars.to_arrow(), lazy.to_arrow(), reader.read_all()):
        assert other["start"].to_pylist() == want["start"].tolist()
        assert np.array_equal(np.array(other["embedding"].to_pylist()), np.stack(list(want["embedding"])))
    with pytest.raises(TypeError, match="not list"):
        wavekin.embed([1, 2], model)
    with pytest.raises(TypeError, match="unexpected argument 'tiem'"):
        wavekin.embed(frame, model, tiem="t")


def test_index_of_dates_is_the_time(frame: pd.DataFrame) -> None:
    one = frame[frame.series == "synthetic:0"][["value"]]
    dates = pd.date_range("2026-01-01", periods=len(one), freq="min", tz="Europe/Berlin")
    naive = dates.tz_localize(None)
    assert list(wavekin.score(one.set_index(naive), normal=one.set_index(naive), fast=True)["time"]) == list(naive)
    for at in (one.set_index(dates), one.set_index(dates.rename("measured")), one.assign(measured=dates)):
        scores = wavekin.score(at, normal=at, fast=True)
        assert list(scores["time"]) == list(dates)
    halves = one.set_index(pd.MultiIndex.from_arrays([np.arange(len(one)) // 100, dates], names=["half", None]))
    assert set(wavekin.score(halves, normal=halves, series="half", fast=True)["series"]) == {"0", "1"}


def test_panels_do_not_run_into_each_other(frame: pd.DataFrame, model: Path) -> None:
    """Where no level of an index is named as the series, one that goes back in time, or has none, is refused; a recording is not."""
    one = frame[frame.series == "synthetic:0"][["value"]]
    dates = pd.date_range("2026-01-01", periods=len(one), freq="min", name="at")
    for part in (one.reset_index(drop=True), one.set_index(dates), one.set_index(dates.to_period("min"))):
        panel = pd.concat({"a": part, "b": part}, names=["machine", part.index.name])
        with pytest.raises(ValueError, match=r"2 levels; name the one that tells series apart \(series='machine'\), or drop it"):
            wavekin.embed(panel, model)
        with pytest.raises(ValueError, match="rename_axis"):
            wavekin.embed(panel.rename_axis([None, "at"]), model)
        assert set(wavekin.embed(panel, model, series="machine")["series"]) == {"a", "b"}
    parts = one.set_index(pd.MultiIndex.from_arrays([np.arange(len(one)) // 100, dates]))
    assert wavekin.embed(parts, model)["embedding"].str[0].tolist() == wavekin.embed(one, model)["embedding"].str[0].tolist()


def test_time_stamps_come_back_as_they_went_in(frame: pd.DataFrame, model: Path) -> None:
    one = frame[frame.series == "synthetic:0"][["value"]]
    naive = pd.date_range("2026-01-01", periods=len(one), freq="min")
    for dates in (naive, naive.tz_localize("Europe/Berlin")):
        at = one.set_index(dates)
        for got in (wavekin.embed(at, model)["start_time"], wavekin.score(at, normal=at, fast=True)["time"]):
            assert got[0] == dates[0] and got.dtype == dates.as_unit("ns").dtype
    table = pa.Table.from_pandas(one.assign(time=naive), preserve_index=False)
    codes = wavekin.embed(table, model, time="time")
    assert codes.schema.field("end_time").type == pa.timestamp("ns") and b"wavekin.command" in codes.schema.metadata
    periods = one.set_index(naive.to_period("min"))
    assert list(wavekin.score(periods, normal=periods, fast=True)["time"]) == list(naive)


def test_columns_of_several_levels(frame: pd.DataFrame, model: Path) -> None:
    one = frame[frame.series == "synthetic:0"][["value"]]
    one = one.set_index(pd.date_range("2026-01-01", periods=len(one), freq="min"))
    assert len(wavekin.embed(pd.concat({"plant": one}, axis=1), window=50)) == len(wavekin.embed(one, window=50))


def test_settings(frame: pd.DataFrame, tmp_path: Path) -> None:
    """None leaves a setting out, as it does an argument."""
    settings = {"encoder.width": 4, "encoder.depth": 1, "encoder.out": None}
    wavekin.pretrain(frame, tmp_path / "m", encoder="conv", window=50, steps=1, settings=settings)
    assert wavekin.info(tmp_path / "m")["settings"]["encoder_settings"] == {"width": 4, "depth": 1}


def test_names_that_look_like_flags(frame: pd.DataFrame) -> None:
    odd = frame.rename(columns={"value": "a,b", "series": "--model"})
    assert len(wavekin.embed(odd, window=200, series="--model", channels=["a,b"])) == 8


def test_errors(frame: pd.DataFrame, model: Path) -> None:
    with pytest.raises(wavekin.UsageError, match="--stride is -1") as usage:
        wavekin.embed(frame, model, stride=-1)
    assert usage.value.code == 2 and isinstance(usage.value, ValueError)
    with pytest.raises(wavekin.DataError, match="no column of numbers") as data:
        wavekin.embed(frame.assign(value="a"), model)
    assert data.value.code == 3 and data.value.place["file"] == "-"
    again = pickle.loads(pickle.dumps(data.value))
    assert (type(again), again.code, str(again)) == (wavekin.DataError, 3, str(data.value))
    with pytest.raises(wavekin.DataError, match="^normal:"):
        wavekin.score(frame, normal=frame.assign(value="a"))
    with pytest.raises(wavekin.UsageError, match="what is normal"):
        wavekin.score(frame)


def test_partial(drawn: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(drawn.read_bytes())
    (tmp_path / "b.csv").write_text("value\nx1\ny2\n")
    with pytest.raises(wavekin.PartialError, match="1 of 2 inputs failed") as partly:
        wavekin.embed(tmp_path, model)
    assert partly.value.result.num_rows == wavekin.embed(drawn, model).num_rows


def test_remarks_are_warnings(frame: pd.DataFrame, model: Path) -> None:
    with pytest.warns(wavekin.WavekinWarning, match="little support for p-values") as seen:
        wavekin.score(frame, normal=frame, model=model)
    assert seen[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wavekin.embed(frame, model)


def test_the_built_in_encoder_is_remarked_on_once(frame: pd.DataFrame) -> None:
    """Also where pandas makes Python forget which warnings it gave."""
    one = frame[frame.series == "synthetic:0"][["value"]]
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for _ in range(2):
            wavekin.embed(one, window=37)
    assert [str(w.message)[:20] for w in seen] == ["the built-in encoder"]


def test_binary_is_missing(frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAVEKIN_BINARY", "/no/such")
    with pytest.raises(wavekin.BinaryNotFoundError, match="/no/such"):
        wavekin.embed(frame)


@pytest.mark.skipif(sys.platform == "win32", reason="programs have another form")
def test_binary_is_of_another_machine(frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wavekin").write_bytes(b"\x7fELF of another machine")
    (tmp_path / "wavekin").chmod(0o755)
    monkeypatch.setenv("WAVEKIN_BINARY", str(tmp_path / "wavekin"))
    with pytest.raises(wavekin.BinaryNotFoundError, match="wavekin cannot be run: Exec format error"):
        wavekin.embed(frame)


def test_the_source_fails(frame: pd.DataFrame, model: Path) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)

    def broken():
        yield from table.to_batches(max_chunksize=100)[:2]
        raise KeyError("the source")

    with pytest.raises(KeyError, match="the source"):
        wavekin.embed(pa.RecordBatchReader.from_batches(table.schema, broken()), model).read_all()


def test_batches_come_while_others_are_read(model: Path) -> None:
    """Nothing waits for the whole input, and neither pipe blocks the other: ten times what both hold goes through."""
    rows, seen = 4096, threading.Event()
    schema = pa.schema({"value": pa.float64()})

    def endless():
        for i in range(200):
            if i == 190:
                assert seen.wait(60), "no batch came out before the end of the input"
            yield pa.record_batch({"value": np.sin(np.arange(rows) / 7 + i)})

    out = wavekin.embed(pa.RecordBatchReader.from_batches(schema, endless()), model, stride=50)
    total = 0
    for batch in out:
        seen.set()
        total += batch.num_rows
    assert total == 200 * rows // 50


def test_nothing_is_left(frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    wavekin.score(frame, normal=frame, fast=True)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    wavekin.score(table.to_reader(), normal=frame, fast=True).close()
    with pytest.raises(wavekin.DataError):
        wavekin.score(frame, normal=frame[:0], fast=True)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_is_dropped_ends_the_process(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one of which no batch was read."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    runs: list[_process.Run] = []
    begin = _process.Run.__init__

    def keep(self: _process.Run, *args: object) -> None:
        runs.append(self)
        begin(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(_process.Run, "__init__", keep)
    rows = pa.table({"value": np.sin(np.arange(200_000) / 7)})
    for begun in (False, True):
        for normal in (None, rows[:5000]):
            reader = wavekin.embed(rows.to_reader(), model) if normal is None else wavekin.score(rows.to_reader(), normal=normal, fast=True)
            if begun:
                next(reader)
            del reader
            assert runs.pop()._process.poll() is not None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_interrupt_ends_the_process(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(
        "import numpy as np, pandas as pd, wavekin, sys\n"
        "print('ready', flush=True)\n"
        "try:\n    wavekin.pretrain(pd.DataFrame({'value': np.sin(np.arange(5000) / 9)}), sys.argv[1], window=64, steps=100000)\n"
        "except KeyboardInterrupt:\n    print('interrupted', flush=True)\n"
    )
    src = str(Path(wavekin.__file__).parent.parent)
    p = subprocess.Popen(
        [sys.executable, str(tmp_path / "run.py"), str(tmp_path / "m")], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": src}
    )
    assert p.stdout is not None and p.stdout.readline() == "ready\n"
    children = Path(f"/proc/{p.pid}/task/{p.pid}/children")
    for _ in range(200):
        child = children.read_text().split() if children.exists() else []
        if child:
            break
        time.sleep(0.05)
    time.sleep(0.5)
    p.send_signal(signal.SIGINT)
    assert p.communicate(timeout=30)[0] == "interrupted\n"
    assert not child or not Path(f"/proc/{child[0]}").exists()
    assert not (tmp_path / "m").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_killed_parent_ends_the_process(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(
        "import numpy as np, pandas as pd, wavekin, sys\n"
        "wavekin.pretrain(pd.DataFrame({'value': np.sin(np.arange(5000) / 9)}), sys.argv[1], window=64, steps=100000)\n"
    )
    src = str(Path(wavekin.__file__).parent.parent)
    p = subprocess.Popen([sys.executable, str(tmp_path / "run.py"), str(tmp_path / "m")], env={**os.environ, "PYTHONPATH": src})
    children, child = Path(f"/proc/{p.pid}/task/{p.pid}/children"), ""
    for _ in range(1200):
        if child := children.read_text().strip():
            break
        time.sleep(0.05)
    time.sleep(1)
    assert _runs(child)
    p.kill()
    p.wait()
    for _ in range(120):  # its next line of progress, ten seconds after the first, would end it as well
        if not _runs(child):
            break
        time.sleep(0.05)
    assert not _runs(child)
    assert not (tmp_path / "m").exists()


def _runs(process: str) -> bool:
    """A process that has ended may stay as a zombie where nobody waits for it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
