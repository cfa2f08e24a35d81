"""The actions of Deliver after a delivery: its receipt, the approval of a review, and the plan that refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.dialogs.prompts import ChoicePrompt, TextPrompt
from cwtui.console.screens.deliver.interface import DeliverInterface
from cwtui.formatting import plural
from engine.catalog import Project

if TYPE_CHECKING:
    from cwtui.console.workers.studio_worker import Work
    from engine.deliver import Deliverable, StoredRecipe
    from engine.studio import Studio

_MOST_LISTED = 8


class Reply(Message):
    """What the studio's thread has read or written is shown: the screen calls `show`."""

    def __init__(self, show: Callable[[], None]) -> None:
        super().__init__()
        self.show = show


class ReceiptActions:
    """Shows receipts, records approvals and chooses plans."""

    def __init__(self, screen: DeliverInterface) -> None:
        self._screen = screen

    def action_scroll_outcome(self, pages: int) -> None:
        """Scrolls the results by half their height."""
        pane = self._screen.query_one("#right")
        pane.scroll_relative(y=pages * max(1, pane.size.height // 2), animate=False)

    def action_receipt(self) -> None:
        recipe, post = self._screen.recipe, self._screen.post_message
        assert recipe

        def read(studio: Studio, project: Project | None) -> None:
            post(Reply(partial(self._show_receipt, recipe, _seals(studio))))

        self._screen.console_app.submit(read)

    def _show_receipt(self, recipe: StoredRecipe, seals: Mapping[str, str]) -> None:
        from cwtui.console.screens.deliver.receipt_text import render_receipt
        from cwtui.console.screens.deliver.receipt_view import ReceiptView

        app = self._screen.console_app
        render = partial(render_receipt, recipe, seals, app.palette)
        title = f"Receipt of {recipe.name}: {plural(len(recipe.deliveries), 'delivery', 'deliveries')}"
        app.push_screen(ReceiptView(title, render, partial(self._export, recipe)))

    def _export(self, recipe: StoredRecipe) -> None:
        name, post = recipe.deliveries[0][0].recipe, self._screen.post_message

        def write(studio: Studio, project: Project | None) -> None:
            from engine.export import write_receipt_page

            if project:
                post(Reply(partial(self._show_page, write_receipt_page(_folder(studio, project, name)))))

        self._screen.console_app.submit(write)

    def _show_page(self, path: Path) -> None:
        from cwtui.console.dialogs.file_written import FileWritten
        from cwtui.remote_copy import copy_command

        content = "Pictures, loudness, checks and digests, to read and to print."
        command = copy_command(path)
        self._screen.console_app.push_screen(FileWritten(path, content, command, "Receipt written"))

    def action_approve(self) -> None:
        """Prompts for the name of the person and, with the list of deliverables, for a confirmation."""
        recipe = self._screen.recipe
        assert recipe
        missing = [one for one in recipe.unapproved if one.passed]

        def named(by: str | None) -> None:
            if by:
                self._confirm_approval(missing, by)

        review = missing[0].approval
        count = plural(len(missing), "deliverable")
        self._screen.console_app.push_screen(
            TextPrompt(f"Who approves {count} for the review “{review}”?", hint="⏎ Continue   esc Cancel"), named
        )

    def _confirm_approval(self, missing: Sequence[Deliverable], by: str) -> None:
        app = self._screen.console_app
        lines = [one.take for one in missing[:_MOST_LISTED]]
        if (more := len(missing) - _MOST_LISTED) > 0:
            lines.append(f"and {more} more")
        rows = [("no", "Do not approve", ""), ("yes", f"Approve as {by}", "the files count as delivered")]

        def answered(answer: str | None) -> None:
            if answer == "yes":
                app.submit(self._approval(missing, by))

        count = plural(len(missing), "deliverable")
        title = f"Approve {count} for the review “{missing[0].approval}”?"
        app.push_screen(ChoicePrompt(title, rows, details="\n".join(lines)), answered)

    def _approval(self, missing: Sequence[Deliverable], by: str) -> Work:
        read = self._screen.library_reader()

        def approve_all(studio: Studio, project: Project | None) -> str:
            from engine.deliver import approve

            assert project
            for name in dict.fromkeys(one.recipe for one in missing):
                paths = [file.path for one in missing if one.recipe == name for file in one.files]
                approve(_folder(studio, project, name), by, paths)
            read(None)
            return f"{by} approved {plural(len(missing), 'deliverable')}."

        return approve_all

    def action_plan(self) -> None:
        post = self._screen.post_message

        def read(studio: Studio, project: Project | None) -> None:
            library = studio.gate.library
            plans = [(one.name, one.title, "chosen" if one.name == library.plan else "") for one in library.plans]
            post(Reply(partial(self._prompt_plan, plans, library.plan)))

        self._screen.console_app.submit(read)

    def _prompt_plan(self, plans: Sequence[tuple[str, str, str]], before: str) -> None:
        app, screen = self._screen.console_app, self._screen

        def chosen(name: str | None) -> None:
            if name is None or name == before:
                return

            def choose(studio: Studio, project: Project | None) -> str:
                plan = studio.gate.library.require_plan(name)
                studio.catalog.policies.choose_plan(plan.name)
                screen.post_message(Reply(screen.renew_forecast))
                return f"The plan of this studio is {plan.title}."

            app.submit(choose)

        details = "The owner of the studio decides. Policies of the studio may forbid more than a plan."
        app.push_screen(ChoicePrompt("Choose the plan of this studio", plans, before, details), chosen)


def _folder(studio: Studio, project: Project, recipe: str) -> Path:
    """The folder of a recipe's deliverables."""
    return studio.folder / project.folder / "deliverables" / recipe


def _seals(studio: Studio) -> dict[str, str]:
    """How each original is sealed, by its digest."""
    catalog = studio.catalog
    batches = {batch.id: batch for project in catalog.projects() for batch in catalog.batches(project)}
    found = {}
    for take in catalog.takes():
        batch = batches.get(take.batch_id) if take.batch_id is not None else None
        if batch and batch.sealed_at:
            found[take.digest] = f"ASC MHL in {batch.folder}, {batch.sealed_at:%d %b %Y}"
    return found
