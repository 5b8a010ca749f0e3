"""The example of README.md, and the wheel."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from wavekin import _binary

HERE = Path(__file__).parent.parent


@pytest.mark.filterwarnings("ignore::wavekin.WavekinWarning")
def test_readme_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = re.search(r"```python\n(.*?)```", (HERE / "README.md").read_text(), re.S)
    assert code is not None
    names: dict[str, object] = {}
    exec(code.group(1), names)
    worst, codes = names["worst"], names["codes"]
    assert pd.Timestamp("2026-11-26 00:41:00") < worst < pd.Timestamp("2026-11-26 00:43:00")  # type: ignore[operator]
    assert isinstance(codes, pd.DataFrame) and len(codes) > 10


@pytest.mark.skipif(importlib.util.find_spec("hatchling") is None, reason="wants hatchling")
def test_wheel_holds_the_binary(tmp_path: Path) -> None:
    env = {**os.environ, "WAVEKIN_BUNDLE": _binary.find(), "WAVEKIN_PLATFORM": "manylinux2014_x86_64.musllinux_1_1_x86_64"}
    source = shutil.copytree(HERE, tmp_path / "source", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=source, env=env, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.endswith("-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl")
    installed = tmp_path / "installed"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(installed), str(wheel)], check=True)
    with zipfile.ZipFile(wheel) as z:
        assert "wavekin/py.typed" in z.namelist()
        assert "Root-Is-Purelib: false" in next(z.read(n).decode() for n in z.namelist() if n.endswith("/WHEEL"))
    bare = {k: v for k, v in os.environ.items() if k not in (_binary.VARIABLE, "PYTHONPATH")}
    say = [sys.executable, "-c", "import wavekin; from wavekin import _binary; print(_binary.find()); print(wavekin.version())"]
    told = subprocess.run(say, env={**bare, "PYTHONPATH": str(installed)}, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert told.stdout.splitlines()[0] == str(installed / "wavekin" / "bin" / "wavekin")
    assert "wavekin" in told.stdout.splitlines()[1]
