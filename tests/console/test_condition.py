"""The condition of takes in the list, the details and the timeline, and its updates."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pytest

from cwtui.console.app import ConsoleApp
from cwtui.console.screens.review.readout import PlayheadReadout
from cwtui.console.screens.takes.screen import TakeDetails, TakesScreen
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.timeline import Timeline
from engine.catalog import Damage, Take
from engine.studio import Studio

from .pilot import open_console, press, wait_until

FROZEN = Damage(
    kind="undecodable", media="picture", track=0, start=Fraction(1, 2), end=Fraction(1), count=30,
    detail="30 frames do not decode",
)  # fmt: skip
SILENT = Damage(
    kind="silent", media="sound", track=1, start=Fraction(6, 5), end=Fraction(7, 5), count=9600,
    detail="0.2 s of sound do not decode",
)  # fmt: skip


def record_conditions(folder: Path, damage: dict[int, Iterable[Damage]]) -> None:
    """Record conditions by take number, like the job that decodes takes."""
    studio = Studio(folder)
    for take in studio.takes(studio.project(None)):
        if take.number in damage:
            studio.catalog.conditions.record(take.digest, damage[take.number])
    studio.close()


def remove_conditions(folder: Path) -> None:
    """Remove all conditions, so that every take is unchecked."""
    studio = Studio(folder)
    studio.catalog._db.execute("DELETE FROM condition")
    studio.close()


def row_of(screen: TakesScreen, number: int) -> str:
    take = next(take for take in screen.console_app.snapshot.takes if take.number == number)
    return "".join(segment.text for segment in screen._draw(take.id, 120, False))


def details(app: ConsoleApp) -> str:
    assert app.mode_screen
    return app.mode_screen.query_one(TakeDetails).render().plain


@pytest.fixture
def unchecked(studio_folder: Path) -> Path:
    remove_conditions(studio_folder)
    return studio_folder


async def test_takes_show_their_condition_and_its_updates(
    unchecked: Path,
) -> None:
    record_conditions(unchecked, {1: [FROZEN, SILENT], 2: []})
    async with open_console(unchecked) as (app, pilot):
        screen = app.mode_screen
        assert isinstance(screen, TakesScreen)
        assert "001 ✗" in row_of(screen, 1)
        assert "damaged 00:00.5–00:01.0: 30 frame" in row_of(screen, 1)
        lines = details(app).splitlines()
        first = next(n for n, line in enumerate(lines) if line.startswith("damaged"))
        assert lines[first].removeprefix("damaged").strip() == "00:00.5–00:01.0: 30 frames do not decode"
        assert lines[first + 1].strip() == "00:01.2–00:01.4: 0.2 s of sound do not decode"
        assert "002 " in row_of(screen, 2)
        await press(app, pilot, "j")
        assert "intact: all of it decodes" in details(app)
        assert "003 ?" in row_of(screen, 3)
        await press(app, pilot, "j")
        assert "? not checked for damage yet" in details(app)
        record_conditions(unchecked, {3: [FROZEN]})
        await wait_until(pilot, lambda: "003 ✗" in row_of(screen, 3))
        assert "30 frames do not decode" in details(app)


async def test_damage_needs_attention_until_there_is_a_verdict(unchecked: Path) -> None:
    record_conditions(unchecked, {1: [FROZEN], 2: [FROZEN]})
    async with open_console(unchecked) as (app, pilot):
        assert [take.number for take in app.snapshot.new_damage] == [1, 2]
        await press(app, pilot, "y")
        assert [take.number for take in app.snapshot.new_damage] == [2]
        await press(app, pilot, *"fffff")
        screen = app.mode_screen
        assert isinstance(screen, TakesScreen)
        assert screen.rows
        assert len([key for key in screen.rows.keys if not key.startswith("#")]) == len(
            {*app.snapshot.new_damage, *app.snapshot.needs_confirmation}
        )
        await press(app, pilot, "f")
        assert (app.session.filter, len([key for key in screen.rows.keys if not key.startswith("#")])) == ("damaged", 2)


async def test_the_timeline_and_the_readout_show_damage(unchecked: Path) -> None:
    record_conditions(unchecked, {1: [FROZEN]})
    async with open_console(unchecked, screen="review") as (app, pilot):
        screen = app.mode_screen
        assert screen
        timeline, readout = screen.query_one(Timeline), screen.query_one(PlayheadReadout)
        red = app.palette.styles["red"].color
        marked = [
            x
            for x, (char, style) in enumerate(
                (char, segment.style) for segment in timeline.render_line(0) for char in segment.text
            )
            if char == "▬" and style and style.color == red
        ]
        assert app.take
        width, length = timeline.size.width, app.take.probe.duration
        assert marked == list(range(int(width / length / 2), int(width / length) + 1))
        assert "damaged" not in readout.render().plain
        screen.show_position(Fraction(3, 4))  # type: ignore[attr-defined]
        assert "✗ damaged 00:00.5–00:01.0: 30 frames do not decode" in readout.render().plain
        await press(app, pilot, "home")


def test_a_snapshot_keeps_computed_values_of_unchanged_sources() -> None:
    before = Snapshot(Path())
    assert before.new_damage == ()
    assert "new_damage" in before.replace(jobs=()).__dict__
    assert "new_damage" not in before.replace(conditions={}).__dict__
    assert "new_damage" not in before.replace(reviews={}).__dict__


def test_damage_from_ingest_is_shown_before_the_check(unchecked: Path) -> None:
    studio = Studio(unchecked)
    take: Take = studio.takes(studio.project(None))[0]
    damaged = take.model_copy(update={"probe": take.probe.model_copy(update={"damage": (FROZEN,)})})
    assert Snapshot(unchecked).condition(damaged).state == "damaged"
    assert not Snapshot(unchecked).condition(damaged).checked
    studio.close()
