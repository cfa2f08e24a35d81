"""The sound around an edit: the columns before and after it are those of the take's clock."""

from __future__ import annotations

from fractions import Fraction

from cwtui.block_chart import BLOCKS
from cwtui.console.widgets.edit_waveform import SideSound, blocks_around

STEP = Fraction(1, 10)


def test_columns_are_at_their_times_around_the_edit() -> None:
    # Silence up to 3 s, then full scale: the edit at 3 s is exactly between.
    levels = [0] * 30 + [255] * 30
    drawn = blocks_around(SideSound(levels, STEP, Fraction(3)), 20, 20)
    assert drawn == BLOCKS[1] * 20 + BLOCKS[7] * 20


def test_outside_of_the_take_nothing_is_drawn() -> None:
    levels = [100] * 10
    drawn = blocks_around(SideSound(levels, STEP, Fraction(1, 2)), 20, 20)
    assert drawn.strip(" ") == BLOCKS[7] * len(drawn.strip(" "))
    # Half a second on each side, of two seconds in twenty columns.
    assert drawn == " " * 15 + BLOCKS[7] * 10 + " " * 15


def test_a_gap_has_no_sound() -> None:
    assert blocks_around(None, 3, 4) == " " * 7
    assert blocks_around(SideSound(), 3, 4) == " " * 7
