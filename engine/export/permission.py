"""What a policy is asked about an export."""

from __future__ import annotations

from pathlib import PurePath

from engine.catalog import Picture
from engine.policy import Value


def export_values(name: str, picture: Picture | None, width: int = 0) -> dict[str, Value]:
    """The attributes of a request to export, for `Gate.require`: of an image by its file name.

    It has the size of the picture, or `width` for a sheet of pictures.
    """
    edge = width or (max(picture.display_width, picture.display_height) if picture else 0)
    return {"format": PurePath(name).suffix.lower().removeprefix("."), "long_edge": edge}
