"""The actions on the text that is read: position, pace, size, mirror and retakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from cwtui.console.screens.prompter.pacing import MAX_PACE, MIN_PACE, ScriptPacer, sentence_at
from cwtui.console.screens.prompter.type_size import TYPE_ROWS
from cwtui.console.widgets.text_layout import truncate
from engine.catalog import Project

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from engine.speech import ScriptFollower
    from engine.studio import Studio


class ReadingScreen(Protocol):
    """The parts of the Prompter screen that reading uses."""

    pacer: ScriptPacer
    mirror: bool

    @property
    def console_app(self) -> ConsoleApp:
        """The app."""
        ...

    @property
    def unsaved(self) -> bool:
        """Whether the text differs from the file."""
        ...

    def redraw(self) -> None:
        """Redraws what has changed."""
        ...

    def select_type(self) -> None:
        """Uses the type of the selected size."""
        ...


class ReadingActions:
    """Moves in the script, and changes how it is shown."""

    def __init__(self, screen: ReadingScreen) -> None:
        self._screen = screen
        self._follower: tuple[str, ScriptFollower] | None = None

    def follow(self, words: Sequence[str]) -> None:
        """Moves to the place in the script where these words have just been spoken, if they are near."""
        from engine.speech import ScriptFollower

        pacer = self._screen.pacer
        if self._follower is None or self._follower[0] != pacer.script:
            self._follower = pacer.script, ScriptFollower(pacer.script)
        place = self._follower[1].find(words, pacer.offset)
        if place is not None:
            pacer.move_to(place)
            self._screen.redraw()

    def disabled_reason(self, action: str) -> str:
        """Returns why an action is disabled."""
        reading = self._screen.pacer
        if not reading.lines:
            if self._screen.unsaved:
                return "The script is not saved yet. Press {edit}, then {save}."
            return "No script yet. Press {edit} to write one."
        if action == "roll" and reading.ended:
            return "End of the script. Press {top} to go to the start."
        if action == "faster" and reading.pace == MAX_PACE:
            return f"{MAX_PACE} words/min is the fastest pace."
        if action == "slower" and reading.pace == MIN_PACE:
            return f"{MIN_PACE} words/min is the slowest pace."
        if action == "voice" and self._screen.console_app.link.remote:
            return "Over SSH there is no microphone: this machine's is not beside you."
        size = self._screen.console_app.session.prompter_size
        if action == "larger" and size >= len(TYPE_ROWS) - 1:
            return "This is the largest type."
        return "This is the smallest type." if action == "smaller" and size == 0 else ""

    def action_change_pace(self, steps: int) -> None:
        """Changes the pace by ten words a minute a step."""
        self._screen.pacer.change_pace(steps)
        self._screen.redraw()

    def action_move_lines(self, steps: int) -> None:
        """Moves by lines."""
        self._screen.pacer.move_by(steps)
        self._screen.redraw()

    def action_top(self) -> None:
        """Go to the start and reset the elapsed time."""
        self._screen.pacer.move_to(0, to_line=True)
        self._screen.pacer.elapsed = 0.0
        self._screen.redraw()

    def action_mirror(self) -> None:
        self._screen.mirror = not self._screen.mirror
        self._screen.select_type()

    def action_change_size(self, steps: int) -> None:
        """Changes the size of the text by steps."""
        size = min(max(self._screen.console_app.session.prompter_size + steps, 0), len(TYPE_ROWS) - 1)
        self._screen.console_app.update_session(prompter_size=size)
        self._screen.select_type()

    def action_mark_retake(self) -> None:
        """Record the time of day and the sentence, and go back to the start of the sentence."""
        project, reading, at = (
            self._screen.console_app.snapshot.project,
            self._screen.pacer,
            self._screen.console_app.today(),
        )
        assert project
        starts, ends = sentence_at(reading.script, min(reading.offset, len(reading.script) - 1))
        line = " ".join(reading.script[starts:ends].split())

        def mark(studio: Studio, _: Project | None) -> str:
            studio.catalog.reviews.add_retake_cue(project.id, at, line)
            return f"Retake marked {at.astimezone():%H:%M:%S}: “{truncate(line, 48)}”"

        self._screen.console_app.submit(mark)
        reading.move_to(starts, to_line=True)
        self._screen.redraw()
