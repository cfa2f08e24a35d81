"""The choices of Deliver: its takes, range, view and rendering, with their estimate and command line."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import cast

import pytest

from cwtui.console.app import ConsoleApp
from cwtui.console.dialogs.prompts import ChoicePrompt, TextPrompt
from cwtui.console.screens.deliver.delivery_run import DeliveryRun, ReplaceNeeded
from cwtui.console.screens.deliver.screen import DeliverScreen
from cwtui.console.session import DeliveryChoices, read_session
from cwtui.console.time_ranges import parse_range
from engine.deliver import StoredRecipe
from engine.errors import RequestError

from ...pilot import key_hints, open_console, press, wait_until, wait_until_idle
from ...sample_studio import build


@pytest.fixture
def fixed_studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The studio with fixed values, with a state directory of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    build(tmp_path / "studio")
    return tmp_path / "studio"


def deliver_screen(app: ConsoleApp) -> DeliverScreen:
    screen = app.mode_screen
    assert isinstance(screen, DeliverScreen)
    return screen


def shown(screen: DeliverScreen, name: str) -> str:
    return str(screen.query_one(f"#{name}").render())


async def test_the_estimate_and_the_command_follow_the_choices(fixed_studio: Path) -> None:
    async with open_console(fixed_studio, (80, 24), screen="deliver", recipe="youtube-4k") as (app, pilot):
        screen = deliver_screen(app)

        def command() -> str:
            return screen.command_line("{deliver}").rpartition(" deliver ")[2]

        def estimate() -> str:
            return shown(screen, "outcome").partition("Estimate\n")[2].splitlines()[0].strip()

        async def expect(choices: str, forecast: str, words: str) -> None:
            await wait_until(pilot, lambda: estimate().startswith(forecast))
            assert choices in shown(screen, "choices").replace("\n", "   ")
            assert command() == words

        assert screen.editor.size.height > 5
        await expect("t 3 kept takes   w as trimmed   h HDR   c as shot", "3 takes · 2:21 ·", "youtube-4k 1 3 6")
        await press(app, pilot, "w", "h", "c")
        await expect(
            "w whole   h SDR   c ACES", "3 takes · 2:27 · about", "youtube-4k 1 3 6 --from 0 --sdr --rendering aces"
        )
        await press(app, pilot, "t", "j", "enter")
        await expect("t all 7 takes", "6 takes · 3:43", "youtube-4k --all --from 0 --sdr --rendering aces")
        app.update_session(selected=("take-2", "take-6"))
        await press(app, pilot, "t", "j", "enter", "h", "c", "w")
        await expect("t 2 selected takes   w as trimmed", "2 takes · 42 s", "youtube-4k 2 6")
        await press(app, pilot, "t", *["j"] * 3, "enter")
        await press(app, pilot, "w", "j", "j", "enter")
        assert isinstance(app.screen, TextPrompt)
        await press(app, pilot, *["backspace"] * 20, *"0:05-20", "enter")
        await expect("w 0:05–0:20", "1 take · 15 s", "youtube-4k 3 --from 5 --to 20")
        before = app.session.delivery
    async with open_console(fixed_studio, screen="deliver", recipe="podcast", delivery=before) as (app, pilot):
        screen = deliver_screen(app)
        assert read_session(fixed_studio).delivery == before
        assert "h HDR" not in shown(screen, "choices")
        await press(app, pilot, "h")
        assert "podcast has no picture" in key_hints(app)


async def test_an_error_is_written_once_at_its_line(fixed_studio: Path) -> None:
    async with open_console(fixed_studio, (80, 24), screen="deliver", recipe="festival") as (app, pilot):
        screen = deliver_screen(app)
        await press(app, pilot, "e")
        screen.editor.load_text('title = "Festival"\n[sound]\ncodec = "flac"\nlufs = -23.0\ntrue_peak_dbtp = -1\n')
        says = 'codec must be aac, wav or mp3, not "flac"'
        await wait_until(pilot, lambda: screen._faults == [(2, says)])
        await wait_until_idle(app, pilot)
        picture = "\n".join(strip.text for strip in screen._compositor.render_strips())
        assert picture.count(says) == 1
        assert "errors in line 3" in picture
        # Where the line has no room for the error, the line below the text has it, with the number of the line.
        screen.editor.load_text(screen.editor.text.replace('"flac"', f'"flac"  # {"x" * 50}'))
        await wait_until(pilot, lambda: f"✗ {says} (line 3)" in shown(screen, "hint"))


async def test_the_run_asks_once_before_it_replaces_files(fixed_studio: Path) -> None:
    folder = fixed_studio / "harbour-walk" / "deliverables" / "podcast"
    # The receipt lists the first file with this size; nothing lists the second one.
    (folder / "001-IMG_0001.m4a").write_bytes(bytes(1_700_000))
    (folder / "006-IMG_0006.m4a").write_bytes(b"of somebody else")
    async with open_console(fixed_studio, (80, 24), screen="deliver", recipe="podcast") as (app, pilot):
        screen = deliver_screen(app)
        forecast = screen._forecasts.ready.forecast
        assert [file.path.name for file in forecast.files("replaced")] == ["001-IMG_0001.m4a"]
        assert [file.path.name for file in forecast.files("refused")] == ["006-IMG_0006.m4a"]
        await press(app, pilot, "r")
        assert isinstance(app.screen, ChoicePrompt)
        assert "Replace 1 file?" in app.export_screenshot().replace("&#160;", " ")
        await press(app, pilot, "escape")
        assert "Nothing delivered" in key_hints(app)
        run = DeliveryRun(cast(StoredRecipe, screen.recipe), app.snapshot.takes, DeliveryChoices(), {})
        # The file of one of several ranges has the range's number in its label.
        files = [replace(one, needs_replace=True, label=f"{one.label}-2") for one in forecast.files("replaced")]
        question = ReplaceNeeded(run, files)
        assert question.answered("replace").replacing == {"001-IMG_0001"}
        assert [take.number for take in question.answered("others").takes] == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("0:03–0:38", (3, 38)),
        ("3 38.5", (3, Fraction(77, 2))),
        ("1:00 to 1:10", (60, 70)),
        ("0:03 -", (3, None)),
    ],
)
def test_a_range_is_two_times(text: str, parsed: tuple[Fraction, Fraction | None]) -> None:
    assert parse_range(text) == parsed


@pytest.mark.parametrize("text", ["", "a–b", "1 2 3", "5–3"])
def test_another_text_is_not_a_range(text: str) -> None:
    with pytest.raises(RequestError):
        parse_range(text)
