"""The binary as a filter: Arrow batches in on one thread, batches out on another, so that neither waits for the other."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import IO, Any

import pyarrow as pa
import pyarrow.ipc as ipc

from . import _binary
from ._errors import BinaryNotFoundError, WavekinError, WavekinWarning, error_of

log = logging.getLogger("wavekin")

# The line that says what a file was read as; the others of its level are remarks.
_READING = re.compile(r".*?: [a-z]+; (no time stamps|time|\w+ in )")
_STOP_SECONDS = 5
# What is always said of the built-in encoder, and what of it was said.
_ALWAYS = "the built-in encoder, "
_said: set[str] = set()


class Run:
    """A process of the binary. ``write``, unless None, feeds its standard input on a thread of its own."""

    def __init__(
        self, args: list[str], write: Callable[[IO[bytes]], None] | None, names: dict[str, str] | None = None, binary: str | None = None
    ) -> None:
        command = [binary or _binary.find(), args[0], "--log=json", *args[1:]]
        stdin = subprocess.DEVNULL if write is None else subprocess.PIPE
        self._names = names or {}
        try:
            # The binary ends with this process, however that ends.
            environment = {**os.environ, "WAVEKIN_PARENT": str(os.getpid())}
            self._process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        except OSError as e:
            raise BinaryNotFoundError(f"{command[0]} cannot be run: {e.strerror}") from e
        self._records: list[dict[str, Any]] = []
        self._failure: BaseException | None = None
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        if write is not None:
            self._threads.append(threading.Thread(target=self._feed, args=(write,), daemon=True))
        for t in self._threads:
            t.start()

    @property
    def stdout(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def _feed(self, write: Callable[[IO[bytes]], None]) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        try:
            write(pipe)
        except BrokenPipeError:
            pass  # the binary ended and its exit code says why
        except BaseException as e:  # of the source of batches; raised again by finish
            if self._process.poll() is None or not isinstance(e, OSError):
                self._failure = e
                self._process.kill()
        finally:
            try:
                pipe.close()
            except OSError:
                pass

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            text = line.decode("utf-8", "replace").rstrip("\n")
            try:
                record = json.loads(text)
            except ValueError:
                record = {"level": "ERROR", "msg": text.removeprefix("wavekin: ")}
            if isinstance(record, dict):
                self._records.append(record)

    def finish(self) -> None:
        """Wait for the end, pass remarks on, and raise what failed."""
        code = self._process.wait()
        for t in self._threads:
            t.join(_STOP_SECONDS)
        if self._failure is not None:
            raise self._failure
        errors = []
        for r in self._records:
            text, level = self._named(str(r.get("msg", ""))), r.get("level")
            if level == "ERROR":
                errors.append((text, {k: v for k, v in r.items() if k not in ("time", "level", "msg")}))
            elif text.startswith(_ALWAYS) and text in _said:
                log.info("%s", text)
            elif level == "WARN" or (set(r) <= {"time", "level", "msg"} and not _READING.match(text)):
                if text.startswith(_ALWAYS):
                    _said.add(text)
                warnings.warn(text.removeprefix("warning: "), WavekinWarning, stacklevel=outside())
            else:
                log.info("%s", text)
        if code != 0:
            text, place = errors[-1] if errors else ("", {})
            raise error_of(code, text, place)

    def _named(self, text: str) -> str:
        for path, name in self._names.items():
            text = text.replace(path, name)
        return "input" + text[1:] if text.startswith("-: ") else text

    def stop(self) -> None:
        """End the process if it still runs; it keeps nothing half written."""
        if self._process.poll() is None:
            self._process.terminate()
            self.stdout.close()  # it may wait for its rows to be read
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for t in self._threads:
            t.join(_STOP_SECONDS)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def outside() -> int:
    """The stack level of the caller outside the package and scikit-learn, whom a warning is about."""
    import sys

    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in ("wavekin", "sklearn"):
        frame, level = frame.f_back, level + 1
    return level


def writer(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Callable[[IO[bytes]], None]:
    """Write batches as an Arrow stream."""

    def write(pipe: IO[bytes]) -> None:
        with ipc.new_stream(pipe, schema) as out:
            for b in batches:
                out.write_batch(b)

    return write


def table_stream(
    args: list[str], write: Callable[[IO[bytes]], None] | None, names: dict[str, str] | None = None, binary: str | None = None
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Run a command whose standard output is an Arrow stream; batches come while it runs."""
    run = Run(args, write, names, binary)
    try:
        first = run.stdout.read(1)
        if not first:
            run.finish()
            raise WavekinError("wavekin ended without a table")
        stream = ipc.open_stream(_Ahead(first, run.stdout))
    except BaseException:
        run.stop()
        raise

    def batches() -> Iterator[pa.RecordBatch]:
        with run:
            yield first
            try:
                yield from stream
            except (pa.ArrowInvalid, OSError):
                run.finish()  # a table that breaks off is told by the exit code
                raise
            run.stdout.read()
            run.finish()

    return stream.schema, begun(batches())


def begun(batches: Iterator[Any]) -> Iterator[Any]:
    """Take the first item of a generator, which is no batch: one that has not begun would not clean up when it is dropped unread."""
    next(batches)
    return batches


class _Ahead:
    """A stream with a byte that was read before."""

    closed = False

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head, self._rest = head, rest

    def read(self, n: int = -1) -> bytes:
        head, self._head = self._head, b""
        if not head:
            return self._rest.read(n)
        return head + self._rest.read(n - len(head) if n >= 0 else n)

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True


def output(args: list[str], write: Callable[[IO[bytes]], None] | None = None, names: dict[str, str] | None = None) -> bytes:
    """Run a command and return its standard output."""
    with Run(args, write, names) as run:
        text = run.stdout.read()
        run.finish()
        return text
