"""What the binary says, as exceptions and warnings."""

from __future__ import annotations

from typing import Any


class WavekinWarning(UserWarning):
    """A remark of the binary: what was left out, changed or guessed."""


class WavekinError(RuntimeError):
    """The binary failed. ``code`` is its exit code; ``place`` has file, row, column and byte as far as they are known."""

    code = 1

    def __init__(self, message: str, code: int | None = None, place: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code
        self.place = place or {}
        #: The rows of the inputs that did not fail (:class:`PartialError`), else None.
        self.result: Any = None

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.code, self.place)


class UsageError(WavekinError, ValueError):
    """Wrong arguments or settings (exit code 2)."""

    code = 2


class DataError(WavekinError, ValueError):
    """Data, a model or a reference that cannot be used (exit code 3)."""

    code = 3


class PartialError(WavekinError):
    """Some inputs failed and the others are done (exit code 4); ``result`` has their rows."""

    code = 4


class InterruptedRunError(WavekinError):
    """The binary was interrupted from outside (exit code 130, or a signal)."""

    code = 130


class BinaryNotFoundError(WavekinError, FileNotFoundError):
    """There is no wavekin binary to run."""

    def __str__(self) -> str:
        return str(self.args[0])


def error_of(code: int, message: str, place: dict[str, Any] | None = None) -> WavekinError:
    """The exception of an exit code; a negative one is the signal that ended the process."""
    if code < 0:
        return InterruptedRunError(message or f"wavekin was ended by signal {-code}", code, place)
    kind = {2: UsageError, 3: DataError, 4: PartialError, 130: InterruptedRunError}.get(code, WavekinError)
    return kind(message or f"wavekin ended with exit code {code}", code, place)
