"""Where the binary is."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from ._errors import BinaryNotFoundError

#: Names the binary to run, before any other.
VARIABLE = "WAVEKIN_BINARY"


def find() -> str:
    """Return the path of the binary: of the environment variable, of the wheel, or on the PATH."""
    name = "wavekin.exe" if sys.platform == "win32" else "wavekin"
    if named := os.environ.get(VARIABLE):
        if found := shutil.which(named):
            return found
        raise BinaryNotFoundError(f"{VARIABLE} is {named}, which is no program that can be run")
    bundled = Path(__file__).parent / "bin" / name
    if bundled.is_file() and os.access(bundled, os.X_OK):
        return str(bundled)
    if found := shutil.which("wavekin"):
        return found
    raise BinaryNotFoundError(
        f"there is no wavekin binary: put it on the PATH, name it in {VARIABLE}, or install a wheel that holds it"
    )
