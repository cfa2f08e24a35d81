"""Why an action of Deliver is not possible."""

from __future__ import annotations

from collections.abc import Sequence

from cwtui.console.actions import requires
from cwtui.console.documents.document import Document
from cwtui.console.screens.deliver.delivery_run import waiting_deliveries
from cwtui.console.screens.deliver.interface import DeliverInterface
from engine.deliver import StoredRecipe


def deliver_refusal(screen: DeliverInterface, action: str, faults: Sequence[tuple[int, str]]) -> str:
    """Why an action is not possible; empty if it is. `faults` are those of the shown text, (line, message) from 0."""
    document, recipe = screen.document, screen.recipe
    if reason := recipe_refusal(action, recipe, screen.editing):
        return reason
    if action in ("save", "revert") and document and not document.is_changed:
        return "Nothing was changed."
    # The current text is validated here, because validation while typing lags behind.
    if action == "save" and (now := screen.editor.faults()):
        return f"Line {now[0][0] + 1}: {now[0][1]}."
    if action == "answer_job" and not waiting_deliveries(screen.console_app.snapshot, recipe):
        return "No delivery of this recipe is waiting for an answer."
    if action == "leave" and not screen.editing:
        return "The editor is not open."
    if action.startswith("preview_") and screen.parsed_recipe and screen.parsed_recipe.picture is None:
        return f"{screen.parsed_recipe.name} has no picture."
    if action == "receipt" and recipe and not recipe.deliveries:
        return f"{recipe.name} has not been delivered yet."
    if action == "approve" and recipe:
        return _approval_refusal(recipe)
    return _delivery_refusal(screen, document, faults) if action == "deliver" else ""


def _approval_refusal(recipe: StoredRecipe) -> str:
    missing = recipe.unapproved
    if not missing:
        done = any(approval for _, approval in recipe.deliveries)
        return (
            "Every deliverable is approved."
            if done
            else 'No delivery needs a review: approval = "client" asks for one.'
        )
    return "" if any(one.passed for one in missing) else "A check failed. Deliver it again before it is reviewed."


def _delivery_refusal(
    screen: DeliverInterface, document: Document[StoredRecipe] | None, faults: Sequence[tuple[int, str]]
) -> str:
    if document and document.is_changed:
        return "Unsaved changes: {save} saves, {revert} discards."
    if not screen.takes and screen.choices.takes != "cut":
        return "No takes to deliver yet. Press {go_ingest}, then {add} to add footage."
    return f"Line {faults[0][0] + 1}: {faults[0][1]}." if faults else ""


def recipe_refusal(action: str, recipe: StoredRecipe | None, editing: bool) -> str:
    """Why an action is not possible with a recipe; empty if it is. `editing`: the recipe's text is open."""
    if recipe is None:
        return "The recipes are loading." if requires(action, "recipe") else ""
    if action in ("edit", "open", "remove") and editing:
        return "The editor is open. Press {leave} to close it."
    if action in ("edit", "remove") and not recipe.own:
        return f"{recipe.name} is built-in. Press {{copy}} to make a copy."
    if action in ("edit", "open") and recipe.own and recipe.read_error:
        return f"Line {recipe.read_error[0] + 1}: {recipe.read_error[1]}."
    return ""
