"""The console: a disposable client. It draws snapshots and asks for work; the studio does it, and outlives it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import RenderableType
from textual import on
from textual.app import ScreenStackError
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.message import Message
from textual.screen import Screen

from cwtui.console.actions import ROOMS, everywhere
from cwtui.console.app_actions import Overlays
from cwtui.console.dialogs.base import Over
from cwtui.console.keymap import Keymap
from cwtui.console.screens import SCREENS
from cwtui.console.screens.base import RoomScreen, binding
from cwtui.console.screens.takes.take_details import suggestion
from cwtui.console.session import Place, keep_place
from cwtui.console.snapshot import Snapshot
from cwtui.console.terminal.capabilities import Terminal
from cwtui.console.terminal.filters import Harmless
from cwtui.console.terminal.plain_text import Written
from cwtui.console.terminal.signals import Farewells
from cwtui.console.terminal.terminal_app import Wired
from cwtui.console.theme import INKS, NIGHT, Ink
from cwtui.console.widgets.status_lines import Heading, Keys, Status
from cwtui.console.workers.frame_loader import Framed, Frames, GpuFound
from cwtui.console.workers.player_windows import Opened, Windows
from cwtui.console.workers.studio_worker import Fresh, Hand, Said, Unopened
from cwtui.console.workers.take_media import Glimpsed, Glimpses
from engine.catalog import Edit, JobState, Project, Take
from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.studio import Studio

_SAID_S = 5.0
_BEGINNING = Fraction(0)
_HARMLESS = Harmless()
# Who leaves right after a key waits until it has been written: longer than the catalog's own patience.
_FAREWELL_S = 70.0
# What cannot be asked where there is no take.
_OF_A_TAKE = {
    "keep", "retake", "clear", "star", "answer", "window", "prepare", "mark", "compare", "trim_none", "clean", "meter",
}  # fmt: skip
# Jobs that leave something new to look at.
_SEEN = {"levels", "transcript", "probe"}


@dataclass(frozen=True)
class Opening:
    """What a console is opened with. `clock` (seconds that only go on) and `today` can be held still."""

    folder: Path
    place: Place
    keymap: Keymap
    terminal: Terminal
    project: str | None = None
    clock: Callable[[], float] = time.monotonic
    today: Callable[[], datetime] = lambda: datetime.now(UTC)
    farewells: Farewells | None = None


class Console(Overlays, Wired):
    """All rooms over one studio."""

    TITLE = "Cleanwater"
    CSS_PATH: ClassVar[list[str | PurePath]] = ["console.tcss", *(f"screens/{room}/screen.tcss" for room in ROOMS)]
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = dict(SCREENS)
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [binding(action) for action in everywhere()]

    def __init__(self, opening: Opening) -> None:
        # Textual reads it while it is made: the room that one left is the only one to be painted.
        self.DEFAULT_MODE = opening.place.room if opening.place.room in ROOMS else "takes"  # type: ignore[misc]
        super().__init__(opening.clock, opening.terminal.round_trip)
        for ink in INKS.values():
            self.register_theme(ink.theme())
        self.folder = opening.folder
        self.place = opening.place
        self.keymap = opening.keymap
        self.terminal = opening.terminal
        self.today = opening.today
        self.pictures = opening.terminal.way(self.place.ways)
        self.gpu = ""
        self.snapshot = Snapshot(opening.folder)
        self.windows = Windows(self)
        wanted, demanded = opening.project or self.place.project, opening.project is not None
        self.farewells = opening.farewells
        self.hand = Hand(self.folder, wanted, self._hear, demanded)
        self.glimpses = Glimpses(self.folder, self.post_message)
        self.frames = Frames(self.folder, self.post_message)
        self.failure: EngineError | None = None
        self._leaving = False
        self._hush: Callable[[], None] = lambda: None

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The console's own names, until its theme is set."""
        return NIGHT.theme().variables

    @property
    def ink(self) -> Ink:
        """The colours of now."""
        return INKS.get(self.theme, NIGHT)

    @property
    def plain(self) -> bool:
        """Whether everything is said in words."""
        return self.place.plain

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and ours: one always, one in plain text."""
        return [*super().get_line_filters(), _HARMLESS, *([Written()] if self.plain else [])]

    @property
    def room(self) -> RoomScreen | None:
        """The room that is on the screen, behind whatever is over it; none is furnished any more while one leaves."""
        if self._leaving:
            return None
        with suppress(ScreenStackError):
            return next((screen for screen in reversed(self.screen_stack) if isinstance(screen, RoomScreen)), None)
        return None

    @property
    def take(self) -> Take | None:
        """The take that is meant everywhere: the last one chosen, or the first."""
        takes = self.snapshot.takes
        return self.snapshot.by_id.get(self.place.take or "") or (takes[0] if takes else None)

    async def on_mount(self) -> None:
        """Paints first; the studio is read on its own threads."""
        self.theme = self.place.theme if self.place.theme in INKS else NIGHT.name
        self.set_keymap(self.keymap)
        if self.farewells:
            self.farewells.leaves(lambda code: self.exit(return_code=code))
        self.set_class(self.plain, "-plain")
        self.set_class(self.pictures == "text", "-words")
        for thread in (self.hand, self.glimpses, self.frames):
            thread.start()
        self.give_mouse(self.place.mouse)
        self.ask_the_line_again_and_again()

    # What was done elsewhere

    @on(Fresh)
    def _fresh(self, fresh: Fresh) -> None:
        before, self.snapshot = self.snapshot, fresh.snapshot
        self._forget_what_changed(before)
        if before.project != self.snapshot.project and self.snapshot.project:
            self.remember(project=self.snapshot.project.name)
        self._show()

    def _show(self) -> None:
        """The room and the lines around it, as the studio stands now."""
        if self.room:
            self.room.show(self.snapshot)
            for line in (Heading, Keys, Status):
                self.room.query_one(line).again()

    def _forget_what_changed(self, before: Snapshot) -> None:
        open_before = {job.id for job in before.jobs if job.state.open}
        for job in self.snapshot.jobs:
            if job.state is JobState.DONE and job.kind in _SEEN and (job.id in open_before or not before.jobs):
                self.glimpses.forget(str(job.parameters.get("take")))

    @on(Unopened)
    def _unopened(self, unopened: Unopened) -> None:
        self.failure = unopened.error
        self.exit(return_code=unopened.error.exit_code)

    @on(Glimpsed)
    def _glimpsed(self, seen: Glimpsed) -> None:
        if self.glimpses.take_in(seen) and self.room:
            self.room.glimpsed(seen)
            if self.take and seen.take == self.take.id:
                self.room.query_one(Keys).again()

    @on(Framed)
    def _framed(self, seen: Framed) -> None:
        if self.room:
            self.room.framed(seen)

    @on(GpuFound)
    def _gpu_found(self, found: GpuFound) -> None:
        self.gpu = found.name
        if self.room:
            self.room.query_one(Status).again()

    @on(Opened)
    def _opened(self, opened: Opened) -> None:
        self.windows.take_in(opened)
        if self.room:
            self.room.show(self.snapshot)

    @on(Said)
    def _said(self, said: Said) -> None:
        if said.error:
            self.refuse(said.error)
        else:
            self.say(said.text)

    # What there is to say

    def say(self, text: str, kind: str = "done") -> None:
        """A line for a moment where the keys are: never over the picture."""
        room = self.room
        if room is None or not room.is_mounted:
            return
        self._hush()
        line = room.query_one(Keys)
        line.said = (text, kind)

        def hush() -> None:
            clock.stop()
            line.said = ("", "")

        clock = self.set_timer(_SAID_S, hush)
        self._hush = hush

    def refuse(self, error: EngineError) -> None:
        """What could not be done, and what to do."""
        self.say(f"{error.message} {error.hint}".strip(), "wrong")

    def _hear(self, message: Message) -> None:
        """What the thread that has the studio says; who leaves is told of it on the way out."""
        if self._leaving and isinstance(message, Said) and message.error:
            self.failure = message.error
        else:
            self.post_message(message)

    def _handle_exception(self, error: Exception) -> None:
        # Textual furnishes nothing any more once one leaves: what was just being entered misses its own parts.
        if not self._leaving:
            super()._handle_exception(error)

    # What is asked

    def why_not(self, action: str, room: RoomScreen | None = None) -> str:
        """Why an action cannot be done here, or in another room, and now; nothing where it can."""
        room = room or self.room
        if room is None:
            return "Nothing is open yet."
        if action in _OF_A_TAKE and room.take is None:
            return "There is no take here yet: I goes to Ingest, + brings footage in."
        return room.why_not(action)

    async def action_act(self, action: str) -> None:
        """Does what an action of the registry says, or says why not."""
        if why := self.why_not(action):
            self.say(why, "refused")
            return
        if self.room and self.room.query_one(Keys).said[1] == "refused":
            self._hush()
        done = (getattr(self.room, f"do_{action}", None) or getattr(self, f"do_{action}"))()
        if done is not None:
            await done

    def do(self, work: Callable[[Studio, Project | None], str | None]) -> None:
        """Leaves work to the thread that has the studio."""
        self.hand.do(work)

    def do_to(self, take: Take, work: Callable[[Studio, Take], Edit | None]) -> None:
        """An edit of what is decided about a take, told by its title."""

        def edit(studio: Studio, _: Project | None) -> str | None:
            made = work(studio, take)
            return made.title if made else None

        self.hand.do(edit)

    def choose_take(self, take: Take | None) -> None:
        """The take that is meant from now on."""
        if take and take.id != self.place.take:
            self.remember(take=take.id, playhead=_BEGINNING)

    def remember(self, **changes: object) -> None:
        """The place as it is now, kept at once."""
        place = self.place.model_copy(update=changes)
        if place == self.place:
            return
        self.place = place
        self.hand.note(lambda: keep_place(self.folder, place))

    async def go(self, room: str, take: Take | None = None, at: Fraction = _BEGINNING) -> None:
        """Into another room; with a take, to a moment of it."""
        if self.room:
            self.room.left()
        if take:
            self.remember(take=take.id, playhead=at)
        await self.switch_mode(room)
        self.remember(room=room)
        self._show()
        if self.room:
            self.room.refresh()

    def suggestion(self, take: Take) -> Take | None:
        """The take that this one is probably a retake of, by its first words."""
        return suggestion(self, take)

    def quiet(self) -> bool:
        """Whether all requests to the threads are done and neither the screen nor a dialog waits for a timer."""
        threads = (self.hand, self.glimpses, self.frames)
        calm = self._keys.idle and all(thread.settled() for thread in threads)
        dialog_settled = not isinstance(self.screen, Over) or self.screen.settled
        return calm and dialog_settled and (self.room is None or self.room.settled)

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Leaves; what still comes finds no room."""
        self._leaving = True
        super().exit(result, return_code, message)

    async def do_quit(self) -> None:
        """Leaves; the studio goes on."""
        self.windows.close()
        self.exit()

    async def on_unmount(self) -> None:
        """The threads let go of the studio, what they were asked is done first."""
        for thread in (self.frames, self.glimpses, self.hand):
            thread.leave()
        if self.hand.is_alive():
            self.hand.join(_FAREWELL_S)

    def redraw(self, screens: Sequence[Screen[Any]]) -> None:
        """Draws screens anew, all of each."""
        for screen in screens:
            for widget in screen.query("*"):
                widget.refresh(layout=False)
