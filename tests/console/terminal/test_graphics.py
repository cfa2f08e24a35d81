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

from cwtui.console.terminal.capabilities import PROTOCOLS, detect_protocol, override_from
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


def test_a_still_of_half_blocks_stays_under_50_kib_however_large_the_screen() -> None:
    width = pixel_width("blocks", (200, 60), CELL, 16 / 9, 10**9)
    picture = photo(width, round(width * 9 / 16))
    columns, lines = fit_cells("blocks", picture, (200, 60), CELL)
    sent = sum(
        len(segment.style.render(segment.text)) if segment.style else len(segment.text)
        for strip in half_blocks(picture, columns, lines)
        for segment in strip
    )
    assert sent < 50 * 1024


def test_half_blocks_hold_the_pixels_to_six_bits() -> None:
    picture = photo(20, 12)
    strips = half_blocks(picture, 20, 6)
    shown = np.zeros((12, 20, 3), np.int16)
    for line, strip in enumerate(strips):
        column = 0
        for segment in strip:
            assert segment.style
            assert segment.style.color
            assert segment.style.bgcolor
            upper, lower = segment.style.color.triplet, segment.style.bgcolor.triplet
            assert upper
            assert lower
            for _ in segment.text:
                shown[2 * line, column], shown[2 * line + 1, column] = upper, lower
                column += 1
    assert np.abs(shown - picture.astype(np.int16)).max() <= 4


def test_kittys_bytes_are_the_pixels() -> None:
    picture = photo(64, 36)
    sequence = encode("kitty", picture, 12, 4, 7)
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", sequence)
    assert "s=64,v=36,c=12,r=4,i=7" in pieces[0][0]
    assert [summary[-1] for summary, _ in pieces] == ["1"] * (len(pieces) - 1) + ["0"]
    assert all(len(data) <= 4096 for _, data in pieces)
    held = zlib.decompress(base64.b64decode("".join(data for _, data in pieces)))
    np.testing.assert_array_equal(np.frombuffer(held, np.uint8).reshape(36, 64, 3), picture)
    assert "i=7" in kitty_delete(7)


def test_iterm2s_bytes_are_a_jpeg_of_so_many_cells() -> None:
    picture = photo(64, 36)
    summary = re.fullmatch(r"\x1b\]1337;File=([^:]*):([^\x07]*)\x07", encode("iterm2", picture, 12, 4, 7))
    assert summary
    assert "width=12;height=4" in summary[1]
    file = base64.b64decode(summary[2])
    assert f"size={len(file)}" in summary[1].split(";")
    shown = Image.open(io.BytesIO(file))
    assert (shown.format, shown.size) == ("JPEG", (64, 36))
    assert np.abs(np.asarray(shown).astype(int) - picture).mean() < 16


def test_sixel_is_a_sixel_picture() -> None:
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
def test_a_picture_fits_its_cells_and_its_budget_in_its_own_shape(
    protocol: str, columns: int, lines: int, shape: float, budget: int
) -> None:
    width = pixel_width(protocol, (columns, lines), CELL, shape, budget)  # type: ignore[arg-type]
    height = max(1, round(width / shape))
    wide, high = fit_cells(protocol, np.zeros((height, width, 3), np.uint8), (columns, lines), CELL)  # type: ignore[arg-type]
    assert 1 <= wide <= columns
    assert 1 <= high <= lines
    tighter = pixel_width(protocol, (columns, lines), CELL, shape, budget // 2)  # type: ignore[arg-type]
    assert tighter <= width


def test_a_slow_line_gets_smaller_pictures_less_often() -> None:
    near, far = LinkQuality(remote=True), LinkQuality(remote=True)
    near.record(0.005, 0)
    near.record(0.015, 400_000)
    far.record(0.2, 0)
    far.record(1.2, 60_000)
    assert far.budget < near.budget / 100
    assert far.frames_per_second < near.frames_per_second
    assert far.slow
    assert "200 ms" in far.summary


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
def test_the_best_protocol_is_found_by_what_the_terminal_says(
    answer: str, environment: dict[str, str], protocol: str
) -> None:
    assert detect_protocol(answer, environment) == protocol


def test_what_the_environment_sets_is_a_way_that_there_is() -> None:
    assert override_from({}) is override_from({"CWTUI_PICTURES": ""}) is None
    for way in PROTOCOLS:
        assert override_from({"CWTUI_PICTURES": way}) == way
    with pytest.raises(RequestError, match="CWTUI_PICTURES=kity is not an image protocol") as refused:
        override_from({"CWTUI_PICTURES": "kity"})
    assert ", ".join(PROTOCOLS) in refused.value.hint


def test_a_sixel_picture_fills_the_cells_it_is_for() -> None:
    assert '"1;1;96;48#' in encode("sixel", photo(64, 36), 12, 3, 7, (8, 16))
