"""The kinds of finished files."""

from __future__ import annotations

from typing import Literal, get_args

Kind = Literal["movie", "sound", "captions", "credits", "images", "poster", "archive"]
KINDS: tuple[Kind, ...] = get_args(Kind)
