"""A newcomer's day in a terminal: from no studio at all to deliverables, with a picture of each step.

The pictures are in the test's folder, or in the folder that CLEANWATER_DAY names (`make day`: build/day).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cwtui.console.session import Session, read_session
from engine.catalog import Catalog, JobState
from engine.jobs import find_studio_process, stop_studio_process
from engine.studio import Studio

from ..gpu_cache import shared_gpu_cache
from .pilot import isolated_environment
from .prepared_studio import record_small
from .terminal.screen_picture import write_picture
from .terminal.tmux import Pane, pane, tmux_missing_reason
from .terminal_pty import CWTUI

pytestmark = pytest.mark.slow

# A misspoken line, a retake of it, and a log take.
_TAKES = ("IMG_0102.MOV", "IMG_0103.MOV", "IMG_0104.MOV")
_COLUMNS = 120
# A screen without a picture has fewer colours than this. On a slow line, a picture is a few large blocks.
_PICTURE_COLOURS = 45
# A pretended SSH connection: its client and this machine, with their ports.
_CONNECTION = "192.0.2.1 50000 192.0.2.7 22"
_SCRIPT = "Right, so this is the harbour, just after sunrise."


class Day:
    """The terminal of a day: keys, what they must show, and a picture of each step."""

    def __init__(self, shell: Pane, home: Path, pictures: Path) -> None:
        self.shell = shell
        self.home = home
        self.studio = home / "Movies" / "Cleanwater"
        self._pictures = pictures
        self._steps = 0

    def press(self, *keys: str) -> None:
        """Send keys by tmux's names."""
        self.shell.keys(*keys)

    def type(self, text: str) -> None:
        """Send text."""
        self.shell.type(text)

    def retype(self, text: str) -> None:
        """Replace the text of a field."""
        self.shell.keys("C-u")
        self.shell.type(text)

    def until(self, *texts: str) -> None:
        """Wait until the screen has all texts."""
        self.shell.until(*texts)

    def until_gone(self, text: str) -> None:
        """Wait until the screen does not have a text any more."""
        self.shell.until_true(lambda: text not in self.shell.text, f"still “{text}”")

    def until_matches(self, pattern: str) -> None:
        """Wait until a line of the screen matches."""
        self.shell.until_true(lambda: re.search(pattern, self.shell.text), f"no {pattern}")

    def until_picture(self) -> None:
        """Wait until the screen has a picture."""
        self.shell.until_true(
            lambda: len(set(re.findall(r"[34]8;2;[\d;]+", self.shell.styled_text))) > _PICTURE_COLOURS, "no picture"
        )

    def step(self, name: str, *texts: str, moving: bool = False) -> None:
        """Wait until the screen has all texts and is drawn whole, and write a picture of it.

        `moving`: something on it moves all the time.
        """
        self.until(*texts)
        drawn = [""]

        def is_drawn_whole() -> bool:
            drawn[:] = [self.shell.styled_text, drawn[0]]
            return moving or drawn[0] == drawn[1]

        self.shell.until_true(is_drawn_whole, "the screen changes all the time")
        self._steps += 1
        path = self._pictures / f"{self._steps:02d}-{name}.svg"
        write_picture(drawn[0], _COLUMNS, "cwtui", path)

    @property
    def session(self) -> Session:
        """The session that the console has stored."""
        return read_session(self.studio)


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gpu_cache: Path) -> Iterator[Day]:
    if reason := tmux_missing_reason():
        pytest.skip(reason)
    home, environment = tmp_path / "home", isolated_environment(tmp_path)
    card = home / "Card" / "DCIM" / "100APPLE"
    card.mkdir(parents=True)
    for name in _TAKES:
        record_small(name, card)
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, environment[name])
    pictures = Path(os.environ.get("CLEANWATER_DAY") or tmp_path / "day")
    pictures.mkdir(parents=True, exist_ok=True)
    for picture in pictures.glob("[0-9][0-9]-*.svg"):
        picture.unlink()
    studio = home / "Movies" / "Cleanwater"
    path = f"{Path(CWTUI).parent}{os.pathsep}{os.environ['PATH']}"
    with shared_gpu_cache(gpu_cache, studio):
        with pane(tmp_path, {**environment, "HOME": str(home), "PATH": path, "PS1": "$ "}) as shell:
            shell.run("cd")
            yield Day(shell, home, pictures)
        if process := find_studio_process(studio):
            stop_studio_process(studio, process)


def test_a_newcomers_day(day: Day) -> None:
    start_from_nothing(day)
    add_footage(day)
    see_and_deliver_first_take(day)
    confirm_log_take(day)
    decide_about_several_takes(day)
    review(day)
    clean_sound(day)
    leave_and_come_back_over_ssh(day)
    deliver(day)
    read_script(day)
    find_anything(day)
    leave(day)


def start_from_nothing(day: Day) -> None:
    day.shell.run("cwtui")
    day.step("welcome", "Welcome to Cleanwater", str(day.studio), "Create it here", "nothing is created")
    assert not Catalog.exists_in(day.studio)
    day.press("Enter")
    day.until("Project name", "Three steps to your first film")
    day.press("Enter")
    day.step("project-without-name", "A project needs a name")
    day.type("Harbour walk")
    day.press("Enter")
    day.step("project", "Created “Harbour walk”", "Add a file, a folder or a card")


def add_footage(day: Day) -> None:
    day.press("+")
    day.step("places", "Add footage to “Harbour walk”", "Home", "Preview")
    day.type("~/Ca")
    day.until("Card/", "tab Complete")
    for completed in ("~/Card/", "~/Card/DCIM/", "~/Card/DCIM/100APPLE/", "~/Card/DCIM/100APPLE/IMG_010"):
        day.press("Tab")
        day.until_matches(rf"{completed}\s")
    day.step("completed-path", *_TAKES)
    day.press("Tab")
    day.until("space Select")
    day.press(*["Space"] * len(_TAKES))
    day.step("selected-files", "3 selected: 3 files")
    day.press("Enter")
    day.step("preview", "To add · 3", "3 takes", "1 in log: confirm the colour afterwards", "⏎ Add 3 takes")
    day.press("Enter")
    day.step("added", "Arrived · 1", "sealed ✓", "Deliver 001-IMG_0102 as review-proxy", "1 needs you")


def see_and_deliver_first_take(day: Day) -> None:
    day.press("T")
    day.until("3 takes")
    day.until_picture()
    day.step("first-picture", "3 takes", "log: confirm colour", "capture", "14 Jun 2025")
    day.press("d")
    day.until("review-proxy of 001-IMG_0102 queued")
    day.step("first-file", "Your first file is ready", "D has all recipes")
    assert (day.studio / "harbour-walk" / "deliverables" / "review-proxy" / "001-IMG_0102.mp4").is_file()


def confirm_log_take(day: Day) -> None:
    day.press("G")
    day.until("Log: a shows each input transform")
    day.press("a")
    day.until("Input transform for 003-IMG_0104")
    day.until_picture()
    day.step("looks", "Apple Log", "from file metadata", "None of these")
    day.press("Enter")
    day.until_gone("Input transform for")
    day.until("read as Apple Log ✓")
    day.until_gone("needs you")
    day.until_picture()
    day.step("answered")


def decide_about_several_takes(day: Day) -> None:
    # The transcripts come one after the other.
    day.until("“Right, so this is the water", "“The light on the water")
    day.press("g", "Space", "Space")
    day.until("✓ 2 selected")
    day.press("y")
    day.until_matches(r"001\s+· keep[^\n]*\n[^\n]*002\s+· keep")
    day.step("two-kept", "2 selected")
    day.press("z")
    day.step("two-kept-undone", "Undid: 2 takes kept")
    assert "· keep" not in day.shell.text
    day.press("Escape")
    day.until_gone("2 selected")


def review(day: Day) -> None:
    day.press("g", "Enter")
    day.until("001-IMG_0102 undecided", "S1")
    day.until_picture()
    day.press("w", "w", "w", ">")
    day.until("001-IMG_0102 undecided", "1 range,")
    day.press(".")
    day.until("002-IMG_0103 undecided", "the morning.")
    # Half speed, then a quarter: the take is short.
    day.press("h", "h")
    day.step("playing", "▶ ¼×", moving=True)
    day.until_matches(r"undecided  00:00:00:(?!00)\d\d")
    day.press("k", "0")
    day.until("undecided  00:00:00:00")

    day.press("v")
    day.until("Compare 002-IMG_0103 with", "▸ 001")
    day.press("Enter")
    day.step("comparison", "▸ 002-IMG_0103", "001-IMG_0102", "words a minute", "the morning. [−no.]")
    day.press("W")
    day.step("winner", "002-IMG_0103: keep; 001-IMG_0102: retake of it")
    day.press("v")
    day.until_gone("words a minute")

    day.press("w", "w", "w", "w", "w", "w")
    day.press("c")
    day.until("Fix 1 word", "Save in all takes")
    day.retype("harbour")
    day.step("fix-word", "Fix 1 word", "harbour")
    day.press("Enter")
    day.until_gone("Fix 1 word")
    day.until("harbour")
    day.press("n")
    day.until("Name of S1, in all takes")
    day.type("Anna")
    day.press("Enter")
    day.until_gone("Name of S1")
    day.step("corrected", "Anna", "harbour")

    day.press("0", "w", "w")
    day.press(">")
    day.until("1 range,")
    day.press("w", "w", "w")
    day.press("+")
    day.step("ranges", "2 ranges,", "range added")


def clean_sound(day: Day) -> None:
    day.press("S")
    day.until("Not cleaned yet. Press r to clean.", "rumble")
    day.press("Space")
    day.step("bypassed", "1 bypassed")
    day.press("r")
    day.step("cleaning", "002-IMG_0103: cleaning queued")


def leave_and_come_back_over_ssh(day: Day) -> None:
    day.until_gone("cleaning queued")
    before = day.session
    day.press("q")
    day.step("left-with-jobs", "cwtui jobs --watch shows", "continue")
    day.shell.run(f'clear; SSH_CONNECTION="{_CONNECTION}" cwtui')
    day.step("back-over-ssh", "002-IMG_0103", "1 bypassed", "ssh ", "✓ improved by")
    after = day.session
    assert (after.screen, after.take, after.playhead) == ("sound", before.take, before.playhead)
    day.until("no jobs running")
    day.press("l")
    day.step("listening-over-ssh", "File to listen to", "scp", "@192.0.2.7:", "y Copy command")
    (written,) = (day.studio / "harbour-walk" / "listening").glob("*.wav")
    assert written.stat().st_size > 10_000
    day.press("Escape")
    day.until_gone("File to listen to")


def deliver(day: Day) -> None:
    day.press("D")
    day.until("Built-in", "review-proxy")
    # The captions of the kept ranges, and again after a word has been fixed.
    select_recipe(day, "captions")
    day.step("captions", "t 1 kept take", "w as trimmed", "2 ranges", "4 files")
    day.press("r")
    day.until("captions: 1 take queued")
    day.until("002-IMG_0103-1   ✓ ", "002-IMG_0103-2   ✓ ")
    day.press("R")
    day.until("002-IMG_0103 keep", "harbour")
    day.press("c")
    day.until("Fix 1 word")
    day.retype("early")
    day.press("Enter")
    day.until_gone("Fix 1 word")
    day.until("early")
    day.press("D")
    day.step("will-be-replaced", "t 1 kept take", ".srt will be replaced")
    day.press("r")
    day.until_matches(r"Replace \d files\?")
    day.step("replace", ".srt", "with the new delivery")
    day.press("Enter")
    day.until("captions: 1 take queued")
    captions = day.studio / "harbour-walk" / "deliverables" / "captions"
    day.shell.until_true(lambda: any("early" in one.read_text() for one in captions.glob("*.srt")), "not replaced")

    select_recipe(day, "review-proxy")
    day.press("t")
    day.until("Deliver what?", "001-IMG_0102")
    day.press("Down", "Down", "Enter")
    day.until("t 001-IMG_0102")
    day.press("w")
    day.until("Deliver which part?")
    day.press("Down", "Down", "Enter")
    day.until("Deliver 001-IMG_0102 from–to")
    day.retype("0-1")
    day.press("Enter")
    day.step("from-to", "t 001-IMG_0102", "w 0:00–0:01", "1.0 s")

    select_recipe(day, "youtube-4k")
    day.press("t")
    day.until("Deliver what?")
    day.press("g", "Enter")
    day.until("t 1 kept take")
    day.press("h")
    day.step("sdr", "w as trimmed", "h SDR", "2 ranges", "2 files")
    day.press("r")
    day.until_matches(r"youtube-4k\S*: 1 take queued")
    day.press("J")
    day.until_matches(r"youtube-4k\S*: 002-IMG_0103-1")
    day.step("jobs", "Running ·", "all jobs:", "waits for")
    day.press("D")
    day.step("delivered", "002-IMG_0103-1   ✓ ", "002-IMG_0103-2   ✓ ")


def select_recipe(day: Day, name: str) -> None:
    """Move the cursor of Deliver to a recipe."""
    day.press("g")
    while day.session.recipe != name:
        before = day.session.recipe
        day.press("j")
        day.shell.until_true(lambda before=before: day.session.recipe != before, "the cursor does not move")


def read_script(day: Day) -> None:
    day.press("P")
    day.step("no-script", "No script for “Harbour walk” yet.", "Press e to write one.")
    day.press("e")
    day.until("esc Close")
    day.type(_SCRIPT)
    day.until(_SCRIPT)
    day.press("C-s")
    day.step("script", "Script saved.")
    day.press("Escape")
    day.until("paused", "words/min")
    day.press("]", "]")
    day.until("size 2")
    # Large letters are drawn, not written.
    day.until_gone("sunrise.")
    day.step("large-type", "size 2")
    day.press("m")
    day.step("mirrored", "mirrored")
    assert "could not be" not in day.shell.text


def find_anything(day: Day) -> None:
    day.press("/")
    day.until("Find words, takes, markers")
    day.type("harbur")
    day.step("find-misspelled", "did you mean harbour?")
    day.press("Enter")
    day.step("found", "1 hit in 1 take", "Anna")
    day.press("Enter")
    day.step("at-the-word", "002-IMG_0103 keep", "2 ranges,", "harbour")
    day.press(":")
    day.until("Actions, recipes, takes, projects")
    day.type("deliver")
    day.step("palette", "Deliver these takes with this recipe", "Deliver a first file", "matches")
    day.press("Escape")
    day.until_gone("Actions, recipes, takes, projects")
    day.press("?")
    day.step("help", "Keys in Review", "Copy command")
    day.press("G")
    day.step("help-end", "Quit; jobs keep running")
    day.press("Escape")
    day.until_gone("Keys in Review")


def leave(day: Day) -> None:
    day.press("q")
    day.shell.until_true(lambda: day.shell.query("alternate_on") == "0", "the console is still there")
    day.shell.run("clear; cwtui takes")
    day.step("shell", "IMG_0102", "IMG_0104")
    assert "Traceback" not in day.shell.text

    with Studio(day.studio) as studio:
        project = studio.project(None)
        reviews = {take.label: studio.catalog.reviews.of(take) for take in studio.takes(project)}
        assert {label: one.verdict for label, one in reviews.items()} == {
            "001-IMG_0102": "retake", "002-IMG_0103": "keep", "003-IMG_0104": None
        }  # fmt: skip
        assert len(reviews["002-IMG_0103"].ranges) == 2
        assert {job.state for job in studio.catalog.queue.jobs()} == {JobState.DONE}
    assert (day.studio / "harbour-walk" / "script.txt").read_text().strip() == _SCRIPT
