"""Deliver around a delivery: the frame before it, checks while it runs, then its receipt, reviews and the plan."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from cwtui.console.dialogs.file_written import FileWritten
from cwtui.console.dialogs.prompts import ChoicePrompt, TextPrompt
from cwtui.console.screens.deliver.preview import RecipePreview
from cwtui.console.screens.deliver.receipt_view import ReceiptView
from cwtui.console.screens.deliver.screen import DeliverScreen
from cwtui.console.widgets.frame_view import FrameView
from engine.catalog import Job, JobState
from engine.deliver import Check, publish_checks, read_approvals
from engine.studio import Studio

from ...pilot import key_hints, open_console, press, wait_until, wait_until_idle
from ...records import NOW
from ...sample_studio import add_reviewed_delivery, build


@pytest.fixture
def fixed_studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The studio with fixed values, with a state directory of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    build(tmp_path / "studio")
    return tmp_path / "studio"


def deliver_screen(app: object) -> DeliverScreen:
    screen = getattr(app, "mode_screen", None)
    assert isinstance(screen, DeliverScreen)
    return screen


def shown(screen: DeliverScreen, name: str) -> str:
    return " ".join(str(screen.query_one(f"#{name}").render()).split())


async def test_the_frame_of_the_recipe_follows_the_playhead(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="deliver", recipe="shorts-vertical") as (app, pilot):
        screen = deliver_screen(app)
        view = screen.query_one("#preview-frame", FrameView)
        assert view.has_image
        assert shown(screen, "preview-form").startswith("1080×1920 · cropped to 32 %")
        first = shown(screen, "preview-position")
        before = view._image
        await press(app, pilot, "full_stop")
        assert shown(screen, "preview-position") != first
        assert view._image is not before
        await press(app, pilot, "comma")
        assert shown(screen, "preview-position") == first
        # The playhead stays within the take.
        screen._playhead.action_move_preview(1000)
        frame = screen._playhead.frame
        assert frame
        assert frame.take
        assert frame.take.probe.duration - frame.at < Fraction(1, 10)
        await press(app, pilot, "right", "right_square_bracket")
        assert shown(screen, "preview-position").startswith("002")
        await press(app, pilot, "v")
        assert not screen.query_one("#recipes").display or screen.query_one(RecipePreview).size.height > 20
        await press(app, pilot, "v", "v", "end")
        assert screen.recipe
        assert screen.recipe.name == "archive"
        assert not view.has_image


async def test_the_checks_of_a_running_delivery_appear_as_they_finish(fixed_studio: Path) -> None:
    with Studio(fixed_studio) as studio:
        project = studio.project(None)
        job = Job(
            id="f" * 16, project_id=project.id, kind="deliver", title="captions: 001", state=JobState.RUNNING,
            parameters={"recipe": {"name": "captions"}}, created_at=NOW, started_at=NOW,
        )  # fmt: skip
        studio.catalog.queue.submit([job])
    work = fixed_studio / "work" / "jobs" / job.id / "movie"
    work.mkdir(parents=True)
    async with open_console(fixed_studio, screen="deliver", recipe="captions") as (app, pilot):
        screen = deliver_screen(app)
        good = Check(name="caption order", passed=True, measured=4, wanted="no overlapping cues")
        publish_checks(work, [good])
        await wait_until(pilot, lambda: "✓ caption order 4" in shown(screen, "outcome"))
        bad = Check(name="caption timing", passed=False, measured=4, wanted="within 2.000 s")
        publish_checks(work, [good, bad])
        await wait_until(
            pilot, lambda: "✗ caption timing measured 4, wanted within 2.000 s" in shown(screen, "outcome")
        )
        await wait_until_idle(app, pilot)


async def test_a_receipt_is_a_page_and_can_be_written(fixed_studio: Path) -> None:
    async with open_console(fixed_studio, (80, 24), screen="deliver", recipe="podcast") as (app, pilot):
        await press(app, pilot, "o")
        assert isinstance(app.screen, ReceiptView)
        await wait_until(pilot, lambda: app.screen.query("VerticalScroll Static").first().size.height > 20)
        page = str(app.screen.query("VerticalScroll Static").first().render())
        assert "SHA-256     000000000000000" in page
        assert "not sealed in this studio" in page
        assert "true peak" in page
        await press(app, pilot, "e")
        await wait_until(pilot, lambda: isinstance(app.screen, FileWritten))
        path = fixed_studio / "harbour-walk" / "deliverables" / "podcast" / "receipt.html"
        assert "001-IMG_0001" in path.read_text(encoding="utf-8")
        await press(app, pilot, "escape", *["down"] * 20, "o")
        assert "has not been delivered yet" in key_hints(app)


async def test_a_review_is_approved_after_a_confirmation(fixed_studio: Path) -> None:
    folder = add_reviewed_delivery(fixed_studio)
    async with open_console(fixed_studio, (80, 24), screen="deliver", recipe="for-client") as (app, pilot):
        screen = deliver_screen(app)
        assert "001-IMG_0001 needs the review “client”" in shown(screen, "outcome")
        await press(app, pilot, "y")
        assert isinstance(app.screen, TextPrompt)
        await press(app, pilot, *"Anna", "enter")
        assert isinstance(app.screen, ChoicePrompt)
        await press(app, pilot, "enter")
        assert read_approvals(folder).approvals == ()
        await press(app, pilot, "y", *"Anna", "enter", "down", "enter")
        await wait_until(pilot, lambda: "✓ Anna approved 001-IMG_0001 on" in shown(screen, "outcome"))
        assert [(one.by, one.review) for one in read_approvals(folder).approvals] == [("Anna", "client")]
        await press(app, pilot, "y")
        assert "Every deliverable is approved" in key_hints(app)


async def test_a_plan_that_refuses_is_explained_and_can_be_changed(fixed_studio: Path) -> None:
    async with open_console(fixed_studio, (80, 24), screen="deliver", recipe="youtube-4k") as (app, pilot):
        screen = deliver_screen(app)
        await press(app, pilot, "x", "down", "enter")
        await wait_until(pilot, lambda: "Rule free-" in shown(screen, "outcome"))
        says = shown(screen, "outcome")
        assert "line" in says
        assert "The owner of the studio decides: cwtui policy plan creator" in says
        assert "x chooses another plan" in says
        await press(app, pilot, "x", "up", "enter")
        await wait_until(pilot, lambda: "Rule free-" not in shown(screen, "outcome"))
