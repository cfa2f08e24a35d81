"""The plan of an ingest, before it starts: the footage that would be added, and what is left out and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar, Protocol

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from cwtui.console.dialogs.base import Dialog, close_bindings
from cwtui.console.dialogs.footage_rows import PlanRow, draw_plan, plan_groups
from cwtui.console.footage_messages import PlanCompleted, PlanProgressed
from cwtui.console.theme import palette_of
from cwtui.console.widgets.detail_list import Detail, DetailList
from cwtui.console.widgets.progress_bar import progress_bar
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.formatting import plural
from cwtui.plan_text import known_summary, plan_summary, skipped_summary, space_summary

if TYPE_CHECKING:
    from engine.transfer import ImportPlan

_BAR = 24


class Planner(Protocol):
    """Makes a plan in the background, and posts its progress and its result."""

    def stop(self) -> None:
        """Cancel the plan."""


StartPlanner = Callable[[Callable[[Message], object]], Planner]
"""Starts a planner that posts with this function."""


class ImportPlanDialog(Dialog[bool | None]):
    """Shows a plan; returns whether the ingest starts."""

    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (16, "-short")]  # noqa: RUF012 - as Textual has it
    BINDINGS: ClassVar[list[BindingType]] = [
        *close_bindings("quit"),
        Binding("left", "dismiss(None)", "back"),
        Binding("up,k", "move(-1)", "up"),
        Binding("down,j", "move(1)", "down"),
        Binding("pageup", "move(-10)", "page up"),
        Binding("pagedown,space", "move(10)", "page down"),
        Binding("enter", "add", "add"),
    ]

    def __init__(self, project: str, start: StartPlanner, plain: bool = False) -> None:
        super().__init__()
        self._project, self._start, self._plain = project, start, plain
        self._planner: Planner | None = None
        self._plan: ImportPlan | None = None
        self._completed = False
        # Enter was pressed before the plan was complete.
        self._confirmed = False
        self._rows: dict[str, PlanRow] = {}
        self._headings: dict[str, str] = {}

    @property
    def settled(self) -> bool:
        """Whether the plan is shown."""
        return self._completed

    def compose(self) -> ComposeResult:
        with Vertical(classes="card tall footage"):
            yield Static(f"Preview: footage for “{self._project}”", classes="title", markup=False)
            yield DetailList()
            yield RowList(self._draw)
            yield Static("Looking for footage …", classes="remark", markup=False)
            yield Static("esc Cancel", classes="hint", markup=False)

    def on_mount(self) -> None:
        self._planner = self._start(self.post_message)

    def on_unmount(self) -> None:
        if self._planner:
            self._planner.stop()

    @on(PlanProgressed)
    def _show_progress(self, event: PlanProgressed) -> None:
        if not self._completed and event.total:
            bar = progress_bar(event.done / event.total, _BAR, palette_of(self), self._plain)
            self._remark.update(bar.append(f"  {event.name}", palette_of(self).styles["quiet"]))

    @on(PlanCompleted)
    def _show_plan(self, event: PlanCompleted) -> None:
        self._completed, self._plan = True, event.plan
        if event.plan is None:
            text = f"{event.error.message} {event.error.hint}" if event.error else ""
            self._show_lines((("error", text, "red"),))
            self._show_remark()
            self._hint("esc Back")
            return
        plan = event.plan
        if self._confirmed and self._may_start and not plan.failed:
            self.dismiss(True)
            return
        self._show_lines(tuple(_summary(plan)))
        keys: list[str] = []
        for number, (heading, rows) in enumerate(plan_groups(plan).items()):
            keys.append(f"{HEADING}{number}")
            self._headings[keys[-1]] = heading
            for row in rows:
                keys.append(f"{number}:{len(self._rows)}")
                self._rows[keys[-1]] = row
        self.query_one(RowList).set_rows(keys)
        self._show_remark()
        self._hint(
            f"⏎ Add {plural(len(plan.takes), 'take')}   ↑ ↓ Details   esc Back" if self._may_start else "esc Back"
        )

    @on(RowList.RowHighlighted)
    def _show_remark(self) -> None:
        row = self._rows.get(self.query_one(RowList).cursor or "")
        self._remark.update(row.detail if row else "")

    def action_move(self, steps: int) -> None:
        self.query_one(RowList).move_by(steps)

    def action_add(self) -> None:
        """Start the ingest, if there is anything to add and enough space; before that is known, as soon as it is.

        Then the plan is shown all the same if files cannot be added.
        """
        if self._may_start:
            self.dismiss(True)
        elif not self._completed:
            self._confirmed = True
            self._hint("The footage is added as soon as it is known, unless a file cannot be added.   esc Cancel")

    def _show_lines(self, lines: tuple[Detail, ...]) -> None:
        summary = self.query_one(DetailList)
        # One line may be longer than the dialog is wide.
        summary.styles.height = len(lines) + 1
        summary.lines = lines

    @property
    def _may_start(self) -> bool:
        return self._plan is not None and bool(self._plan.takes) and self._plan.fits

    @property
    def _remark(self) -> Static:
        return self.query_one(".remark", Static)

    def _hint(self, text: str) -> None:
        self.query_one(".hint", Static).update(text)

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        styles = palette_of(self).styles
        if key.startswith(HEADING):
            return [Segment(self._headings[key], styles["quiet"])]
        return draw_plan(self._rows[key], styles, width, here)


def _summary(plan: ImportPlan) -> Iterable[Detail]:
    yield "to add", plan_summary(plan), "strong" if plan.takes else "amber"
    if known := known_summary(plan):
        yield "known", known, "text"
    if plan.failed:
        yield "refused", f"{plural(len(plan.failed), 'file')} cannot be added; the reasons are below", "red"
    if skipped := skipped_summary(plan):
        yield "skipped", skipped, "quiet"
    yield "space", space_summary(plan), "text" if plan.fits else "red"
