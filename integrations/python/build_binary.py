"""A hook of hatchling: with WAVEKIN_BUNDLE=FILE the wheel holds that binary and has WAVEKIN_PLATFORM as its tag (see wheel.py)."""

from __future__ import annotations

import os
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        binary = os.environ.get("WAVEKIN_BUNDLE")
        if not binary:
            return  # the wheel runs anywhere, with a binary that is found when it is used
        if version == "editable":
            raise ValueError("WAVEKIN_BUNDLE is for wheels; an editable installation takes WAVEKIN_BINARY or the PATH")
        name = "wavekin.exe" if binary.endswith(".exe") else "wavekin"
        build_data["force_include"][binary] = f"wavekin/bin/{name}"
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{os.environ['WAVEKIN_PLATFORM']}"
