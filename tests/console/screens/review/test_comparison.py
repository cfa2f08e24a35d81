"""A comparison: actions apply to the side with the focus, and the words that differ are marked."""

from __future__ import annotations

import re
import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from textual.geometry import Size
from textual.pilot import Pilot
from textual.widgets import Static

from cwtui.console.app import ConsoleApp
from cwtui.console.screens.review.comparison import _measures
from cwtui.console.screens.review.picture_pane import pane_width
from cwtui.console.screens.review.screen import ReviewScreen
from cwtui.console.widgets.compared_words import ComparedWord, ComparedWords, compared_words
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.row_list import RowList
from engine.catalog import Condition, Review, Take
from engine.perception import FaceState
from engine.speech import Word, word_spans
from engine.studio import ComparedTake, Studio

from ....cli.takes import a_take
from ...pilot import key_hints, open_console, press, wait_until, wait_until_idle
from ...sample_studio import build


@pytest.fixture(scope="module")
def built_studio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "studio"
    build(folder)
    return folder


@pytest.fixture
def sample_studio(built_studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(built_studio, tmp_path / "studio")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "studio"


def review_screen(app: ConsoleApp) -> ReviewScreen:
    assert isinstance(app.mode_screen, ReviewScreen)
    return app.mode_screen


def numbers(screen: ReviewScreen) -> list[int]:
    return [take.number for take in screen.comparison.takes]


def verdicts(app: ConsoleApp, *wanted: int) -> list[tuple[str | None, bool]]:
    reviews = [app.snapshot.review(take) for take in app.snapshot.takes if take.number in wanted]
    return [(review.verdict, review.star) for review in reviews]


async def test_actions_apply_to_the_side_with_the_focus(sample_studio: Path) -> None:
    async with open_console(sample_studio, screen="review", take="take-2") as (app, pilot):
        screen = review_screen(app)
        await press(app, pilot, "tab")
        assert "No comparison is open. Press v" in key_hints(app)
        # Take 2 is a retake of take 3.
        await press(app, pilot, "v")
        await wait_until(pilot, lambda: "no. Again." in words_of(screen, 0))
        assert numbers(screen) == [2, 3]
        assert words_of(screen, 0) == "Right, so this is no. Again. [−the harbour, and … the old crane.]"
        assert words_of(screen, 1).endswith("the old crane. [−no. Again.]")
        # Both playheads are on the same word.
        await press_quickly(app, pilot, "w", "w", "w")
        assert screen.media.transcript
        at = screen.at
        assert at == screen.media.transcript.words[2].start
        await press(app, pilot, "tab")
        assert app.take
        assert app.take.number == 3
        assert screen.media.transcript
        words = screen.media.transcript.words
        assert screen.at == words[2].start
        await press_quickly(app, pilot, "asterisk", "tab")
        assert (app.take.number, screen.at) == (2, at)
        # A click selects the side and the word.
        await pilot.click(screen.sides[1].query_one(ComparedWords), offset=(7, 0))
        await wait_until(pilot, lambda: app.take and app.take.number == 3)
        await wait_until(pilot, lambda: screen.at == words[1].start)
        await press_quickly(app, pilot, "tab", "s", "u")
        assert numbers(screen) == [3, 2]
        assert verdicts(app, 2, 3) == [(None, False), ("keep", True)]
        # The winner is the side with the focus.
        await press(app, pilot, "W")
        assert verdicts(app, 2, 3) == [("keep", False), ("retake", True)]
        await press(app, pilot, "z")
        assert verdicts(app, 2, 3) == [(None, False), ("keep", True)]
        # The other side stays when this side shows another take.
        await press(app, pilot, "up")
        assert numbers(screen) == [3, 1]
        await press(app, pilot, "v")
        assert not screen.has_class("-pair")
        # Any take can be the other one.
        await press(app, pilot, "V")
        rows = app.screen.query_one(RowList)
        assert len(rows.keys) == 6
        assert "same lines" in columns_of(rows, 1 + rows.keys.index("take-2"))
        rows.move_to("take-6")
        await press(app, pilot, "enter")
        assert numbers(screen) == [1, 6]


async def test_the_list_of_partners_says_what_makes_a_take_a_likely_one(sample_studio: Path) -> None:
    async with open_console(sample_studio, screen="review", take="take-3") as (app, pilot):
        await press(app, pilot, "V")
        rows = app.screen.query_one(RowList)
        # Linked takes first, then the nearest.
        assert rows.keys[0] == "take-2"
        assert set(rows.keys[1:3]) == {"take-1", "take-4"}
        assert columns_of(rows, 0) == ["no.", "file", "recorded", "length", "verdict", "link", "words"]
        listed = ["002", "IMG_0002.MOV", "14 Jun 06:04", "00:00:08:00", "retake", "retake of 003"]
        assert columns_of(rows, 1)[:-1] == listed
        frame, words = app.screen.query_one(FrameView), app.screen.query_one("#partner", Static)
        assert frame.size.height > 5
        assert "no. Again." in str(words.render())
        await press(app, pilot, "down")
        assert "no. Again." not in str(words.render())
        # In a low terminal the list remains.
        await pilot.resize_terminal(80, 24)
        await press(app, pilot)
        assert columns_of(rows, 0) == ["no.", "length", "verdict", "link", "words"]
        assert not frame.size
        await press(app, pilot, "escape")
        assert not review_screen(app).comparison.is_open
        # Escape closes an open comparison; without one, it does nothing and says nothing.
        await press(app, pilot, "v", "escape")
        assert not review_screen(app).has_class("-pair")
        before = key_hints(app)
        await press(app, pilot, "escape")
        assert key_hints(app) == before


def columns_of(rows: RowList, line: int) -> list[str]:
    """The columns of a line of a list that are not empty."""
    return re.split(r"\s{2,}", rows.render_line(line).text.strip(" ▍"))


async def press_quickly(app: ConsoleApp, pilot: Pilot[None], *keys: str) -> None:
    """Press keys without a wait between them."""
    await pilot.press(*keys)
    await wait_until_idle(app, pilot)


def words_of(screen: ReviewScreen, side: int) -> str:
    widget = screen.sides[side].query_one(ComparedWords)
    return " ".join("".join(segment.text for segment in widget.render_line(y)).strip() for y in range(4)).strip()


async def test_a_verdict_goes_on_to_the_next_undecided_take(sample_studio: Path) -> None:
    async with open_console(sample_studio, screen="review", take="take-1") as (app, pilot):

        def number() -> int:
            assert app.take
            return app.take.number

        await press_quickly(app, pilot, "full_stop", "full_stop", "full_stop")
        assert number() == 7
        await press_quickly(app, pilot, "comma", "y")
        assert (number(), verdicts(app, 5)) == (5, [("keep", False)])
        await press(app, pilot, "z", "A", "y")
        assert number() == 7
        await press(app, pilot, "x", "enter")
        assert (number(), verdicts(app, 5, 7)) == (4, [("keep", False), ("retake", False)])
        await press(app, pilot, "y")
        assert "No undecided take is left." in key_hints(app)
        await press(app, pilot, "T", "full_stop")
        assert (number(), key_hints(app).strip()) == (4, "→ No undecided take is left.")
        await press(app, pilot, "z", "home", "full_stop")
        assert number() == 4


async def test_the_speed_of_the_playhead_is_shown(sample_studio: Path) -> None:
    now = [0.0]
    session = {"screen": "review", "take": "take-1", "playhead": Fraction(30)}
    async with open_console(sample_studio, clock=lambda: now[0], **session) as (app, pilot):
        screen = review_screen(app)
        speeds = []
        for key in ("l", "l", "l", "l", "h", "h", "l", "j", "j", "H"):
            await pilot.press(key)
            readout = screen.query_one("PlayheadReadout").render()
            speeds.append(str(readout).splitlines()[0].split("   ")[-1].strip())
        assert speeds == ["▶ 1×", "▶ 2×", "▶ 4×", "▶ 8×", "▶ ½×", "▶ ¼×", "▶ ½×", "◀ 1×", "◀ 2×", "◀ ½×"]
        await pilot.press("k", "l", "l", "l")
        now[0] = 2.0
        await wait_until(pilot, lambda: screen.at == Fraction(38))
        await press(app, pilot, "k")


async def test_the_picture_has_its_room_after_a_resize(sample_studio: Path) -> None:
    async with open_console(sample_studio, (200, 60), screen="review", take="take-1") as (app, pilot):
        screen = review_screen(app)
        for size in ((80, 24), (120, 40), (200, 60)):
            await pilot.resize_terminal(*size)
            await press(app, pilot)
            room, frame = screen.query_one("#upper-pane").content_size, screen.sides[0].frame.size
            # The picture is as high as the pane, or as wide as the transcript allows.
            assert frame.height >= room.height - 1
            assert frame.width >= min(2 * room.height * 16 // 9, 0.45 * room.width) - 2
            assert frame.width <= 0.65 * room.width
        assert app.take
        assert app.take.probe.picture
        upright = app.take.probe.picture.model_copy(update={"display_width": 1080, "display_height": 1920})
        take = app.take.model_copy(update={"probe": app.take.probe.model_copy(update={"picture": upright})})
        assert isinstance(take, Take)
        assert pane_width(take, Size(198, 36), 200, "blocks", (10, 20)) == 47
        assert pane_width(take, Size(198, 64), 200, "kitty", (10, 20)) == 72


def test_words_are_marked_with_signs_in_plain_text() -> None:
    mine, other = (
        [Word(text=text, start=Fraction(n), end=Fraction(n + 1), confidence=1) for n, text in enumerate(said.split())]
        for said in ("so the new harbour", "so the harbour again")
    )
    shown = compared_words(word_spans(mine, other), mine, other, marked=True)
    assert [word.text for word in shown] == ["so", "the", "[+new]", "harbour", "[−again]"]
    assert shown[2] == ComparedWord("[+new]", "own", Fraction(2))


def test_what_is_wrong_with_a_face_is_among_the_measures(tmp_path: Path) -> None:
    with Studio(tmp_path) as studio:
        take = a_take(studio.new_project("p"), 1)
    known = (Review(take_id=take.id), Condition(checked=True), None, None)
    blurred, sharp = FaceState(1, 0.2, 0.3, 0, 0.1), FaceState(1, 0.7, 0.3, 0, 0.1)
    assert ("amber", "the face is blurred") in _measures(ComparedTake(take, *known, blurred))
    assert len(_measures(ComparedTake(take, *known, sharp))) == len(_measures(ComparedTake(take, *known)))
