"""The dialog that adds footage: places, folders, the path field, dropped paths, the plan, and the queued ingest."""

from __future__ import annotations

import shutil
import wave
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event

import pytest
from textual import events
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Static

from cwtui.console.app import ConsoleApp
from cwtui.console.dialogs.add_footage import AddFootageDialog
from cwtui.console.dialogs.import_plan import ImportPlanDialog
from cwtui.console.dialogs.prompts import TextPrompt
from cwtui.console.footage_messages import PlanCompleted
from cwtui.console.widgets.detail_list import DetailList
from cwtui.console.widgets.path_field import PathField
from cwtui.console.widgets.row_list import RowList
from engine.catalog import Catalog
from engine.ingest import MacVolumes, Volume
from engine.jobs.presence import StudioLock
from engine.studio import Studio, plan_ingest

from ..pilot import key_hints, open_console, press, wait_until, wait_until_idle


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A studio with a project, whose studio process does not start; home and volumes are in the test's folder."""
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    (tmp_path / "home" / "Movies").mkdir(parents=True)
    folder = tmp_path / "studio"
    with Studio(folder) as made:
        made.new_project("Harbour walk")
    lock = StudioLock.acquire(folder)
    yield folder
    lock.release()


@pytest.fixture
def volumes(tmp_path: Path) -> Path:
    """A card with two recordings and other things, and an empty drive."""
    inner = tmp_path / "volumes" / "CARD" / "DCIM" / "100APPLE"
    inner.mkdir(parents=True)
    for name in ("IMG_0001.WAV", "IMG 0002.WAV"):
        with wave.open(str(inner / name), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(name, "ascii") * 1000)
    (inner / "IMG_0003.HEIC").write_bytes(b"photo")
    (inner / "broken.MOV").write_bytes(b"no footage")
    (tmp_path / "volumes" / "Backup").mkdir()
    return tmp_path / "volumes"


def texts(app: ConsoleApp) -> str:
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join("".join(text for text, _, _ in strip) for strip in strips)


def remark(app: ConsoleApp) -> str:
    return str(app.screen.query_one(".remark", Static).render())


def rows(app: ConsoleApp) -> Sequence[str]:
    return [Path(key).name for key in app.screen.query_one(RowList).keys]


async def paste(app: ConsoleApp, pilot: Pilot[None], text: str) -> None:
    app.post_message(events.Paste(text))
    await wait_until_idle(app, pilot)


def ingests(folder: Path) -> list[list[str]]:
    catalog = Catalog.in_studio(folder)
    try:
        return [job.parameters["paths"] for job in catalog.queue.jobs(kind="ingest")]
    finally:
        catalog.close()


async def test_the_first_arrow_from_the_field_goes_to_the_first_row(studio: Path, volumes: Path) -> None:
    async with open_console(studio, screen="ingest", volumes=MacVolumes(volumes)) as (app, pilot):
        await press(app, pilot, "plus", "slash")
        app.screen.query_one(PathField).value = f"{volumes}/CARD/DCIM/100APPLE/"
        await wait_until_idle(app, pilot)
        await press(app, pilot, "down")
        assert app.screen.query_one(RowList).cursor == str(volumes / "CARD/DCIM/100APPLE/broken.MOV")
        await press(app, pilot, "down")
        assert app.screen.query_one(RowList).cursor == str(volumes / "CARD/DCIM/100APPLE/IMG 0002.WAV")


async def test_a_card_is_browsed_selected_planned_and_added(studio: Path, volumes: Path) -> None:
    async with open_console(studio, (80, 24), screen="ingest", volumes=MacVolumes(volumes)) as (app, pilot):
        await press(app, pilot, "plus")
        assert isinstance(app.screen, AddFootageDialog)
        assert rows(app) == ["#Cards and drives", "CARD", "Backup", "#Folders", "home", "Movies"]
        line = next(line for line in texts(app).splitlines() if "CARD" in line)
        assert "card · iPhone" in line
        assert "3 files" in line

        # Into the card and back, then to the folder with the recordings
        await press(app, pilot, "right", "right", "right", "left")
        assert remark(app).endswith("CARD/DCIM/100APPLE")
        await press(app, pilot, "right")
        assert rows(app) == ["broken.MOV", "IMG 0002.WAV", "IMG_0001.WAV", "IMG_0003.HEIC"]
        assert app.screen.query_one(PathField).value == f"{volumes}/CARD/DCIM/100APPLE/"
        await press(app, pilot, "space", "space", "space", "space")
        assert remark(app).startswith("4 selected: 4 files, 24.")
        await press(app, pilot, "delete", "up", "up", "space", "space")
        assert remark(app).startswith("2 selected: 2 files, 24.")

        # The plan, back, and the plan of the whole card
        await press(app, pilot, "enter")
        assert isinstance(app.screen, ImportPlanDialog)
        summary = {label: text for label, text, _ in app.screen.query_one(DetailList).lines}
        assert summary["to add"].startswith("2 takes, 24.")
        await press(app, pilot, "escape")
        assert isinstance(app.screen, AddFootageDialog)
        assert remark(app).startswith("2 selected")
        await press(app, pilot, "delete", "left", "left", "left", "enter")
        summary = {label: text for label, text, _ in app.screen.query_one(DetailList).lines}
        assert summary.keys() == {"to add", "refused", "skipped", "space"}
        assert summary["skipped"] == "1 photo"
        shown = texts(app)
        assert "To add · 2" in shown
        assert "⏎ Add 2 takes" in shown
        await press(app, pilot, "end", "down", "down")
        assert remark(app).startswith("broken.MOV is not readable footage")
        await press(app, pilot, "enter")
        assert app.screen is app.mode_screen
        assert "Queued: ingest CARD." in key_hints(app)
    assert ingests(studio) == [[str(volumes / "CARD")]]


async def test_a_path_is_typed_completed_and_filtered(studio: Path, volumes: Path) -> None:
    async with open_console(studio, (80, 24), screen="ingest", volumes=MacVolumes(volumes)) as (app, pilot):
        await press(app, pilot, "plus", "tilde", "slash", "M", "tab")
        field = app.screen.query_one(PathField)
        assert (field.value, app.focused) == ("~/Movies/", field)
        field.value = f"{volumes}/CARD/DCIM/100APPLE/IMG"
        await press(app, pilot, "tab")
        assert rows(app) == ["IMG 0002.WAV", "IMG_0001.WAV", "IMG_0003.HEIC"]
        assert app.focused is None
        await press(app, pilot, "underscore", "tab", "1")
        assert field.value.endswith("100APPLE/IMG_0001")
        await press(app, pilot, "tab", "enter")
        assert isinstance(app.screen, ImportPlanDialog)
        assert "⏎ Add 1 take" in texts(app)
        await press(app, pilot, "escape")
        field.value = f"{volumes}/none"
        await press(app, pilot, "enter")
        assert remark(app) == f"{volumes}/none: not found. Check the name, or mount the card."
        field.value = f"{volumes}/none/"
        await wait_until(pilot, lambda: remark(app).startswith("There is no folder"))


async def test_dropped_paths_open_the_dialog_in_takes(studio: Path, volumes: Path) -> None:
    inner = volumes / "CARD" / "DCIM" / "100APPLE"
    async with open_console(studio, (120, 40), screen="takes", volumes=MacVolumes(volumes)) as (app, pilot):
        await paste(app, pilot, f"{inner}/IMG\\ 0002.WAV '{volumes}/CARD/gone.mov' ")
        assert isinstance(app.screen, AddFootageDialog)
        assert remark(app) == f"{volumes}/CARD/gone.mov: not found. Check the name, or mount the card."
        assert "▍● IMG 0002.WAV" in texts(app)
        await paste(app, pilot, f"file://{volumes}/CARD")
        assert remark(app).startswith("2 selected: 4 files")
        await press(app, pilot, "tab")
        await paste(app, pilot, f"{inner}/IMG_0001.WAV")
        assert remark(app).startswith("3 selected: 5 files")
        await press(app, pilot, "enter", "enter")
    assert ingests(studio) == [[str(inner / "IMG 0002.WAV"), str(volumes / "CARD"), str(inner / "IMG_0001.WAV")]]


async def test_dropped_paths_without_a_project_prompt_for_its_name_first(
    studio: Path, volumes: Path, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "studio")
    Studio(tmp_path / "studio").close()
    async with open_console(tmp_path / "studio", volumes=MacVolumes(volumes)) as (app, pilot):
        await paste(app, pilot, str(volumes / "CARD"))
        assert isinstance(app.screen, TextPrompt)
        await press(app, pilot, *"Walk", "enter")
        await wait_until(pilot, lambda: isinstance(app.screen, AddFootageDialog))
        await wait_until_idle(app, pilot)
        assert remark(app).startswith("1 selected: 3 files")


async def test_keys_work_while_a_disk_does_not_answer(studio: Path) -> None:
    answered = Event()

    class SlowVolumes:
        def volumes(self) -> Sequence[Volume]:
            answered.wait()
            return ()

    async with open_console(studio, screen="ingest", volumes=SlowVolumes()) as (app, pilot):
        await pilot.press("plus")
        await wait_until(pilot, lambda: isinstance(app.screen, AddFootageDialog))
        for key in ("slash", "x", "tab", "down"):
            await pilot.press(key)
        assert app.screen.query_one(PathField).value == "/x"
        assert not app.idle()
        await pilot.press("escape")
        assert app.screen is app.mode_screen
        answered.set()
        await wait_until_idle(app, pilot)


async def test_enter_before_the_plan_is_known_adds_the_footage_unless_a_file_is_refused(
    studio: Path, volumes: Path
) -> None:
    class Planned:
        def stop(self) -> None:
            pass

    card = volumes / "CARD" / "DCIM" / "100APPLE"
    async with open_console(studio, screen="ingest") as (app, pilot):
        for paths, added in (([card / "IMG_0001.WAV"], [True]), ([card], [])):
            posts: list[Callable[[Message], object]] = []
            results: list[bool | None] = []

            def start(post: Callable[[Message], object], posts: list[Callable[[Message], object]] = posts) -> Planned:
                posts.append(post)
                return Planned()

            app.push_screen(ImportPlanDialog("Harbour walk", start), results.append)
            await wait_until(pilot, lambda: posts)  # noqa: B023 - runs within this round
            await pilot.press("enter")
            await wait_until(pilot, lambda: "added as soon as it is known" in texts(app))
            posts[0](PlanCompleted(plan_ingest(studio, "Harbour walk", paths), None))
            await wait_until_idle(app, pilot)
            assert results == added
        assert "Cannot be added · 1" in texts(app)
