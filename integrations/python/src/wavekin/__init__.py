"""Encodings of time series, and anomaly scores on them, on data frames.

Each function runs the program wavekin as a filter: the frame goes in as an Arrow stream, and an Arrow stream comes out.
"""

from __future__ import annotations

from ._api import InputOptions, embed, info, pretrain, reference, score, version
from ._errors import (
    BinaryNotFoundError,
    DataError,
    InterruptedRunError,
    PartialError,
    UsageError,
    WavekinError,
    WavekinWarning,
)

__all__ = [
    "BinaryNotFoundError",
    "DataError",
    "InputOptions",
    "InterruptedRunError",
    "PartialError",
    "UsageError",
    "WavekinError",
    "WavekinWarning",
    "embed",
    "info",
    "pretrain",
    "reference",
    "score",
    "version",
]
