"""Images in a terminal: each protocol's bytes decoded by another library, sizes in cells, byte budgets."""

from __future__ import annotations

import base64
import io
import re
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cwtui.console.terminal.capabilities import PROTOCOLS, ImageProtocol, detect_protocol, override_from
from cwtui.console.terminal.graphics import encode, fit_cells, half_blocks, kitty_delete, pixel_width
from cwtui.console.terminal.link_quality import LinkQuality
from engine.errors import RequestError

CELL = (10, 20)


def photo(width: int, height: int) -> np.ndarray:
    """An image with gradients, edges and grain, like camera footage."""
    y, x = np.mgrid[0:height, 0:width]
    grain = np.random.default_rng(7).normal(0, 6, (height, width))
    parts = (x * 255 / width + grain, y * 255 / height + grain, np.where((x // 9 + y // 7) % 2, 200, 60) + grain)
    return np.stack(parts, -1).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("pane", [(36, 16), (63, 21), (80, 22), (126, 36), (140, 38)])
@pytest.mark.parametrize("aspect", [16 / 9, 9 / 16])
def test_a_half_block_image_fills_its_pane_in_less_than_50_kib(pane: tuple[int, int], aspect: float) -> None:
    width = pixel_width("blocks", pane, CELL, aspect, 10**9)
    picture = photo(width, round(width / aspect))
    columns, lines = fit_cells("blocks", picture, pane, CELL)
    assert columns >= pane[0] - 3 or lines >= pane[1] - 2
    assert columns / (2 * lines) == pytest.approx(aspect, rel=0.12)
    sent = sum(
        len(segment.style.render(segment.text)) if segment.style else len(segment.text)
        for strip in half_blocks(picture, columns, lines)
        for segment in strip
    )
    assert sent < 50 * 1024


@pytest.mark.parametrize("protocol", PROTOCOLS[:3])
@pytest.mark.parametrize("pane", [(36, 16), (63, 21), (126, 36)])
@pytest.mark.parametrize("aspect", [16 / 9, 9 / 16])
def test_an_image_fills_its_pane(protocol: ImageProtocol, pane: tuple[int, int], aspect: float) -> None:
    width = pixel_width(protocol, pane, CELL, aspect, 60_000)
    picture = np.zeros((round(width / aspect), width, 3), np.uint8)
    columns, lines = fit_cells(protocol, picture, pane, CELL)
    assert columns == pane[0] or lines == pane[1]
    assert columns * CELL[0] / (lines * CELL[1]) == pytest.approx(aspect, rel=0.06)


@pytest.mark.parametrize(("columns", "rows"), [(26, 16), (50, 30)])
def test_an_enlarged_image_keeps_its_colours_in_place(columns: int, rows: int) -> None:
    picture = np.zeros((12, 20, 3), np.uint8)
    picture[:6, :10], picture[6:, 10:] = 200, 100
    strips = half_blocks(picture, columns, rows // 2)
    for line, left, right in ((0, 200, 0), (rows // 2 - 1, 0, 100)):
        cells = [segment.style.bgcolor.triplet for segment in strips[line] for _ in segment.text]  # type: ignore[union-attr]
        assert len(cells) == columns
        assert (cells[0].red, cells[-1].red) == (left, right)  # type: ignore[union-attr]


def test_half_blocks_keep_six_bits_of_each_pixel() -> None:
    picture = photo(20, 12)
    # The brightest values do not wrap around to black.
    picture[:2, :8] = np.arange(248, 256, dtype=np.uint8)[None, :, None]
    strips = half_blocks(picture, 20, 6)
    shown = np.zeros((12, 20, 3), np.int16)
    for line, strip in enumerate(strips):
        column = 0
        for segment in strip:
            assert segment.style
            assert segment.style.bgcolor
            # Two equal halves are a space.
            upper = lower = segment.style.bgcolor.triplet
            if segment.text.strip():
                assert segment.style.color
                upper = segment.style.color.triplet
            assert upper
            assert lower
            for _ in segment.text:
                shown[2 * line, column], shown[2 * line + 1, column] = upper, lower
                column += 1
    assert np.abs(shown - picture.astype(np.int16)).max() <= 4


def test_a_kitty_image_contains_the_pixels() -> None:
    picture = photo(64, 36)
    sequence = encode("kitty", picture, 12, 4, 7)
    chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", sequence)
    assert "s=64,v=36,c=12,r=4,i=7" in chunks[0][0]
    assert [keys[-1] for keys, _ in chunks] == ["1"] * (len(chunks) - 1) + ["0"]
    assert all(len(data) <= 4096 for _, data in chunks)
    pixels = zlib.decompress(base64.b64decode("".join(data for _, data in chunks)))
    np.testing.assert_array_equal(np.frombuffer(pixels, np.uint8).reshape(36, 64, 3), picture)
    assert "i=7" in kitty_delete(7)


def test_an_iterm2_image_is_a_jpeg_with_a_size_in_cells() -> None:
    picture = photo(64, 36)
    match = re.fullmatch(r"\x1b\]1337;File=([^:]*):([^\x07]*)\x07", encode("iterm2", picture, 12, 4, 7))
    assert match
    assert "width=12;height=4" in match[1]
    file = base64.b64decode(match[2])
    assert f"size={len(file)}" in match[1].split(";")
    shown = Image.open(io.BytesIO(file))
    assert (shown.format, shown.size) == ("JPEG", (64, 36))
    assert np.abs(np.asarray(shown).astype(int) - picture).mean() < 16


def test_a_sixel_image_is_one_sixel_sequence() -> None:
    sequence = encode("sixel", photo(64, 36), 6, 2, 7)
    assert sequence.startswith("\x1bP")
    assert sequence.endswith("\x1b\\")


@given(
    st.sampled_from(PROTOCOLS[:4]),
    st.integers(8, 250),
    st.integers(3, 80),
    st.floats(0.4, 2.5),
    st.integers(2_000, 10_000_000),
)
def test_an_image_fits_its_cells_and_its_budget(
    protocol: str, columns: int, lines: int, aspect: float, budget: int
) -> None:
    width = pixel_width(protocol, (columns, lines), CELL, aspect, budget)  # type: ignore[arg-type]
    height = max(1, round(width / aspect))
    fitted_columns, fitted_lines = fit_cells(protocol, np.zeros((height, width, 3), np.uint8), (columns, lines), CELL)  # type: ignore[arg-type]
    assert 1 <= fitted_columns <= columns
    assert 1 <= fitted_lines <= lines
    tighter = pixel_width(protocol, (columns, lines), CELL, aspect, budget // 2)  # type: ignore[arg-type]
    assert tighter <= width


def test_a_slow_link_gets_smaller_images_less_often() -> None:
    fast, slow = LinkQuality(remote=True), LinkQuality(remote=True)
    fast.record(0.005, 0)
    fast.record(0.015, 400_000)
    slow.record(0.2, 0)
    slow.record(1.2, 60_000)
    assert slow.budget < fast.budget / 100
    assert slow.frames_per_second < fast.frames_per_second
    assert slow.slow
    assert "200 ms" in slow.summary


@pytest.mark.parametrize(
    ("answer", "environment", "protocol"),
    [
        ("\x1b_Gi=31;OK\x1b\\\x1b[?62;c", {"TERM": "xterm-kitty"}, "kitty"),
        ("\x1b[?1;2c", {"LC_TERMINAL": "iTerm2", "TERM": "xterm-256color"}, "iterm2"),
        ("\x1b[?62;4;22c", {"TERM": "foot"}, "sixel"),
        ("\x1b[?1;2c", {"TERM": "xterm-256color"}, "blocks"),
        ("", {"TERM": "dumb"}, "blocks"),
        ("\x1b_Gi=31;OK\x1b\\\x1b[?1;2c", {"TMUX": "/tmp/t,1,0", "TERM": "tmux-256color"}, "blocks"),
        ("\x1b[?1;2;4c", {"TMUX": "/tmp/t,1,0", "TERM": "tmux-256color"}, "sixel"),
    ],
)
def test_the_best_protocol_is_detected_from_the_reply(answer: str, environment: dict[str, str], protocol: str) -> None:
    assert detect_protocol(answer, environment) == protocol


def test_the_environment_overrides_the_protocol() -> None:
    assert override_from({}) is override_from({"CWTUI_PICTURES": ""}) is None
    for protocol in PROTOCOLS:
        assert override_from({"CWTUI_PICTURES": protocol}) == protocol
    with pytest.raises(RequestError, match="CWTUI_PICTURES=kity is not an image protocol") as error:
        override_from({"CWTUI_PICTURES": "kity"})
    assert ", ".join(PROTOCOLS) in error.value.hint


def test_a_sixel_image_fills_its_cells() -> None:
    assert '"1;1;96;48#' in encode("sixel", photo(64, 36), 12, 3, 7, (8, 16))
