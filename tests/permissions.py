"""Permissions of the default policies, for functions that require one."""

from __future__ import annotations

from engine.policy import Gate

GATE = Gate(None, None)
DELIVER = GATE.require("deliver", recipe="any", codec="h264", long_edge=1920, watermark=False)
EXPORT = GATE.require("export", format="png", long_edge=1920)
