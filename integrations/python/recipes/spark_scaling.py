"""What a second worker of Spark saves: python integrations/python/recipes/spark_scaling.py [--seconds 60] [--runs 3]

One session on this machine has two workers of one core each. The same rows are scored in one partition, which keeps one worker busy and
the other idle, and in eight, which both share; by turns, after queries that warm Spark up and find how many rows take so many seconds.
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


def readings(spark: SparkSession, rows: int) -> DataFrame:
    """Series of two channels, a reading a second, drawn by the workers themselves."""
    n = spark.range(rows, numPartitions=2)
    at = f.floor(n.id / SERIES)
    return n.select(
        (n.id % SERIES).cast("string").alias("id"), f.timestamp_seconds(at).alias("at"),
        (f.sin(at / 7) + f.randn(1) / 9).alias("x"), (f.cos(at / 11) + f.randn(2) / 9).alias("y"),
    )  # fmt: skip


def seconds(spark: SparkSession, reference: Path, rows: int, partitions: int) -> float:
    spark.conf.set("spark.sql.shuffle.partitions", partitions)
    scores = wavekin.spark.score(readings(spark, rows), reference=reference, series="id", time="at")
    begun = time.perf_counter()
    scores.write.format("noop").mode("overwrite").save()
    return time.perf_counter() - begun


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--seconds", type=float, default=60, help="how long one worker is to take")
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
            rows, took = LEAST, seconds(spark, reference, LEAST, 1)
            while took < o.seconds / 8:
                rows *= 2
                took = seconds(spark, reference, rows, 1)
            rows = int(rows * o.seconds / took) // SERIES * SERIES
            print(f"{rows:,} rows of {SERIES} series", flush=True)
            one, two = [], []
            for _ in range(o.runs):
                one.append(seconds(spark, reference, rows, 1))
                two.append(seconds(spark, reference, rows, PARTITIONS))
                print(f"one worker {one[-1]:.1f} s, two {two[-1]:.1f} s: {one[-1] / two[-1]:.2f} times as fast", flush=True)
            ratios = [a / b for a, b in zip(one, two)]
            print(f"median of {o.runs}: {statistics.median(one):.1f} s, {statistics.median(two):.1f} s, "
                  f"{statistics.median(ratios):.2f} times as fast ({min(ratios):.2f} to {max(ratios):.2f})")  # fmt: skip
        finally:
            spark.stop()


if __name__ == "__main__":
    main()
