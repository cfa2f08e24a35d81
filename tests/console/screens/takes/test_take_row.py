"""A take's row: its decisions, and a warning, a likely retake or its words."""

from __future__ import annotations

from cwtui.console.screens.row_style import RowStyle
from cwtui.console.screens.takes.take_row import TakeRow, take_headings, take_row
from cwtui.console.theme import DARK
from cwtui.console.workers.take_media import TakeMedia
from engine.catalog import Condition, Review, Take
from tests.cli.takes import a_take

from ...records import PROJECT, row_text

TAKE, OTHER = a_take(PROJECT, 1), a_take(PROJECT, 2)
ROW = RowStyle(DARK, 120, here=True)


def row_of(
    take: Take = TAKE,
    media: TakeMedia = TakeMedia(),  # noqa: B008 - frozen
    review: Review = Review(take_id=TAKE.id),  # noqa: B008 - frozen
    retake_of: Take | None = None,
    style: RowStyle = ROW,
) -> str:
    return row_text(take_row(TakeRow(take, media, review, Condition(), retake_of, lambda: OTHER, "f9"), style))


def test_an_undecided_take_is_suggested_as_a_retake() -> None:
    row = row_of()
    assert row.startswith("   001")
    assert "HD HLG 30" in row
    assert "↺ 002?" in row


def test_a_decided_take_shows_its_decision_and_no_suggestion() -> None:
    row = row_of(review=Review(take_id=TAKE.id, verdict="keep", star=True))
    assert "★ keep" in row
    assert "↺" not in row
    assert "↺ of 002" in row_of(review=Review(take_id=TAKE.id, verdict="retake"), retake_of=OTHER)


def test_a_take_without_its_transform_or_its_footage_is_marked() -> None:
    row = row_of(take=a_take(PROJECT, 1, None))
    assert row.startswith(" ! 001")
    assert "confirm colour (f9)" in row
    assert "footage missing: IMG_0001.MOV" in row_of(media=TakeMedia(present=False))


def test_a_row_has_its_width_in_every_style() -> None:
    for width in (60, 120):
        for plain in (False, True):
            assert len(row_of(style=RowStyle(DARK, width, plain=plain))) == width


def test_columns_give_way_in_one_order_below_their_headings() -> None:
    """The file name is always there; picture, sound and loudness are left out first, then length and words."""
    shown = []
    for width in (130, 96, 80, 72, 60, 40):
        headings = row_text(take_headings(DARK.styles["heading"], width, plain=False))
        row = row_of(style=RowStyle(DARK, width))
        assert len(headings) == len(row) == width
        assert row[headings.index("file") :].startswith("IMG_0001.MOV")
        shown.append(headings.split())
    assert shown == [
        ["no.", "verdict", "file", "length", "picture", "LUFS", "sound", "words"],
        ["no.", "verdict", "file", "length", "LUFS", "sound", "words"],
        ["no.", "verdict", "file", "length", "LUFS", "words"],
        ["no.", "verdict", "file", "length", "words"],
        ["no.", "verdict", "file", "words"],
        ["no.", "verdict", "file"],
    ]


def test_an_arrow_is_at_the_heading_that_the_list_is_sorted_by() -> None:
    for sort, arrow in (("shot", ""), ("newest", ""), ("longest", "length▾"), ("loudest", "LUFS▾")):
        headings = row_text(take_headings(DARK.styles["heading"], 120, plain=False, sort=sort))
        assert ("▾" in headings) == bool(arrow)
        assert arrow in headings


def test_a_selected_take_has_a_mark_also_in_plain_text() -> None:
    for plain in (False, True):
        assert row_of(style=RowStyle(DARK, 120, plain=plain, selected=True)).startswith("✓  001")
