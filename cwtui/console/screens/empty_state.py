"""Sentences for a project without takes."""

from __future__ import annotations

_ADD_FOOTAGE = "Press I, then + to add footage."
NO_TAKES = f"No takes yet. {_ADD_FOOTAGE}"
NO_TAKE_SELECTED = f"No take selected. {_ADD_FOOTAGE}"
