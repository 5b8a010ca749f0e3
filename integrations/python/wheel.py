"""Build the wheel with the binary inside: python wheel.py [--os linux] [--arch amd64] [--out dist]

It needs Go and pip; the binary is static and the same for every version of Python. With another system or architecture than this
machine's it is cross-compiled.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

# A static binary needs no C library, so the oldest tags of both kinds of Linux are right. Go needs macOS 12.
TAGS = {
    ("linux", "amd64"): "manylinux2014_x86_64.musllinux_1_1_x86_64",
    ("linux", "arm64"): "manylinux2014_aarch64.musllinux_1_1_aarch64",
    ("darwin", "amd64"): "macosx_12_0_x86_64",
    ("darwin", "arm64"): "macosx_12_0_arm64",
    ("windows", "amd64"): "win_amd64",
}


def main() -> None:
    system = {"Linux": "linux", "Darwin": "darwin", "Windows": "windows"}.get(platform.system(), "linux")
    machine = "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "amd64"
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--os", default=system, choices=sorted({o for o, _ in TAGS}))
    p.add_argument("--arch", default=machine, choices=sorted({a for _, a in TAGS}))
    p.add_argument("--out", default="dist", type=Path)
    a = p.parse_args()
    if (a.os, a.arch) not in TAGS:
        p.error(f"there is no wheel of {a.os} on {a.arch}")
    here = Path(__file__).resolve().parent
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder) / ("wavekin.exe" if a.os == "windows" else "wavekin")
        go = {**os.environ, "CGO_ENABLED": "0", "GOOS": a.os, "GOARCH": a.arch}
        build = ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", str(binary), "./cmd/wavekin"]
        subprocess.run(build, cwd=here.parents[1], env=go, check=True)
        bundle = {**os.environ, "WAVEKIN_BUNDLE": str(binary), "WAVEKIN_PLATFORM": TAGS[a.os, a.arch]}
        subprocess.run([sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", str(a.out), str(here)], env=bundle, check=True)


if __name__ == "__main__":
    main()
