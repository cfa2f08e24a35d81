"""Encodes images for terminals, within a byte budget."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from cwtui.console.terminal.capabilities import CELL, ImageProtocol, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Typical bytes per pixel of camera footage.
_BYTES_PER_PIXEL = {"kitty": 1.9, "sixel": 1.0, "iterm2": 0.2}
_MAX_PIXELS = 1280 * 720
# A half-block image has at most 49 KiB, even when no two adjacent cells are equal: 25 bytes for a run of cells in one
# colour, 19 more for a second colour.
_MAX_BLOCK_BYTES = 49 * 1024
_RUN_BYTES, _SECOND_COLOR_BYTES = 25, 19
# A large half-block image is enlarged, so that neighbouring cells are equal. From the first factor on, a cell has one
# colour; an image is not enlarged by more than the second one.
_ONE_COLOR_SCALE, _MAX_SCALE = 1.8, 3.0
_CHUNK_SIZE = 4096


@dataclass(frozen=True, slots=True)
class RenderTarget:
    """The protocol, the available (columns, lines), a cell's size in pixels and the image id to encode for."""

    protocol: Protocol
    available: tuple[int, int]
    cell: tuple[int, int]
    image_id: int


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """An image as one escape sequence: its target, and the (columns, lines) that it occupies."""

    target: RenderTarget
    cells: tuple[int, int]
    sequence: str


def encode_image(picture: NDArray[np.uint8], form: RenderTarget) -> EncodedImage | None:
    """Encode an image for a terminal's protocol; None for half blocks and text. May take 0.25 s."""
    match form.protocol:
        case "blocks" | "text":
            return None
        case protocol:
            cells = fit_cells(protocol, picture, form.available, form.cell)
            return EncodedImage(form, cells, encode(protocol, picture, *cells, form.image_id, form.cell))


def pixel_width(protocol: Protocol, cells: tuple[int, int], cell: tuple[int, int], shape: float, budget: int) -> int:
    """The width in pixels at which an image of this shape (width over height) fills the cells.

    `cell` is the size of a cell in pixels, `budget` the largest size of the encoded image in bytes.
    """
    columns, lines = cells
    if protocol in ("blocks", "text"):
        # A cell is two pixels, one above the other, each about square.
        width = min(columns, 2 * lines * shape)
        scale, share = _half_block_scale(width * width / shape / 2, budget)
        return max(2, int(width * share / scale))
    width = min(columns * cell[0], lines * cell[1] * shape)
    most = min(_MAX_PIXELS, max(4096, budget / _BYTES_PER_PIXEL[protocol]))
    return max(2, int(min(width, (most * shape) ** 0.5)))


def _half_block_scale(cells: float, budget: int) -> tuple[float, float]:
    """Returns the factor by which an image of so many cells is enlarged, and the share of its width that is sent."""
    of_cell = min(_MAX_BLOCK_BYTES, budget) / max(cells, 1.0)
    if of_cell >= _RUN_BYTES + _SECOND_COLOR_BYTES:
        return 1.0, 1.0
    # A line has a run for each pixel of the smaller image, in two colours where an edge of its rows crosses the line.
    scale = (_RUN_BYTES + (_RUN_BYTES**2 + 4 * _SECOND_COLOR_BYTES * of_cell) ** 0.5) / (2 * of_cell)
    if scale >= _ONE_COLOR_SCALE:
        scale = max(_ONE_COLOR_SCALE, _RUN_BYTES / of_cell)
    return (scale, 1.0) if scale <= _MAX_SCALE else (_MAX_SCALE, (of_cell * _MAX_SCALE / _RUN_BYTES) ** 0.5)


def fit_cells(
    protocol: Protocol, picture: NDArray[np.uint8], available: tuple[int, int], cell: tuple[int, int]
) -> tuple[int, int]:
    """The (columns, lines) that an image occupies of the available ones, in its shape."""
    height, width = picture.shape[:2]
    columns, lines = available
    if protocol in ("blocks", "text"):
        scale = min(columns / width, 2 * lines / height, _MAX_SCALE)
        # An image that almost fits is not enlarged: each of its pixels has its own half cell.
        scale = scale if scale * width >= width + 2 else 1.0
        return min(columns, round(width * scale)), max(1, min(lines, -(-round(height * scale) // 2)))
    scale = min(columns * cell[0] / width, lines * cell[1] / height)
    return max(1, min(columns, round(width * scale / cell[0]))), max(1, min(lines, round(height * scale / cell[1])))


def finest_width(cells: tuple[int, int], shape: float, budget: int) -> int:
    """The width in pixels of a half-block image in which each half cell has a pixel of its own; 0 over the budget.

    The arguments are those of `pixel_width`.
    """
    width = min(cells[0], 2 * cells[1] * shape)
    return int(width) if width * width / shape / 2 * (_RUN_BYTES + _SECOND_COLOR_BYTES) <= budget else 0


def half_blocks(picture: NDArray[np.uint8], columns: int, lines: int) -> list[Strip]:
    """One strip per line: the upper pixel row as foreground colours, the lower one as background colours.

    A picture that is much smaller is enlarged to one colour a cell.
    """
    return list(half_block_lines(picture, columns, lines))


def half_block_lines(picture: NDArray[np.uint8], columns: int, lines: int) -> Iterator[Strip]:
    """Yields the strips of `half_blocks`, each of which takes up to a millisecond."""
    import numpy as np

    # Six bits per channel: similar neighbours become one run, which is sent once.
    coarse = (np.minimum(picture, 253) + np.uint8(2)) & np.uint8(0xFC)
    height, width = coarse.shape[:2]
    if columns > width:
        # The first and the last pixel of each cell line are equal.
        rows = lines if columns >= _ONE_COLOR_SCALE * width else 2 * lines
        coarse = coarse[_nearest(rows, height)][:, _nearest(columns, width)].repeat(2 * lines // rows, axis=0)
    elif height % 2:
        coarse = np.concatenate([coarse, coarse[-1:]])
    for line in range(lines):
        yield _half_block_strip(coarse[2 * line, :columns], coarse[2 * line + 1, :columns])


def _nearest(count: int, size: int) -> NDArray[np.intp]:
    """The indices of `size` samples that are nearest to `count` equal steps."""
    import numpy as np

    return (np.arange(count) * 2 + 1) * size // (2 * count)


def _half_block_strip(upper: NDArray[np.uint8], lower: NDArray[np.uint8]) -> Strip:
    import numpy as np

    cells = np.concatenate([upper, lower], axis=1)
    starts = [0, *(np.flatnonzero((cells[1:] != cells[:-1]).any(axis=1)) + 1).tolist(), len(cells)]
    runs = cells[starts[:-1]].tolist()
    return Strip(
        [_run(run, end - start) for run, start, end in zip(runs, starts, starts[1:], strict=False)], len(cells)
    )


def encode(
    protocol: ImageProtocol,
    picture: NDArray[np.uint8],
    columns: int,
    lines: int,
    number: int,
    cell: tuple[int, int] = CELL,
) -> str:
    """The image as one escape sequence for the cursor position; `number` is its id in kitty's protocol."""
    match protocol:
        case "kitty":
            return _encode_kitty(picture, columns, lines, number)
        case "iterm2":
            return _encode_iterm2(picture, columns, lines)
        case "sixel":
            return _encode_sixel(picture, columns * cell[0], lines * cell[1])
        case _:
            assert_never(protocol)


def _encode_kitty(picture: NDArray[np.uint8], columns: int, lines: int, number: int) -> str:
    height, width = picture.shape[:2]
    packed = base64.standard_b64encode(zlib.compress(picture.tobytes(), 6)).decode()
    head = f"a=T,f=24,o=z,s={width},v={height},c={columns},r={lines},i={number},p=1,C=1,q=2"
    pieces = [packed[n : n + _CHUNK_SIZE] for n in range(0, len(packed), _CHUNK_SIZE)]
    return "".join(
        f"\x1b_G{f'{head},' if n == 0 else ''}m={int(n < len(pieces) - 1)};{piece}\x1b\\"
        for n, piece in enumerate(pieces)
    )


def _encode_iterm2(picture: NDArray[np.uint8], columns: int, lines: int) -> str:
    from PIL import Image

    packed_file = io.BytesIO()
    Image.fromarray(picture).save(packed_file, "JPEG", quality=82)
    file = packed_file.getvalue()
    data = base64.standard_b64encode(file).decode()
    header = f"inline=1;width={columns};height={lines};preserveAspectRatio=0;doNotMoveCursor=1;size={len(file)}"
    return f"\x1b]1337;File={header}:{data}\x07"


def _encode_sixel(picture: NDArray[np.uint8], width: int, height: int) -> str:
    from PIL import Image

    # Importing textual_image's renderables queries the terminal, and its answers would be read as keys.
    from textual_image._sixel import image_to_sixels

    return image_to_sixels(Image.fromarray(picture).resize((width, height)))


def kitty_delete(number: int) -> str:
    """The sequence that deletes an image by kitty's protocol."""
    return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"


def _run(cell: list[int], count: int) -> Segment:
    """Equal cells; `cell` is the upper and the lower colour."""
    lower = Color.from_rgb(*cell[3:])
    if cell[:3] == cell[3:]:
        return Segment(" " * count, Style(bgcolor=lower))
    return Segment("▀" * count, Style(color=Color.from_rgb(*cell[:3]), bgcolor=lower))
