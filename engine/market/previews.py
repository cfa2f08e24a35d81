"""Previews of packages: pictures that are decoded and encoded again."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import RequestError
from engine.market.archive import read_archive
from engine.market.manifest import MANIFEST, read_manifest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_PIXELS = 4096 * 4096
_LARGEST = 1280
_FORMATS = ("PNG", "JPEG")


def canonical_preview(name: str, content: bytes) -> bytes:
    """A preview as a PNG file without metadata, at most 1280 pixels wide and high.

    Raises RequestError if it is no PNG or JPEG picture, or has more than 4096² pixels.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise RequestError(
                    f"The preview {name} has {picture.width} × {picture.height} pixels.", "Use at most 4096 × 4096."
                )
            picture.load()
            plain = picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise RequestError(f"The preview {name} cannot be decoded: {error}.", "Use a PNG or JPEG file.") from None
    plain.thumbnail((_LARGEST, _LARGEST), Image.Resampling.LANCZOS)
    fresh = Image.new("RGB", plain.size)
    fresh.paste(plain)
    out = io.BytesIO()
    fresh.save(out, "PNG", optimize=False)
    return out.getvalue()


def preview_picture(archive: Path, width: int) -> NDArray[np.uint8]:
    """The first preview in an archive that Cleanwater wrote: (height, width, 3) sRGB, at most so wide.

    Raises RequestError if it has none.
    """
    import numpy as np
    from PIL import Image

    files = read_archive(archive.read_bytes())
    names = read_manifest(files[MANIFEST]).previews
    if not names:
        raise RequestError(f"{archive.stem} has no preview.", "Try it on a take.")
    with Image.open(io.BytesIO(files[names[0]]), formats=("PNG",)) as picture:
        shown = picture.convert("RGB")
    shown.thumbnail((width, width * 4), Image.Resampling.LANCZOS)
    return np.asarray(shown)
