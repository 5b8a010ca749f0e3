"""The options of the functions are flags of the binary, and none of those that say how normal is learnt is missing."""

from __future__ import annotations

import re
import typing

import wavekin
from wavekin import _api, _process


def flags(command: str) -> set[str]:
    """The flags that the help of a command lists, as names in Python."""
    text = _process.output([command, "--help"]).decode()
    return {f.replace("-", "_") for f in re.findall(r"^\s+(?:-\w, )?--(?:\[no-\])?([a-z][a-z0-9-]*)", text, re.M)}


def test_options_are_flags() -> None:
    score, reference = flags("score"), flags("reference")
    assert {"normal", "per_point", "time", "seed"} <= score
    inputs, normal, scores = (set(typing.get_type_hints(t)) for t in (wavekin.InputOptions, _api.NormalOptions, _api.ScoreOptions))
    assert inputs <= flags("embed") and normal <= score & reference and scores <= score
    # What both commands take and embed does not is how normal is learnt; two are arguments of the functions.
    learnt = (score & reference) - flags("embed") - {"normal"}
    assert {"k", "coreset"} <= learnt <= normal
