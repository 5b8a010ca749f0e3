"""The commands of wavekin as functions on data frames."""

from __future__ import annotations

import json
import os
import tempfile
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypedDict

import pyarrow as pa
import pyarrow.ipc as ipc

from . import _process
from ._errors import UsageError
from ._frames import Source, source

if TYPE_CHECKING:
    from typing_extensions import Unpack

StrPath = str | os.PathLike[str]


class InputOptions(TypedDict, total=False):
    """How frames are read; see docs/your-data.md. Each is the flag of its name."""

    time: str
    series: str
    label: str
    normal_label: str
    channels: Sequence[str]
    sort: bool
    missing: Sequence[str]
    bad_cells: str
    time_format: str
    time_zone: str
    grid: str
    repeated: str
    resample: bool
    seed: int
    threads: int


class NormalOptions(InputOptions, total=False):
    """How normal is learnt, by :func:`score` and :func:`reference`."""

    fused: bool
    fast: bool
    window: int
    stride: int
    part: float
    k: int
    metric: str
    align: str
    coreset: int
    approximate: bool
    score: str
    negatives: int
    new_series: bool


class ScoreOptions(NormalOptions, total=False):
    """What :func:`score` takes beside the model and what is normal."""

    per_point: bool
    horizons: bool


def check_options(options: Mapping[str, Any], known: type) -> None:
    """Refuse a keyword argument that ``known`` does not have."""
    names = typing.get_type_hints(known)
    if unknown := set(options) - set(names):
        raise TypeError(f"unexpected argument {min(unknown)!r}; known are {', '.join(names)}")


def flags_of(options: Mapping[str, Any]) -> list[str]:
    """Turn keyword arguments into flags; None and False leave a flag out."""
    args: list[str] = []
    for key, value in options.items():
        flag = "--" + key.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            args.append(flag)
        elif isinstance(value, (list, tuple)):
            args.extend(f"{flag}={str(v).replace(chr(92), chr(92) * 2).replace(',', chr(92) + ',')}" for v in value)
        else:
            args.append(f"{flag}={os.fspath(value) if isinstance(value, os.PathLike) else value}")
    return args


def _open(frame: Any, options: Mapping[str, Any]) -> tuple[Source, list[str], Callable[[IO[bytes]], None] | None]:
    """Recognise the frame to work on: its source, the arguments for it, and what feeds it."""
    s = source(frame, options)
    args = flags_of({**({"time": s.time} if s.time else {}), **options})
    if s.schema is None:
        return s, [*args, s.path], None
    return s, [*args, "-"], _process.writer(s.schema, s.batches)


@contextmanager
def _as_file(frame: Any, name: str, options: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """A frame that is read beside standard input goes through a temporary file; a path stays what it is."""
    s = source(frame, options)
    if s.schema is None:
        yield s.path, {}
        return
    with tempfile.TemporaryDirectory(prefix="wavekin-") as folder:
        path = Path(folder) / f"{name}.arrow"
        with ipc.new_file(str(path), s.schema) as out:
            for b in s.batches:
                out.write_batch(b)
        yield str(path), {str(path): name}


def _then(batches: Iterator[Any], done: Callable[[], object]) -> Iterator[Any]:
    """Call done when the last batch is there, or no more are wanted; see :func:`_process.begun`."""
    try:
        yield None
        yield from batches
    finally:
        done()


def _as_zoned(s: Source, options: Mapping[str, Any], schema: pa.Schema, batches: Iterator[Any]) -> tuple[pa.Schema, Iterator[Any]]:
    """Time stamps come back in the zone of the frame, or without one as they came, unless ``time_zone`` names another."""
    if s.schema is None or "time_zone" in options:
        return schema, batches
    time = options.get("time") or s.time
    stamps = [f.type for f in s.schema if time in (None, f.name) and (pa.types.is_timestamp(f.type) or pa.types.is_date(f.type))]
    zones = {getattr(t, "tz", None) for t in stamps}
    if len(zones) != 1:
        return schema, batches
    stamp = pa.timestamp("ns", zones.pop())
    want = pa.schema([f.with_type(stamp) if pa.types.is_timestamp(f.type) else f for f in schema], schema.metadata)
    if want == schema:
        return schema, batches
    return want, (pa.RecordBatch.from_arrays([c.cast(f.type) for c, f in zip(b.columns, want)], schema=want) for b in batches)


def embed(
    frame: Any,
    model: StrPath | None = None,
    *,
    window: int | None = None,
    stride: int | None = None,
    **options: Unpack[InputOptions],
) -> Any:
    """Encode every window of a frame.

    ``model`` is a model file; None is the built-in encoder, which needs no training. The result has the columns series, start,
    end, where there are time stamps start_time and end_time, label and embedding, and is the kind of frame that came in; a
    ``pyarrow.RecordBatchReader`` is worked on batch by batch, and a path gives an Arrow table.
    """
    check_options(options, InputOptions)
    s, args, write = _open(frame, options)
    flags = flags_of({"model": model, "window": window, "stride": stride, "out": "-"})
    return s.back(*_as_zoned(s, options, *_process.table_stream(["embed", *flags, *args], write)))


def _check_normal(normal: Any, reference: StrPath | None) -> None:
    if (normal is None) == (reference is None):
        raise UsageError("what is normal? give either normal= or reference=")


def score(
    frame: Any,
    normal: Any = None,
    model: StrPath | None = None,
    reference: StrPath | None = None,
    **options: Unpack[ScoreOptions],
) -> Any:
    """Score a frame by its distance from normal readings.

    ``normal`` is a frame or a path with readings without faults; or ``reference`` is a file of :func:`reference`. Without a model
    each time stamp has a score, a p-value, and the part and channel that say most of it; with a model each window has, and with
    ``per_point`` each time stamp. The result is the kind of frame that came in.
    """
    _check_normal(normal, reference)
    check_options(options, ScoreOptions)
    flags = flags_of({"model": model, "reference": reference, "out": "-"})
    s, args, write = _open(frame, options)
    if normal is None:
        return s.back(*_as_zoned(s, options, *_process.table_stream(["score", *flags, *args], write)))
    held = _as_file(normal, "normal", options)
    path, names = held.__enter__()

    def done() -> None:
        held.__exit__(None, None, None)

    try:
        schema, batches = _process.table_stream(["score", *flags, f"--normal={path}", *args], write, names)
    except BaseException:
        done()
        raise
    return s.back(*_as_zoned(s, options, schema, _process.begun(_then(batches, done))))


def episodes(
    frame: Any,
    normal: Any = None,
    model: StrPath | None = None,
    reference: StrPath | None = None,
    *,
    level: float | None = None,
    alarm_rate: str | None = None,
    report: StrPath | None = None,
    **options: Unpack[NormalOptions],
) -> Any:
    """List the stretches of a frame that are unlike the normal readings, in their order.

    What is normal is as for :func:`score`. ``alarm_rate`` such as ``"1/day"`` sets how many normal readings may give, ``level`` the
    p-value of a time stamp from which on it belongs to one. Each row has the stretch, its highest time stamp (``peak``), its score and
    p-value, the part and the channels that move the score most, the nearest normal window, and the number of its ``alarm``: one at a
    rate may have several stretches. ``report`` is an HTML page to write with a picture of each. The result is the kind of frame that came in, and a path gives an Arrow table.
    """
    _check_normal(normal, reference)
    check_options(options, NormalOptions)
    s, args, write = _open(frame, options)
    with tempfile.TemporaryDirectory(prefix="wavekin-") as folder, ExitStack() as held:
        table = Path(folder) / "episodes.arrow"
        flags = {"model": model, "reference": reference, "level": level, "alarm_rate": alarm_rate, "report": report, "episodes": table}
        names: dict[str, str] = {}
        if normal is not None:
            flags["normal"], names = held.enter_context(_as_file(normal, "normal", options))
        _process.output(["score", *flags_of(flags), *args], write, names)
        with ipc.open_file(str(table)) as made:
            found = made.read_all()
    if s.schema is not None:
        found = found.select([name for name in found.column_names if name != "input"])  # it is the frame
    return s.back(*_as_zoned(s, options, found.schema, iter(found.to_batches())))


def reference(
    normal: Any,
    out: StrPath,
    model: StrPath | None = None,
    **options: Unpack[NormalOptions],
) -> dict[str, Any]:
    """Save what is known of normal readings to the file ``out``, for :func:`score`; return what it holds."""
    check_options(options, NormalOptions)
    _, args, write = _open(normal, options)
    flags = flags_of({"model": model, "out": out, "json": True})
    return _document(_process.output(["reference", *flags, *args], write))


def pretrain(
    frame: Any,
    out: StrPath,
    *,
    method: str | None = None,
    encoder: str | None = None,
    window: int | None = None,
    stride: int | None = None,
    steps: int | None = None,
    epochs: int | None = None,
    batch: int | None = None,
    lr: float | None = None,
    augment: str | None = None,
    normalize: str | None = None,
    config: StrPath | None = None,
    checkpoint: StrPath | None = None,
    resume: bool = False,
    settings: Mapping[str, Any] | None = None,
    **options: Unpack[InputOptions],
) -> dict[str, Any]:
    """Learn an encoder from unlabelled series and write the model file ``out``; return how training went.

    ``settings`` are those of the method and the encoder, as in ``{"method.temperature": 0.2, "encoder.depth": 4}``.
    """
    check_options(options, InputOptions)
    s, args, write = _open(frame, options)
    flags = flags_of({
        "method": method, "encoder": encoder, "window": window, "stride": stride, "steps": steps, "epochs": epochs, "batch": batch, "lr": lr,
        "augment": augment, "normalize": normalize, "config": config, "checkpoint": checkpoint, "resume": resume, "out": out, "json": True,
    })  # fmt: skip
    flags += [f"--set={k}={_toml(v)}" for k, v in (settings or {}).items() if v is not None]
    return _document(_process.output(["pretrain", *flags, *args[:-1], f"--data={args[-1]}"], write))


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def info(frame: Any, **options: Unpack[InputOptions]) -> dict[str, Any]:
    """Describe a model file, a reference, or data."""
    check_options(options, InputOptions)
    _, args, write = _open(frame, options)
    return _document(_process.output(["info", "--json", *args], write))


def version() -> str:
    """What the binary says of its version."""
    return _process.output(["--version"]).decode().strip()


def _document(text: bytes) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    return document
