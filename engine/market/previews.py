"""Previews of packages: pictures that are decoded and encoded again."""

from __future__ import annotations

import io

from engine.errors import RequestError

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
