"""Encodings of time series, and anomaly scores on them, on data frames.

Each function runs the program wavekin as a filter: the frame goes in as an Arrow stream, and an Arrow stream comes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._api import InputOptions, embed, episodes, info, pretrain, reference, score, version
from ._errors import (
    BinaryNotFoundError,
    DataError,
    InterruptedRunError,
    PartialError,
    UsageError,
    WavekinError,
    WavekinWarning,
)

if TYPE_CHECKING:
    from ._estimators import WavekinDetector, WavekinEncoder

__all__ = [
    "BinaryNotFoundError",
    "DataError",
    "InputOptions",
    "InterruptedRunError",
    "PartialError",
    "UsageError",
    "WavekinDetector",
    "WavekinEncoder",
    "WavekinError",
    "WavekinWarning",
    "embed",
    "episodes",
    "info",
    "pretrain",
    "reference",
    "score",
    "version",
]


def __getattr__(name: str) -> Any:
    if name not in ("WavekinDetector", "WavekinEncoder"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from . import _estimators
    except ModuleNotFoundError as e:
        if (e.name or "").partition(".")[0] != "sklearn":
            raise
        raise ImportError(f"wavekin.{name} needs scikit-learn: pip install 'wavekin[sklearn]'") from e
    return getattr(_estimators, name)
