"""The cover of sound files: a square JPEG of 1400 to 3000 pixels, as podcast platforms ask for."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from engine.deliver.receipt import Check
from engine.deliver.recipe import Recipe
from engine.errors import RequestError
from engine.file_digest import sha256_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

# Apple Podcasts' artwork requirements, as presets/platforms/apple-podcasts.toml quotes them.
_SMALLEST, _LARGEST = 1400, 3000
_QUALITY = 90
# A still that is not larger makes a cover that is not enlarged.
STILL_WIDTH = 1920
# Decoding a larger picture takes gigabytes.
_MOST_PIXELS = 100_000_000


def cover_digest(recipe: Recipe) -> str | None:
    """The SHA-256 of the image of a recipe's cover; None without one. Raises RequestError if it cannot be used."""
    if recipe.picture is not None or recipe.cover.image is None:
        return None
    path = Path(recipe.cover.image)
    _open(path)
    return sha256_of(path)


def cover_of(recipe: Recipe, still: Callable[[], NDArray[np.uint8]] | None, notes: list[str]) -> bytes | None:
    """The cover by a recipe, None without one; `still` returns the still of its source, if that has a picture.

    What was changed is added to `notes`. Nothing else of an image's file is kept, such as its location.
    """
    if recipe.picture is not None or recipe.sound is None or not recipe.cover.wanted:
        return None
    if recipe.cover.image is not None:
        return _jpeg(_square(_open(Path(recipe.cover.image)), notes))
    if still is None:
        notes.append("no cover: the source has no picture")
        return None
    from PIL import Image

    return _jpeg(_square(Image.fromarray(still()), notes))


def check_cover(wanted: bytes | None, found: bytes | None) -> Check:
    """Compares the cover of a file with the one that it should have: the same bytes, square, of the right size."""
    if wanted is None:
        return Check(name="cover", passed=found is None, measured="none" if found is None else "a cover", wanted="none")
    side = cover_side(found) if found else None
    return Check(
        name="cover",
        passed=found == wanted and side is not None,
        measured="none" if found is None else f"{side} × {side}" if side else "not a square picture of this size",
        wanted=f"the prepared picture, square, {_SMALLEST} to {_LARGEST} pixels",
    )


def cover_side(jpeg: bytes) -> int | None:
    """The side of a cover in pixels; None if it is not a picture, or not a square of an allowed size."""
    from PIL import Image, UnidentifiedImageError

    try:
        width, height = Image.open(BytesIO(jpeg)).size
    except UnidentifiedImageError:
        return None
    return width if width == height and _SMALLEST <= width <= _LARGEST else None


def _open(path: Path) -> Image:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        image = Image.open(path)
        if image.format not in ("JPEG", "PNG"):
            raise RequestError(f"The cover {path.name} is {image.format}.", "Give a JPEG or PNG file in cover.image.")
        if image.width * image.height > _MOST_PIXELS:
            raise RequestError(
                f"The cover {path.name} has {image.width} × {image.height} pixels.",
                f"Give a picture of {_LARGEST} × {_LARGEST} pixels.",
            )
        return ImageOps.exif_transpose(image)
    except FileNotFoundError as error:
        raise RequestError(f"The cover {path} does not exist.", "Correct cover.image in the recipe.") from error
    # Pillow reports some broken PNG files as SyntaxError, and refuses extreme sizes itself.
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise RequestError(f"The cover {path.name} is not a picture.", "Give a JPEG or PNG file.") from error


def _square(image: Image, notes: list[str]) -> Image:
    from PIL import Image as Images

    if image.mode.startswith("I"):
        # Pillow limits 16-bit greys to 255 instead of reducing them.
        image = image.convert("I").point(lambda grey: grey / 257).convert("L")
    # A cover has no transparent places; players would show them black or white.
    flat = Images.new("RGB", image.size)
    rgba = image.convert("RGBA")
    flat.paste(rgba, mask=rgba.getchannel("A"))
    if image.width != image.height:
        side = max(image.size)
        padded = Images.new("RGB", (side, side))
        padded.paste(flat, ((side - image.width) // 2, (side - image.height) // 2))
        notes.append(f"cover: {image.width} × {image.height} pixels placed on a black square of {side}")
        flat = padded
    side = min(max(flat.width, _SMALLEST), _LARGEST)
    if side != flat.width:
        verb = "enlarged" if side > flat.width else "reduced"
        notes.append(f"cover: {verb} from {flat.width} to {side} pixels")
        flat = flat.resize((side, side), Images.Resampling.LANCZOS)
    return flat


def _jpeg(image: Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=_QUALITY, subsampling=0)
    return out.getvalue()
