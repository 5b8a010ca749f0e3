"""Data frames in and out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ._errors import PartialError

# Rows of a batch that is written: small enough to start at once, large enough to cost nothing.
_ROWS = 1 << 16


@dataclass
class Source:
    """What is read: a schema with batches, or paths where ``schema`` is None."""

    schema: pa.Schema | None
    batches: Iterator[pa.RecordBatch]
    path: str = ""
    #: Makes the caller's kind of frame of the result.
    back: Callable[[pa.Schema, Iterator[pa.RecordBatch]], Any] = lambda s, b: _table(s, b)
    #: The column that the frame itself marks as its time, if any.
    time: str | None = None


def _table(schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> pa.Table:
    got: list[pa.RecordBatch] = []
    try:
        for b in batches:
            got.append(b)
    except PartialError as e:
        e.result = pa.Table.from_batches(got, schema)
        raise
    return pa.Table.from_batches(got, schema)


def _whole(make: Callable[[pa.Table], Any]) -> Callable[[pa.Schema, Iterator[pa.RecordBatch]], Any]:
    return lambda s, b: make(_table(s, b))


def source(frame: Any, named: Mapping[str, Any]) -> Source:
    """Recognise a frame; ``named`` are the arguments, which may name levels of an index."""
    if isinstance(frame, (str, os.PathLike)):
        path = os.fspath(frame)
        if not isinstance(path, str):
            path = os.fsdecode(path)
        return Source(None, iter(()), "./" + path if path.startswith("-") else path)
    if isinstance(frame, pa.RecordBatchReader):
        return Source(frame.schema, iter(frame), back=pa.RecordBatchReader.from_batches)
    if isinstance(frame, pa.RecordBatch):
        frame = pa.Table.from_batches([frame])
    if isinstance(frame, pa.Table):
        return _of_table(frame)
    home = type(frame).__module__.partition(".")[0]
    if home == "pandas":
        return _of_pandas(frame, named)
    if home == "polars":
        import polars as pl

        if isinstance(frame, pl.LazyFrame):
            frame = frame.collect()
        if isinstance(frame, pl.Series):
            frame = frame.to_frame()
        return _of_table(frame.to_arrow(), _whole(pl.from_arrow))
    if hasattr(frame, "__arrow_c_stream__"):
        reader = pa.RecordBatchReader.from_stream(frame)
        return Source(reader.schema, iter(reader))
    raise TypeError(
        f"a frame is a pandas or polars DataFrame, an Arrow table or stream, or the path of a file, not {type(frame).__name__}"
    )


def _of_table(t: pa.Table, back: Callable[[pa.Schema, Iterator[pa.RecordBatch]], Any] | None = None) -> Source:
    s = Source(t.schema, iter(t.to_batches(max_chunksize=_ROWS)))
    if back is not None:
        s.back = back
    return s


def _one_recording(index: Any, dates: tuple[type, ...]) -> None:
    """Refuse the index of a panel where no level is named as the series: its series would run into each other."""
    if index.nlevels == 1:
        return
    levels = [index.get_level_values(i) for i in range(index.nlevels)]
    times: list[Any] = [v for v in levels if isinstance(v, dates)]
    telling = [v for v in levels if not isinstance(v, dates) and v.nunique() > 1]
    if telling and not any(t.is_monotonic_increasing for t in times):
        which = f"series={telling[0].name!r}" if telling[0].name is not None else "frame.rename_axis(['id', 'time']) and series='id'"
        raise ValueError(f"the index has {index.nlevels} levels; name the one that tells series apart ({which}), or drop it (frame.droplevel)")


def _of_pandas(frame: Any, named: Mapping[str, Any]) -> Source:
    import pandas as pd

    keep = {v for k in ("time", "series", "label") if isinstance(v := named.get(k), str)}

    if isinstance(frame, pd.Series):
        frame = frame.to_frame(name="value" if frame.name is None else frame.name)
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"a pandas frame is a DataFrame or a Series, not {type(frame).__name__}")
    time: str | None = None
    if not named.get("series"):
        _one_recording(frame.index, (pd.DatetimeIndex, pd.PeriodIndex))
    frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    # An index of dates or periods is the time; other levels are only read where the caller names them.
    for level in range(frame.index.nlevels):
        values, name = frame.index.get_level_values(level), frame.index.names[level]
        if isinstance(values, pd.PeriodIndex):
            values = values.to_timestamp()
        dates = isinstance(values, pd.DatetimeIndex)
        if not dates and name not in keep:
            continue
        column = "time" if name is None else str(name)
        if column in frame.columns:
            raise ValueError(f"the index and a column are both called {column!r}; rename one of them")
        frame = frame.assign(**{column: values})
        if dates and time is None:
            time = column
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    s = _of_table(table, _whole(lambda t: t.to_pandas()))
    s.time = time
    return s
