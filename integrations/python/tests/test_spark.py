"""wavekin.spark on two executors: the rows of a run on one machine, also where an executor is killed on the way."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pyspark = pytest.importorskip("pyspark", reason="wants pyspark")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("wants Java 17 or later for Spark", allow_module_level=True)

import wavekin
import wavekin.spark

pytestmark = pytest.mark.filterwarnings("ignore::wavekin.WavekinWarning")
FILES, ROWS, PARTITIONS = 50, 300, 6


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    os.environ.update(SPARK_HOME=str(Path(pyspark.__file__).parent), SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable)
    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.ui.enabled", False)
        .config("spark.sql.shuffle.partitions", PARTITIONS)
        .config("spark.sql.adaptive.coalescePartitions.enabled", False)
        .config("spark.sql.files.openCostInBytes", 0)
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Readings of 40 series in 50 files by time, so that most series are in several of them; no file is in the order of time."""
    folder = tmp_path_factory.mktemp("lake")
    r = np.random.default_rng(0)
    for i in range(FILES):
        n = np.arange(ROWS)
        times = (n // 8 + i // 5 * (ROWS // 8 + 1)) * 1_000_000
        ids = [f"s{i % 5 * 8 + k % 8:02}" for k in range(ROWS)]
        table = {"id": ids, "at": pa.array(times, pa.timestamp("us", tz="UTC")), "x": np.sin(times / 7e6) + r.normal(size=ROWS) / 9, "y": r.normal(size=ROWS)}
        pq.write_table(pa.table(table).take(pa.array(r.permutation(ROWS))), folder / f"{i:02}.parquet")
    return folder


@pytest.fixture(scope="module")
def whole(lake: Path) -> pa.Table:
    return pq.read_table(lake).sort_by([("id", "ascending"), ("at", "ascending")])


@pytest.fixture(scope="module")
def learnt(whole: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("learnt")
    names: dict[str, Any] = {"series": "id"}
    wavekin.pretrain(whole, folder / "model", encoder="conv(width=8,depth=3)", steps=3, batch=8, window=32, **names)
    wavekin.reference(whole.slice(0, 4000), folder / "normal", folder / "model", **names)
    wavekin.reference(whole.slice(0, 4000), folder / "fused", fast=True, **names)
    return {name: folder / name for name in ("model", "normal", "fused")}


def rows(table: pa.Table) -> list[dict[str, Any]]:
    order = [n for n in ("series", "start", "time") if n in table.schema.names]
    return table.sort_by([(n, "ascending") for n in order]).to_pylist()


def same(got: Any, want: pa.Table) -> None:
    """The rows of a Spark frame and of a table, bit by bit."""
    found, expected = rows(got.toArrow()), rows(want)
    assert len(found) == len(expected) > 0
    for a, b in zip(found, expected):
        assert a.keys() == b.keys()
        for key, value in b.items():
            assert a[key] == (value.to_pydatetime() if hasattr(value, "to_pydatetime") else value), (key, a, b)


def test_readings(spark: Any, lake: Path, whole: pa.Table, learnt: dict[str, Path]) -> None:
    df = spark.read.parquet(str(lake))
    assert df.rdd.getNumPartitions() > 1
    how: dict[str, Any] = {"series": "id", "time": "at"}
    same(wavekin.spark.embed(df, learnt["model"], stride=5, **how), wavekin.embed(whole, learnt["model"], stride=5, **how))
    for args in (
        {"model": learnt["model"], "reference": learnt["normal"], "per_point": True},
        {"reference": learnt["fused"], "channels": ["x", "y"]},
    ):
        same(wavekin.spark.score(df, **args, **how), wavekin.score(whole, **args, **how))
    one = df.where("id = 's03'").drop("id")
    alone = whole.filter(pa.compute.equal(whole["id"], "s03")).drop_columns("id")
    same(wavekin.spark.embed(one, window=32, time="at"), wavekin.embed(alone, window=32, time="at"))


def test_rows_that_are_series(spark: Any, whole: pa.Table, learnt: dict[str, Path]) -> None:
    lists = whole.group_by("id", use_threads=False).aggregate([("x", "list"), ("y", "list")]).rename_columns(["id", "x", "y"])
    df = spark.createDataFrame(lists.to_pylist(), "id string, x array<double>, y array<double>").repartition(3)
    same(wavekin.spark.embed(df, window=64, series="id"), wavekin.embed(lists, window=64, series="id"))
    files = {"model": learnt["model"], "reference": learnt["normal"]}
    same(wavekin.spark.score(df, **files, series="id"), wavekin.score(lists, **files, series="id"))


def test_errors(spark: Any, lake: Path, learnt: dict[str, Path], tmp_path: Path) -> None:
    df = spark.read.parquet(str(lake))
    how: dict[str, Any] = {"series": "id", "time": "at"}
    for match, call in {
        "needs window=": lambda: wavekin.spark.embed(df, **how),
        "give time=": lambda: wavekin.spark.embed(df, learnt["model"], series="id"),
        "no column 'ad'": lambda: wavekin.spark.embed(df, learnt["model"], series="ad", time="at"),
        "want timestamps": lambda: wavekin.spark.embed(df, learnt["model"], time="id"),
        "a model is part of the reference": lambda: wavekin.spark.score(df, reference=learnt["normal"], **how),
    }.items():
        with pytest.raises(wavekin.UsageError, match=match):
            call()
    with pytest.raises(TypeError, match="unexpected argument 'serie'"):
        wavekin.spark.embed(df, learnt["model"], serie="id")
    bad = tmp_path / "bad"
    bad.write_bytes(learnt["model"].read_bytes()[:-100])
    with pytest.raises(wavekin.DataError, match="bad"):
        wavekin.spark.embed(df, bad, **how)
    # What only the rows tell fails the action, with the line of the binary.
    file = lake / "00.parquet"
    with pytest.raises(wavekin.DataError, match="no such channel") as local:
        wavekin.embed(pq.read_table(file).drop_columns("y").sort_by("id"), learnt["model"], sort=True, **how)
    with pytest.raises(Exception, match="DataError: input: ") as failed:
        wavekin.spark.embed(spark.read.parquet(str(file)).drop("y").coalesce(1), learnt["model"], **how).toArrow()
    assert str(local.value) in str(failed.value)


def executors() -> list[int]:
    """The executors of this process: of local-cluster, each is a process of its own below the one that this Python has started."""
    parent, command = {}, {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit():
                parent[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                command[int(entry.name)] = (entry / "cmdline").read_bytes()
        except OSError:
            continue

    def below(p: int) -> bool:
        while p > 1 and p != os.getpid():
            p = parent.get(p, 0)
        return p == os.getpid()

    return [p for p, c in command.items() if b"CoarseGrainedExecutorBackend" in c and below(p)]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the executors by /proc")
def test_an_executor_is_killed(spark: Any, lake: Path, whole: pa.Table, learnt: dict[str, Path]) -> None:
    how: dict[str, Any] = {"series": "id", "time": "at"}
    frame = wavekin.spark.embed(spark.read.parquet(str(lake)), learnt["model"], stride=1, **how)
    tracker, killed = spark.sparkContext.statusTracker(), []
    before = executors()
    assert len(before) == 2

    def kill() -> None:
        for _ in range(3000):
            for stage in tracker.getActiveStageIds():
                info = tracker.getStageInfo(stage)
                if info is not None and info.numTasks == PARTITIONS and info.numCompletedTasks >= 1:
                    os.kill(before[0], signal.SIGKILL)
                    killed.append(info.numCompletedTasks)
                    return
            time.sleep(0.01)

    thread = threading.Thread(target=kill)
    thread.start()
    got = frame.toArrow()
    thread.join()
    assert killed and killed[0] < PARTITIONS, "the job was over before the executor could be killed"
    assert before[0] not in executors()
    want = rows(wavekin.embed(whole, learnt["model"], stride=1, **how))
    assert rows(got) == want
