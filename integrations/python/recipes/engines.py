"""Scores of the files of a folder in DuckDB, Polars and Ray Data, by wavekin: python engines.py FOLDER [ENGINE...]

FOLDER has Parquet files with columns id, at, x. The engines are those named, or all that are installed. Each gives the scores of every
reading; they are compared with those of the function on the whole table.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import wavekin


def duckdb(folder: Path, reference: Path) -> pa.Table:
    import duckdb

    readings = duckdb.sql(f"from read_parquet('{folder}/*.parquet') order by id, \"at\"")
    stream = readings.to_arrow_reader(50_000)  # batches: neither side holds the whole table
    scores = wavekin.score(stream, reference=reference, series="id", time="at")
    return duckdb.sql("select series, time, score from scores order by series, time").to_arrow_table()


def polars(folder: Path, reference: Path) -> pa.Table:
    import polars as pl

    readings = pl.scan_parquet(folder / "*.parquet").sort("id", "at")
    scores = wavekin.score(readings, reference=reference, series="id", time="at")
    return scores.select("series", "time", "score").sort("series", "time").to_arrow()


def ray(folder: Path, reference: Path) -> pa.Table:
    import ray.data

    def score(readings: pa.Table) -> pa.Table:
        readings = readings.sort_by([("id", "ascending"), ("at", "ascending")])
        return wavekin.score(readings, reference=reference, series="id", time="at", threads=1).select(["series", "time", "score"])

    # A batch is a whole block, and a block is a file here: a series must not be cut by the end of a batch.
    files = ray.data.read_parquet([str(p) for p in sorted(folder.glob("*.parquet"))], override_num_blocks=len(list(folder.glob("*.parquet"))))
    scores = files.map_batches(score, batch_size=None, batch_format="pyarrow")
    return pa.concat_tables(pa.table(t) for t in ray.get(scores.to_arrow_refs())).sort_by([("series", "ascending"), ("time", "ascending")])


ENGINES: dict[str, Callable[[Path, Path], pa.Table]] = {"duckdb": duckdb, "polars": polars, "ray": ray}


def main() -> None:
    folder = Path(sys.argv[1])
    warnings.simplefilter("ignore", wavekin.WavekinWarning)
    whole = pq.read_table(folder).sort_by([("id", "ascending"), ("at", "ascending")])
    with tempfile.TemporaryDirectory() as scratch:
        reference = Path(scratch) / "normal.safetensors"
        wavekin.reference(pq.read_table(min(folder.glob("*.parquet"))), reference, fast=True, series="id", time="at")
        want = wavekin.score(whole, reference=reference, series="id", time="at").sort_by([("series", "ascending"), ("time", "ascending")])
        for name in sys.argv[2:] or [e for e in ENGINES if importlib.util.find_spec(e)]:
            begin = time.perf_counter()
            got = ENGINES[name](folder, reference)
            took = time.perf_counter() - begin
            for column in ("series", "score"):
                if got[column].to_pylist() != want[column].to_pylist():
                    sys.exit(f"{name}: column {column} is not that of wavekin.score")
            print(f"{name} {importlib.metadata.version(name)}: {got.num_rows} scores, as wavekin.score gives them, in {took:.1f} s", flush=True)


if __name__ == "__main__":
    main()
