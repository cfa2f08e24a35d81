"""Sentences for a project without takes. Keys are action ids in braces, for `with_keys`."""

from __future__ import annotations

_ADD_FOOTAGE = "Press {go_ingest}, then {add} to add footage."
NO_TAKES = "No takes yet. " + _ADD_FOOTAGE
NO_TAKE_SELECTED = "No take selected. " + _ADD_FOOTAGE
