"""The base class of all screens: header, key hints and status bar, and the actions that several screens share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget

from cwtui.console.actions import BY_ID, actions_of, global_actions
from cwtui.console.app_actions import AppActions
from cwtui.console.command_lines import command_line
from cwtui.console.keymap import key_label, keys_of, with_keys
from cwtui.console.messages import FramesNeeded
from cwtui.console.mode_interface import ModeInterface, make_binding
from cwtui.console.screens.empty_state import empty_lines
from cwtui.console.screens.row_style import RowStyle
from cwtui.console.screens.status import header_data, status_data
from cwtui.console.widgets.empty_state import EmptyState
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.row_list import RowList
from cwtui.console.widgets.status_lines import KeyHint, KeyHints, ScreenHeader, StatusBar
from engine.catalog import Edit, Encoding, Job, Project, Reviews, Take

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from cwtui.console.workers.studio_worker import StudioMissing
    from engine.studio import Studio


_NONE_LEFT = "No undecided take is left."


class ModeScreen(ModeInterface):
    """The screen of a mode. It shows the app's snapshot, and submits changes to the studio worker.

    Its style sheet, beside its file, is read when it is first shown: those of other screens would delay the start.
    """

    CSS_PATH: ClassVar[str] = "screen.tcss"
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (60, "-narrow"), (100, "-wide"), (160, "-broad")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (16, "-short"), (30, "-tall")]  # noqa: RUF012 - as Textual has it
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init_subclass__(cls) -> None:
        """Binds the keys of the screen's actions."""
        cls.BINDINGS = [make_binding(action) for action in actions_of(cls.MODE)]
        super().__init_subclass__()

    @property
    def console_app(self) -> ConsoleApp:
        """The app, typed."""
        from cwtui.console.app import ConsoleApp

        assert isinstance(self.app, ConsoleApp)
        return self.app

    def compose(self) -> ComposeResult:
        yield ScreenHeader(self.MODE)
        # Deliver always has recipes to show below.
        yield EmptyState(centered=self.MODE != "deliver")
        yield from self.compose_body()
        yield KeyHints()
        yield StatusBar()

    def compose_body(self) -> Iterable[Widget]:
        raise NotImplementedError

    def on_mount(self) -> None:
        self.update_status()
        self.update_key_hints()

    def update_status(self) -> None:
        """Updates header, status bar and the text of an empty screen."""
        app = self.console_app
        self.query_one(ScreenHeader).data = header_data(app.snapshot)
        self.query_one(EmptyState).lines = empty_lines(self.MODE, app.snapshot)
        self.query_one(StatusBar).data = status_data(
            app.snapshot,
            app.today(),
            gpu=app.gpu,
            link=app.link.summary,
            slow_link=app.link.slow,
            plain=app.plain,
            motion=app.picture_output.motion,
        )

    def with_keys(self, text: str) -> str:
        """Returns a text with the user's keys in place of action ids in braces."""
        return with_keys(text, self.console_app.keymap)

    def update_key_hints(self) -> None:
        """Updates the key hints: the enabled actions, help first because it lists all others."""
        app, hints, first = self.console_app, [], ("help", *self.leading_actions)
        known = (*actions_of(self.MODE), *global_actions())
        for action in sorted(known, key=lambda one: first.index(one.id) if one.id in first else len(first)):
            # While a text is edited, other keys type into it.
            keys = [
                key for key in keys_of(action, app.keymap) if not self.editing or key.startswith(("ctrl+", "escape"))
            ]
            if action.short and keys and not app.disabled_reason(action.id, self):
                hints.append(KeyHint(key_label(keys[0]), action.short))
        self.query_one(KeyHints).hints = tuple(hints)

    def on_screen_suspend(self) -> None:
        """Hides images: a dialog or another screen is drawn over them."""
        for still in self.query(FrameView):
            still.hide_image()

    def on_screen_resume(self) -> None:
        for still in self.query(FrameView):
            still.show_image()

    @on(FramesNeeded)
    def _load_frames(self, event: FramesNeeded) -> None:
        event.stop()
        loader = self.console_app.frame_loader
        if event.cancels is not None:
            loader.cancel(event.cancels)
        for request in event.requests:
            loader.request(request)

    async def set_up_studio(self, missing: StudioMissing, *, create: bool) -> None:
        """Prompts where a missing studio is created; with `create`, creates it in the console's folder."""
        from cwtui.console.screens.studio_setup import StudioSetup

        setup = StudioSetup(self.console_app, missing)
        if create:
            await setup.create()
        else:
            setup.prompt()

    # Actions

    @property
    def playhead(self) -> Fraction | None:
        """The time at which a player's window opens; None for the take's in point."""
        return None

    @property
    def leading_actions(self) -> Sequence[str]:
        """The ids of actions whose keys are shown first."""
        return ()

    @property
    def editing(self) -> bool:
        """Whether keys type into a text."""
        return False

    @property
    def take(self) -> Take | None:
        """The take that actions apply to."""
        return self.console_app.take

    @property
    def targets(self) -> tuple[Take, ...]:
        """The takes that decisions apply to, in shooting order."""
        return (self.take,) if self.take else ()

    @property
    def action_parts(self) -> tuple[object, ...]:
        """The objects whose methods do this screen's actions, in the order in which they are searched."""
        return (self,)

    async def run_action_by_id(self, action: str) -> None:
        """Runs an action of the registry: of this screen, or of all screens."""
        name, arguments = BY_ID[action].method
        parts = (*self.action_parts, AppActions(self.console_app, self))
        done = next(getattr(part, f"action_{name}") for part in parts if hasattr(part, f"action_{name}"))(*arguments)
        if done is not None:
            await done

    def command_line(self, command: str) -> str:
        """Returns an action's command line with its placeholders filled in."""
        return command_line(command, self.console_app.snapshot, self.take, self.command_values())

    def command_values(self) -> dict[str, str]:
        """Returns the screen's own placeholders of command lines."""
        return {}

    def action_move_rows(self, steps: int) -> None:
        """Moves the cursor by rows."""
        self._rows.move_by(steps)

    def action_move_pages(self, pages: int) -> None:
        """Moves the cursor by screenfuls."""
        self._rows.move_pages(pages)

    def action_move_to_end(self, last: bool) -> None:
        """Moves the cursor to the first row, or the last."""
        self._rows.move_to_end(last)

    def row_style(self, width: int, here: bool, selected: bool = False) -> RowStyle:
        """Returns how a row of a list is drawn."""
        app = self.console_app
        return RowStyle(app.palette, width, here, app.plain, selected, app.keymap)

    @property
    def _rows(self) -> RowList:
        rows = self.rows
        assert rows
        return rows

    @on(RowList.RowHighlighted)
    def _row_highlighted(self) -> None:
        self.update_key_hints()

    @on(RowList.RowSelected)
    async def _row_selected(self) -> None:
        await self.console_app.action_dispatch("open")

    def adjacent_take(self, steps: int) -> Take | None:
        """Returns the take so many steps away; at the ends shows a message and returns None."""
        takes, take = self.console_app.snapshot.takes, self.take
        at = next((n for n, one in enumerate(takes) if take and one.id == take.id), 0) + steps
        if 0 <= at < len(takes):
            return takes[at]
        self.console_app.show_message("This is the last take." if steps > 0 else "This is the first take.", "refused")
        return None

    # Undecided takes

    @property
    def listed_takes(self) -> Sequence[Take]:
        """The takes of the screen in its order."""
        return self.console_app.snapshot.takes

    def show_take(self, take: Take) -> None:
        """Selects a take."""
        self.console_app.select_take(take)
        self.show_snapshot(self.console_app.snapshot)

    def action_step_undecided(self, direction: Literal[-1, 1]) -> None:
        """Selects the next take without a verdict, or with -1 the previous one."""
        app = self.console_app
        take = app.snapshot.next_undecided(self.listed_takes, self.take, direction)
        if take:
            self.show_take(take)
        elif self.take and not app.snapshot.review(self.take).verdict:
            app.show_message("No other take is undecided.", "refused")
        else:
            app.show_message(_NONE_LEFT, "refused")

    def action_toggle_advance(self) -> None:
        """Sets whether a verdict goes on to the next undecided take."""
        app = self.console_app
        app.update_session(advance=not app.session.advance)
        app.show_message(f"After a verdict: {'the next undecided take' if app.session.advance else 'the same take'}.")

    def decide(self, work: Callable[[Reviews, tuple[Take, ...]], Edit | None], decided: Collection[str] = ()) -> None:
        """Submits a verdict on the targets, then selects the next undecided take if the session says so.

        `decided` are the ids of other takes that get a verdict at the same time.
        """
        app, following, remark = self.console_app, None, ""
        if app.session.advance and self.take and self.MODE in BY_ID["next_undecided"].screens:
            all_decided = {*decided, *(take.id for take in self.targets)}
            following = app.snapshot.next_undecided(self.listed_takes, self.take, 1, all_decided)
            remark = "" if following else f". {_NONE_LEFT}"
        self._edit_targets(work, remark)
        if following:
            self.show_take(following)

    # Adding footage

    async def action_add(self) -> None:
        await self.add_footage()

    async def on_paste(self, event: events.Paste) -> None:
        """Terminals paste the paths of files that are dropped onto them."""
        from cwtui.path_text import has_paths

        if self.MODE in BY_ID["add"].screens and has_paths(event.text):
            await self.add_footage(event.text)

    async def add_footage(self, pasted: str = "") -> None:
        """Opens the dialog that adds footage, with pasted paths selected. Without a project, Ingest creates one."""
        from cwtui.console.screens.add_footage import open_add_footage

        app = self.console_app
        if app.snapshot.project:
            open_add_footage(app, app.snapshot.project, pasted)
            return
        await app.open_screen("ingest")
        if isinstance(app.mode_screen, ModeScreen) and app.mode_screen is not self:
            await app.mode_screen.add_footage(pasted)

    # Decisions about takes

    def _edit_targets(self, work: Callable[[Reviews, tuple[Take, ...]], Edit | None], remark: str = "") -> None:
        """Submits an edit of the targets, as one entry of the journal; its title and the remark are shown."""
        takes = self.targets

        def edit(studio: Studio, _: Project | None) -> str | None:
            made = work(studio.catalog.reviews, takes)
            return f"{made.title}{remark}" if made else f"{len(takes):,} takes: no change." if len(takes) > 1 else None

        self.console_app.submit(edit)

    def action_star(self) -> None:
        """Adds the star; if all of the takes have it, removes it."""

        def turn(reviews: Reviews, takes: tuple[Take, ...]) -> Edit | None:
            return reviews.set_stars(takes, not all(reviews.of(take).star for take in takes))

        self._edit_targets(turn)

    def action_window(self) -> None:
        """Opens the take in a player."""
        take = self.take
        assert take
        self.console_app.player.open(take, self.playhead)

    def action_trim_none(self) -> None:
        """Clears the kept ranges."""
        take = self.take
        assert take
        self.console_app.edit_take(
            take, lambda studio, meant: studio.catalog.reviews.set_ranges(meant, (), "trim cleared")
        )

    def action_set_verdict(self, verdict: Literal["keep"] | None) -> None:
        """Decides on the takes; None clears the verdict."""
        if verdict is None:
            self._edit_targets(lambda reviews, takes: reviews.set_verdicts(takes, None))
        else:
            self.decide(lambda reviews, takes: reviews.set_verdicts(takes, verdict))

    def prompt_retake(self, suggested: Take | None = None) -> None:
        """Prompts for the take that the targets are retakes of, then marks them; the suggested or likely one first."""
        from cwtui.console.screens.take_prompts import retake_prompt

        takes, app = self.targets, self.console_app

        def chosen(of: str | None) -> None:
            if of is not None:
                other = app.snapshot.by_id.get(of)
                self.decide(lambda reviews, _: reviews.set_verdicts(takes, "retake", other))

        likely = suggested or (app.suggest_retake(takes[0]) if len(takes) == 1 else None)
        app.push_screen(retake_prompt(takes, app.snapshot, app.take_media.get, likely), chosen)

    def prompt_transform(self, *takes: Take) -> None:
        """Prompts for the input transform of log takes, then confirms it."""
        from cwtui.console.dialogs.take_frame import FrameSource
        from cwtui.console.screens.take_prompts import transform_prompt

        app = self.console_app

        def confirm(studio: Studio, transform: Encoding) -> str:
            name = takes[0].label if len(takes) == 1 else f"{len(takes):,} takes"
            studio.confirm_takes(takes, transform)
            return f"{name}: input transform {transform}."

        def chosen(answer: str | None) -> None:
            if answer:
                app.submit(lambda studio, _: confirm(studio, Encoding(answer)))

        frames = FrameSource(app.picture_output, app.frame_loader.request)
        app.push_screen(transform_prompt(takes, self.take, frames), chosen)

    # Deliveries

    def action_first_deliverable(self) -> None:
        """Delivers the first file of a studio."""
        delivery = self.console_app.snapshot.first_delivery
        assert delivery

        def deliver(studio: Studio, project: Project | None) -> str:
            from engine.deliver import load_recipe
            from engine.studio import DeliveryRequest, plan_delivery, submit_deliveries

            recipe, take = load_recipe(delivery.recipe), delivery.take
            assert project
            request = DeliveryRequest(recipe, (str(take.number),), project.name, recipe_name=recipe.name)
            submit_deliveries(studio, [plan_delivery(studio, request)])
            return f"{recipe.name} of {take.label} queued. {{go_jobs}} shows its progress."

        self.console_app.submit(deliver)

    def prompt_gates(self, jobs: Sequence[Job]) -> None:
        """Prompts for the choice that the first of these jobs waits for, then answers all that ask for the same."""
        from cwtui.console.dialogs.gate_questions import gate_question
        from cwtui.console.screens.gate_answers import answer_gates

        question = gate_question(jobs)
        if question is None:
            return

        def answered(answer: str | None) -> None:
            if choice := question.parse_answer(answer):
                self.console_app.submit(answer_gates(jobs, choice))

        self.app.push_screen(question.dialog("Keep it waiting"), answered)
