"""The console app: it shows snapshots of a studio and submits work. Jobs keep running without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import RenderableType
from textual import on
from textual.app import ScreenStackError
from textual.binding import BindingType
from textual.css.query import NoMatches
from textual.filter import LineFilter
from textual.message import Message
from textual.screen import Screen

from cwtui.console.actions import BY_ID, MODE_NAMES, global_actions, requires
from cwtui.console.dialogs.base import Dialog
from cwtui.console.keymap import taken_keys_message, with_keys
from cwtui.console.launch_options import LaunchOptions
from cwtui.console.messages import CopyRequested, FrameLoaded, SearchRequested
from cwtui.console.mode_interface import ModeInterface, make_binding
from cwtui.console.screens import SCREENS
from cwtui.console.screens.empty_state import NO_TAKE_SELECTED, first_delivery_refusal
from cwtui.console.screens.takes.retake_suggestions import NEXT_TAKES, RetakeSuggestions
from cwtui.console.session import write_session
from cwtui.console.snapshot import Snapshot
from cwtui.console.terminal.filters import ControlCharacterFilter, PlainTextFilter
from cwtui.console.terminal.picture_output import PictureOutput
from cwtui.console.terminal.terminal_app import TerminalApp
from cwtui.console.theme import DARK, PALETTES, Palette
from cwtui.console.widgets.status_lines import KeyHints, StatusBar
from cwtui.console.workers.frame_loader import FrameLoader, GpuDetected
from cwtui.console.workers.player_windows import PlayerController, PlayerOpened
from cwtui.console.workers.studio_worker import Notice, SnapshotUpdated, StudioMissing, StudioOpenFailed, StudioWorker
from cwtui.console.workers.take_media import TakeMediaLoaded, TakeMediaLoader
from engine.catalog import Edit, JobState, Project, Take
from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.studio import Studio

_START = Fraction(0)
_CONTROL_FILTER = ControlCharacterFilter()
# On exit, wait for queued writes: longer than SQLite's busy timeout of 60 s.
_WRITE_TIMEOUT_S = 70.0
# The kinds of jobs whose results change what is shown of a take.
_MEDIA_KINDS = {"levels", "transcript", "probe"}


class ConsoleApp(TerminalApp):
    """The console of one studio."""

    TITLE = "Cleanwater"
    CSS_PATH: ClassVar[str] = "console.tcss"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = dict(SCREENS)
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [make_binding(action) for action in global_actions()]

    def __init__(self, options: LaunchOptions) -> None:
        # Textual reads this in its constructor; the screen of the last session is the first that is drawn.
        self.DEFAULT_MODE = options.session.screen if options.session.screen in MODE_NAMES else "takes"  # type: ignore[misc]
        super().__init__(options.clock, options.terminal.round_trip)
        for palette in PALETTES.values():
            self.register_theme(palette.theme())
        self.folder = options.folder
        self.session = options.session
        self.keymap = options.keymap
        self.terminal = options.terminal
        self.today = options.today
        self.volumes = options.volumes
        self.picture_output = PictureOutput(
            options.terminal.select_protocol(self.session.protocols),
            options.terminal.cell,
            self.link,
            self.write_to_terminal,
            self.probe_link,
            options.motion and not self.session.plain,
        )
        self.gpu = ""
        self.snapshot = Snapshot(options.folder)
        self.player = PlayerController(self.folder, self.post_message)
        wanted, required = options.project or self.session.project, options.project is not None
        self.signals = options.signals
        self.studio_worker = StudioWorker(self.folder, wanted, self._receive, required, self.today)
        self.take_media = TakeMediaLoader(self.folder, self.post_message)
        self._retakes = RetakeSuggestions(self.take_media.get)
        self.frame_loader = FrameLoader(self.folder, self.post_message)
        self.failure: EngineError | None = None
        self.next_folder: Path | None = None
        self._may_create, self._message_s = options.create, options.message_s
        self.suggestion_delay_s = options.suggestion_delay_s
        self._exiting = False
        self._clear_message: Callable[[], None] = lambda: None

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Returns the variables that the style sheets need before a theme is set."""
        return DARK.theme().variables

    @property
    def palette(self) -> Palette:
        """The palette of the theme."""
        return PALETTES.get(self.theme, DARK)

    @property
    def plain(self) -> bool:
        """Whether plain text is shown instead of images and shapes."""
        return self.session.plain

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Returns Textual's filters, the filter of control characters and, in plain mode, of shapes."""
        return [*super().get_line_filters(), _CONTROL_FILTER, *([PlainTextFilter()] if self.plain else [])]

    @property
    def mode_screen(self) -> ModeInterface | None:
        """The current screen, below any dialogs; None before the start and during exit."""
        if self._exiting or not self.is_running:
            return None
        with suppress(ScreenStackError):
            return next((screen for screen in reversed(self.screen_stack) if isinstance(screen, ModeInterface)), None)
        return None

    @property
    def _dialog(self) -> Dialog[Any] | None:
        """The dialog over the current screen; None without one, and during exit, when there is no screen."""
        with suppress(ScreenStackError):
            return self.screen if isinstance(self.screen, Dialog) else None
        return None

    @property
    def take(self) -> Take | None:
        """The selected take, or the first."""
        takes = self.snapshot.takes
        return self.snapshot.by_id.get(self.session.take or "") or (takes[0] if takes else None)

    async def on_mount(self) -> None:
        self.theme = self.session.theme if self.session.theme in PALETTES else DARK.name
        self.set_keymap(self.keymap)
        if self.signals:
            self.signals.set_exit(lambda code: self.exit(return_code=code))
        self.set_class(self.plain, "-plain")
        self.set_class(self.picture_output.protocol == "text", "-words")
        for thread in (self.studio_worker, self.take_media, self.frame_loader):
            thread.start()
        self.set_mouse_capture(self.session.mouse)
        self.start_probing()

    # Messages of workers

    @on(SnapshotUpdated)
    async def _update_snapshot(self, event: SnapshotUpdated) -> None:
        before, self.snapshot = self.snapshot, event.snapshot
        self._invalidate_media(before)
        if before.reviews is not self.snapshot.reviews and self.take:
            # An edit, or its undo, may have changed words.
            self.take_media.reload(self.take)
        if before.project != self.snapshot.project and self.snapshot.project:
            self._remember_project(self.snapshot.project.name)
        self._show_snapshot()
        if not before.loaded and (text := taken_keys_message(self.keymap)):
            self.show_message(text, "refused")
        if self.snapshot.delivered and before.projects and not before.delivered:
            from cwtui.console.screens.ingest.first_steps import delivered_message

            self.show_message(delivered_message(self.snapshot))
        if not self.session.screen:
            # A new session begins where its next step is.
            await self.open_screen("takes" if self.snapshot.takes else "ingest")

    @on(StudioMissing)
    async def _studio_missing(self, event: StudioMissing) -> None:
        if self.mode_screen:
            await self.mode_screen.set_up_studio(event, create=self._may_create and event.error is None)

    def _remember_project(self, name: str) -> None:
        session = self.session
        switched = session.project not in (None, name)
        self.update_session(project=name, selected=session.selections.get(name, ()) if switched else session.selected)

    def _show_snapshot(self) -> None:
        """Shows the snapshot on the current screen."""
        if self.mode_screen:
            self.mode_screen.show_snapshot(self.snapshot)
            self.mode_screen.update_status()
            self.mode_screen.update_key_hints()

    def _invalidate_media(self, before: Snapshot) -> None:
        open_before = {job.id for job in before.jobs if job.state.open}
        for job in self.snapshot.jobs:
            if job.state is JobState.DONE and job.kind in _MEDIA_KINDS and (job.id in open_before or not before.jobs):
                self.take_media.invalidate(str(job.parameters.get("take")))

    @on(StudioOpenFailed)
    def _fail_to_open(self, event: StudioOpenFailed) -> None:
        self.failure = event.error
        self.exit(return_code=event.error.exit_code)

    @on(TakeMediaLoaded)
    def _media_loaded(self, event: TakeMediaLoaded) -> None:
        changed = self.take_media.store(event)
        if changed and self._dialog:
            self._dialog.media_loaded(event.take)
        if changed and self.mode_screen:
            # While the app closes, the screen has lost some of its widgets.
            with suppress(NoMatches):
                self.mode_screen.media_loaded(event)
                if self.take and event.take == self.take.id:
                    self.mode_screen.update_key_hints()

    @on(FrameLoaded)
    def _frame_loaded(self, event: FrameLoaded) -> None:
        if self._dialog:
            self._dialog.frame_loaded(event)
        if self.mode_screen:
            with suppress(NoMatches):
                self.mode_screen.frame_loaded(event)

    @on(GpuDetected)
    def _gpu_detected(self, found: GpuDetected) -> None:
        self.gpu = found.name
        if self.mode_screen:
            self.mode_screen.update_status()

    @on(PlayerOpened)
    def _player_opened(self, opened: PlayerOpened) -> None:
        self.player.attach(opened)
        if self.mode_screen:
            self.mode_screen.show_snapshot(self.snapshot)

    @on(Notice)
    def _show_notice(self, event: Notice) -> None:
        if event.error:
            self.show_error(event.error)
        else:
            self.show_message(event.text)

    # Messages to the user

    def show_message(self, text: str, kind: str = "done") -> None:
        """Shows a message with the user's keys, in place of the key hints, for a time."""
        screen = self.mode_screen
        if screen is None or not screen.is_mounted:
            return
        self._clear_message()
        line = screen.query_one(KeyHints)
        line.message = (with_keys(text, self.keymap), kind)
        screen.query_one(StatusBar).message = line.message[0]

        def clear() -> None:
            clock.stop()
            if self.mode_screen is screen:
                screen.update_key_hints()
            line.message = ("", "")
            screen.query_one(StatusBar).message = ""

        clock = self.set_timer(self._message_s, clear)
        self._clear_message = clear

    def show_error(self, error: EngineError) -> None:
        """Shows an error and its hint."""
        self.show_message(f"{error.message} {error.hint}".strip(), "wrong")

    def _receive(self, message: Message) -> None:
        """Takes messages of the studio worker. An error during exit is reported after it."""
        if self._exiting and isinstance(message, Notice) and message.error:
            self.failure = message.error
        else:
            self.post_message(message)

    def _handle_exception(self, error: Exception) -> None:
        # During exit Textual mounts no more widgets, so that a screen that is being opened may fail.
        if not self._exiting and (self.is_running or not self._is_mounted):
            super()._handle_exception(error)

    # Actions

    def disabled_reason(self, action: str, screen: ModeInterface | None = None) -> str:
        """Returns why an action is disabled on a screen, by default the current one; empty if it is enabled."""
        screen = screen or self.mode_screen
        if screen is None:
            return "The console is starting."
        if requires(action, "take") and screen.take is None:
            return with_keys(NO_TAKE_SELECTED, self.keymap)
        if action == "first_deliverable" and (reason := first_delivery_refusal(self.snapshot)):
            return with_keys(reason, self.keymap)
        return with_keys(screen.disabled_reason(action), self.keymap)

    async def action_dispatch(self, action: str) -> None:
        """Runs an action of the registry, or shows why it is disabled."""
        if why := self.disabled_reason(action):
            if not BY_ID[action].silent:
                self.show_message(why, "refused")
            return
        if self.mode_screen and self.mode_screen.query_one(KeyHints).message[1] == "refused":
            self._clear_message()
        if self.mode_screen:
            await self.mode_screen.run_action_by_id(action)
        if self.mode_screen:
            self.mode_screen.update_key_hints()

    def action_help_quit(self) -> None:
        """Shows the key that quits; Textual runs this action on ctrl+c."""
        self.show_message("{quit} quits; jobs keep running.", "refused")

    @on(SearchRequested)
    def _search(self, request: SearchRequested) -> None:
        from cwtui.console.workers.search import search_work

        self.submit(search_work(request))

    @on(CopyRequested)
    def _copy(self, event: CopyRequested) -> None:
        """Copies to the clipboard of the terminal's machine by OSC 52, which some terminals ignore."""
        self.copy_to_clipboard(event.text)
        self.show_message(f"{event.text}  (copied, if the terminal supports it)")

    def submit(self, work: Callable[[Studio, Project | None], str | None]) -> None:
        """Submits work to the studio worker."""
        self.studio_worker.submit(work)

    def edit_take(self, take: Take, work: Callable[[Studio, Take], Edit | None]) -> None:
        """Submits an edit of a take; its title is shown when it is done."""

        def edit(studio: Studio, _: Project | None) -> str | None:
            made = work(studio, take)
            return made.title if made else None

        self.studio_worker.submit(edit)

    def expect_footage(self) -> None:
        """Prepares for footage that is being added: the first job and the first frame start at once."""
        self.frame_loader.expect_frames()
        self.studio_worker.submit(lambda studio, _: studio.jobs.start_soon())

    def select_take(self, take: Take | None) -> None:
        """Selects a take."""
        if take and take.id != self.session.take:
            self.update_session(take=take.id, playhead=_START)

    def update_session(self, **changes: object) -> None:
        """Changes the session, and saves it."""
        session = self.session.model_copy(update=changes)
        if session == self.session:
            return
        self.session = session
        self.studio_worker.submit_write(lambda: write_session(self.folder, session))

    async def open_screen(self, mode: str, take: Take | None = None, at: Fraction = _START) -> None:
        """Opens another screen; with a take, at a time in seconds on its clock."""
        if self.mode_screen:
            self.mode_screen.deactivate()
        if take:
            self.update_session(take=take.id, playhead=at)
        # Before the switch: a first snapshot that arrives meanwhile opens a screen only if none is chosen.
        self.update_session(screen=mode)
        await self.switch_mode(mode)
        self._show_snapshot()
        if self.mode_screen:
            self.mode_screen.refresh()

    def suggest_retake(self, take: Take) -> Take | None:
        """Returns the take that this one is probably a retake of, by its words."""
        after = self.snapshot.index_of.get(take.id, 0) + 1
        return self._retakes.retake_of(take, self.snapshot.takes[after : after + NEXT_TAKES])

    def idle(self) -> bool:
        """Whether the threads have no requests, and neither the screen nor a dialog waits for a timer."""
        threads = (self.studio_worker, self.take_media, self.frame_loader)
        calm = self._key_queue.idle and all(thread.idle() for thread in threads)
        dialog_settled = not isinstance(self.screen, Dialog) or self.screen.settled
        return calm and dialog_settled and (self.mode_screen is None or self.mode_screen.idle)

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Exits; messages that arrive later find no screen."""
        self._exiting = True
        super().exit(result, return_code, message)

    def reopen_in(self, folder: Path) -> None:
        """Exits, so that the console opens in another studio folder, which is created if it does not exist."""
        self.next_folder = folder
        self.exit()

    async def action_quit(self) -> None:
        """Quits; jobs keep running."""
        self.player.close()
        self.exit()

    async def on_unmount(self) -> None:
        for thread in (self.frame_loader, self.take_media, self.studio_worker):
            thread.stop()
        if self.studio_worker.is_alive():
            self.studio_worker.join(_WRITE_TIMEOUT_S)

    def refresh_screens(self, screens: Sequence[Screen[Any]]) -> None:
        """Redraws all widgets of the screens."""
        for widget in (widget for screen in screens for widget in screen.query("*")):
            widget.refresh(layout=False)
