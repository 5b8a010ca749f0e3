"""What a second worker of Spark saves: python integrations/python/recipes/spark_scaling.py [--seconds 60] [--runs 3]

One session on this machine has two workers of one core each. Rows are drawn and scored in one partition, which keeps one worker busy and
the other idle, and in eight, which both share; by turns, after queries that warm Spark up and find how many rows take so many seconds.
What Linux tells of the processor time of all processes says how many cores were busy, and with what: a worker is a JVM, a Python and a
wavekin, which work at once where cores are idle, so that one worker keeps more than one core busy.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyspark
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

import wavekin
import wavekin.spark

SERIES, PARTITIONS, LEAST = 64, 8, 64 * 512


def session() -> SparkSession:
    os.environ.update(SPARK_HOME=str(Path(pyspark.__file__).parent), SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable)
    spark = (
        SparkSession.builder.master("local-cluster[2,1,2048]")
        .config("spark.executor.memory", "2g")
        .config("spark.ui.enabled", False)
        .config("spark.sql.adaptive.enabled", False)
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    return spark


def readings(spark: SparkSession, rows: int, partitions: int) -> DataFrame:
    """Series of two channels, a reading a second, drawn by the workers themselves."""
    n = spark.range(rows, numPartitions=partitions)
    at = f.floor(n.id / SERIES)
    return n.select(
        (n.id % SERIES).cast("string").alias("id"), f.timestamp_seconds(at).alias("at"),
        (f.sin(at / 7) + f.randn(1) / 9).alias("x"), (f.cos(at / 11) + f.randn(2) / 9).alias("y"),
    )  # fmt: skip


class Took:
    """The seconds of a run, and those of the processor by kind of process."""

    def __init__(self, wall: float, busy: dict[str, float]) -> None:
        self.wall, self.busy = wall, busy

    def __str__(self) -> str:
        cores = sum(self.busy.values()) / self.wall
        kinds = ", ".join(f"{name} {value:.1f}" for name, value in sorted(self.busy.items()) if value > 0)
        return f"{self.wall:.1f} s, {cores:.2f} cores busy ({kinds})"


def processor() -> dict[str, float]:
    """Seconds of the processor of this process and all below it, with those that have ended: the JVMs, and what they start."""
    parent: dict[int, int] = {}
    spent: dict[int, tuple[str, float]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:  # it has ended
            continue
        pid, name, rest = int(text.split()[0]), text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()
        ticks = sum(int(rest[i]) for i in range(11, 15))  # its own, and of those that ended below it
        parent[pid], spent[pid] = int(rest[1]), (name, ticks / os.sysconf("SC_CLK_TCK"))
    out = {"JVM": 0.0, "Python and wavekin": 0.0}
    for pid, (name, took) in spent.items():
        up = pid
        while up in parent and up != os.getpid():
            up = parent[up]
        if up == os.getpid():
            out["JVM" if name == "java" else "Python and wavekin"] += took
    return out


def seconds(spark: SparkSession, reference: Path, rows: int, partitions: int) -> Took:
    spark.conf.set("spark.sql.shuffle.partitions", partitions)
    scores = wavekin.spark.score(readings(spark, rows, partitions), reference=reference, series="id", time="at")
    before, begun = processor(), time.perf_counter()
    scores.write.format("noop").mode("overwrite").save()
    wall = time.perf_counter() - begun
    return Took(wall, {name: value - before[name] for name, value in processor().items()})


def enough(spark: SparkSession, reference: Path, wanted: float) -> int:
    """How many rows take one worker so many seconds."""
    rows, took = LEAST, seconds(spark, reference, LEAST, 1).wall
    while took < wanted / 8:
        rows *= 2
        took = seconds(spark, reference, rows, 1).wall
    return int(rows * wanted / took) // SERIES * SERIES


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--seconds", type=float, default=60, help="how long one worker is to take")
    args.add_argument("--rows", type=int, help="so many rows, in place of as many as take so long")
    args.add_argument("--runs", type=int, default=3, help="runs of each, by turns")
    o = args.parse_args()
    r, t = np.random.default_rng(0), np.arange(4000)
    normal = pa.table({
        "at": pa.array(t * 1_000_000, pa.timestamp("us", tz="UTC")),
        "x": np.sin(t / 7) + r.normal(size=len(t)) / 9, "y": np.cos(t / 11) + r.normal(size=len(t)) / 9,
    })  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        reference = Path(folder) / "normal.safetensors"
        wavekin.reference(normal, reference, time="at")
        spark = session()
        try:
            for partitions in (1, PARTITIONS):  # Spark, its workers and their Python start
                seconds(spark, reference, LEAST, partitions)
            rows = o.rows or enough(spark, reference, o.seconds)
            print(f"{rows:,} rows of {SERIES} series", flush=True)
            one, two = [], []
            for _ in range(o.runs):
                one.append(seconds(spark, reference, rows, 1))
                two.append(seconds(spark, reference, rows, PARTITIONS))
                print(f"one worker {one[-1]}\ntwo workers {two[-1]}: {one[-1].wall / two[-1].wall:.2f} times as fast", flush=True)
            ratios = [a.wall / b.wall for a, b in zip(one, two)]
            walls = [statistics.median(took.wall for took in runs) for runs in (one, two)]
            print(f"median of {o.runs}: {walls[0]:.1f} s, {walls[1]:.1f} s, "
                  f"{statistics.median(ratios):.2f} times as fast ({min(ratios):.2f} to {max(ratios):.2f})")  # fmt: skip
        finally:
            spark.stop()


if __name__ == "__main__":
    main()
