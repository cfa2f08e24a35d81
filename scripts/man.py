"""Writes docs/cwtui.1, the man page (`make keys`). tests/test_registry.py checks it."""

from __future__ import annotations

from pathlib import Path

from cwtui.cli import command_tree
from cwtui.man_page import man_page

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cwtui.1"

if __name__ == "__main__":
    PAGE.write_text(man_page(command_tree()), encoding="ascii")
