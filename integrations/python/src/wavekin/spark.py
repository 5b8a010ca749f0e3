"""Encodings and scores of Spark data frames: each task runs one process of the binary, which takes its rows as an Arrow stream.

Two kinds of frames are read. Where columns hold lists of numbers (``array<double>``), each row is a series or a window, and stays in its
partition. Otherwise each row is a reading: the readings of a series are brought into one partition and sorted by time, so that windows are
those of a run on one machine. ``series`` names the column that tells series apart.

The binary, the model and the reference go to the executors by ``SparkContext.addFile`` and this package by ``addPyFile``; they need
pyarrow only. Like any transformation of Spark, both functions are lazy: an error of the binary fails the action, with its line in the text.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from . import _binary, _process
from ._api import InputOptions, ScoreOptions, StrPath, check_options, flags_of, info
from ._errors import DataError, UsageError

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import DataFrame
    from typing_extensions import Unpack

__all__ = ["embed", "score"]

_ZONED, _LOCAL = pa.timestamp("us", tz="UTC"), pa.timestamp("us")
_VECTOR = pa.list_(pa.float32())

# The types of results, as Spark spells them.
_SQL = {
    pa.string(): "string", pa.int64(): "bigint", pa.float64(): "double", _VECTOR: "array<float>", _ZONED: "timestamp", _LOCAL: "timestamp_ntz",
}  # fmt: skip


def embed(
    df: DataFrame,
    model: StrPath | None = None,
    *,
    window: int | None = None,
    stride: int | None = None,
    binary: StrPath | None = None,
    **options: Unpack[InputOptions],
) -> DataFrame:
    """Encode every window of a frame: series, start, end, with ``time`` also start_time and end_time, label, embedding.

    Without ``model`` it is the built-in encoder, whose ``window`` must be given, since each task sees only some of the series.
    ``binary`` is the program that executors run; None is the one of this machine.
    """
    check_options(options, InputOptions)
    if model is None and window is None:
        raise UsageError("the built-in encoder needs window=: each task sees other series, and would choose another length")
    flags = flags_of({"window": window, "stride": stride})
    columns: list[tuple[str, pa.DataType | None]] = [("series", pa.string()), ("start", pa.int64()), ("end", pa.int64())]
    columns += [("start_time", None), ("end_time", None)] if options.get("time") else []
    columns += [("label", pa.string()), ("embedding", _VECTOR)]
    return _run(df, "embed", flags, {"model": model}, columns, options, binary)


def score(
    df: DataFrame,
    model: StrPath | None = None,
    *,
    reference: StrPath,
    binary: StrPath | None = None,
    **options: Unpack[ScoreOptions],
) -> DataFrame:
    """Score a frame by its distance from a reference of :func:`wavekin.reference`; the columns are those of :func:`wavekin.score`."""
    check_options(options, ScoreOptions)
    fused = "parts" in info(reference)
    if model is None and not fused:
        raise UsageError(f"a model is part of the reference {os.fspath(reference)}; give it by model=")
    columns: list[tuple[str, pa.DataType | None]] = [("series", pa.string())]
    if fused or options.get("per_point"):
        columns += [("time", None), ("score", pa.float64()), ("p_value", pa.float64())]
        columns += [("part", pa.string()), ("channel", pa.string())] if fused else []
    else:
        columns += [("start", pa.int64()), ("end", pa.int64()), ("score", pa.float64()), ("p_value", pa.float64())]
        columns += [("nearest_series", pa.string()), ("nearest_start", pa.int64()), ("measured", pa.float64())]
        columns += [("start_time", None), ("end_time", None)] if options.get("time") else []
    return _run(df, "score", [], {"model": model, "reference": reference}, columns, options, binary)


def _run(
    df: DataFrame,
    command: str,
    flags: list[str],
    files: dict[str, StrPath | None],
    columns: Iterable[tuple[str, pa.DataType | None]],
    options: InputOptions,
    binary: StrPath | None,
) -> DataFrame:
    """Lay the frame out, ship what its tasks need, and map it; a column of type None is one of time stamps."""
    if (model := files.get("model")) is not None:
        info(model)  # a file that is no model is told of at once
    laid, stamp = _laid_out(df, options)
    want = pa.schema([(name, stamp if type is None else type) for name, type in columns])
    context = df.sparkSession.sparkContext
    cores = int(context.getConf().get("spark.task.cpus", "1"))
    given: dict[str, Any] = {"threads": cores, **options}
    shipped = {name: _ship(context, path) for name, path in files.items() if path is not None}
    program = _ship(context, _binary.find() if binary is None else binary)
    _ship_package(context)
    work = _task([command, *flags, *flags_of({"out": "-", **given})], shipped, program, want)
    return laid.mapInArrow(work, ", ".join(f"{f.name} {_SQL[f.type]}" for f in want))


def _laid_out(df: DataFrame, options: InputOptions) -> tuple[DataFrame, pa.DataType]:
    """The frame in the order and the partitions that its series need, and the type of its time stamps."""
    from pyspark.sql import types as t

    types = {f.name: f.dataType for f in df.schema.fields}
    time, series = options.get("time"), options.get("series")
    for name in (time, series, options.get("label"), *(options.get("channels") or ())):
        if name is not None and name not in types:
            raise UsageError(f"there is no column {name!r}; the frame has {', '.join(types)}")
    if any(isinstance(types[name], t.ArrayType) for name in options.get("channels") or types):
        if series is None:
            raise UsageError("each row is a series: give series=, the column that tells them apart")
        return df, pa.int64()
    if time is None:
        raise UsageError("each row is a reading, and Spark keeps no order of rows: give time=, the column to sort by")
    kind = types[time]
    if isinstance(kind, (t.TimestampType, t.TimestampNTZType, t.DateType)):
        stamp = _ZONED if isinstance(kind, t.TimestampType) else _LOCAL
    elif isinstance(kind, t.IntegralType):
        stamp = pa.int64()
    else:
        raise UsageError(f"column {time!r} is {kind.simpleString()}, want timestamps, dates or whole numbers, which can be sorted")
    if series is None:
        return df.repartition(1).sortWithinPartitions(df[time]), stamp
    return df.repartition(df[series]).sortWithinPartitions(df[series], df[time]), stamp


def _task(
    command: list[str], files: dict[str, str], program: str, want: pa.Schema
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What a task does with its batches; it is pickled."""

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import SparkFiles

        first = next((b for b in batches if b.num_rows), None)
        if first is None:
            return

        def all_batches() -> Iterator[pa.RecordBatch]:
            yield first
            yield from batches

        args = [*command, *(f"--{name}={SparkFiles.get(file)}" for name, file in files.items()), "-"]
        write = _process.writer(first.schema, all_batches())
        names = {SparkFiles.get(file): name for name, file in files.items()}
        _, rows = _process.table_stream(args, write, names, SparkFiles.get(program))
        for b in rows:
            yield _as(b, want)

    return work


def _as(batch: pa.RecordBatch, want: pa.Schema) -> pa.RecordBatch:
    """A batch of the binary as what was promised to Spark, which knows microseconds, and lists of any length."""
    if batch.schema.names != want.names:
        raise DataError(f"wavekin gave the columns {', '.join(batch.schema.names)}, expected were {', '.join(want.names)}")
    out = []
    for column, field in zip(batch.columns, want):
        if pa.types.is_timestamp(column.type) != pa.types.is_timestamp(field.type):
            raise DataError(f"time stamps are {column.type}, expected were {field.type}: give seconds of a date as a column of timestamps")
        out.append(column.cast(field.type, safe=False) if column.type != field.type else column)
    return pa.RecordBatch.from_arrays(out, schema=want)


# What was shipped, by application, path, size and time; and the folder it is served from until the process ends.
_shipped: dict[tuple[Any, ...], str] = {}
_folder: tempfile.TemporaryDirectory[str] | None = None


def _place() -> Path:
    global _folder
    if _folder is None:
        _folder = tempfile.TemporaryDirectory(prefix="wavekin-spark-")
    return Path(_folder.name)


def _ship(context: SparkContext, path: StrPath) -> str:
    """Give a file to all executors, and return its name there, which its content decides: Spark refuses two files of one name."""
    info = os.stat(path)
    key = (context.applicationId, os.path.abspath(path), info.st_size, info.st_mtime_ns)
    if key not in _shipped:
        with open(path, "rb") as f:
            digest = hashlib.file_digest(f, "sha256") if hasattr(hashlib, "file_digest") else hashlib.sha256(f.read())
        copy = _place() / f"wavekin-{digest.hexdigest()[:16]}"
        if not copy.exists():
            shutil.copy(path, copy)
        context.addFile(str(copy))
        _shipped[key] = copy.name
    return _shipped[key]


def _ship_package(context: SparkContext) -> None:
    """Give this package to all executors, without its binary."""
    key = (context.applicationId, __package__)
    if key in _shipped:
        return
    here = Path(__file__).parent
    archive = _place() / "wavekin.zip"
    if not archive.exists():
        with zipfile.ZipFile(archive, "w") as z:
            for file in sorted(here.glob("*.py")):
                z.write(file, f"wavekin/{file.name}")
    context.addPyFile(str(archive))
    _shipped[key] = archive.name
