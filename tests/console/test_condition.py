"""The condition of takes on screen: in the list, in the details, on the timeline, and updated at once."""

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

from .pilot import opened, press, until

FROZEN = Damage(
    kind="undecodable", media="picture", track=0, start=Fraction(1, 2), end=Fraction(1), count=30,
    detail="30 frames do not decode",
)  # fmt: skip
SILENT = Damage(
    kind="silent", media="sound", track=1, start=Fraction(6, 5), end=Fraction(7, 5), count=9600,
    detail="0.2 s of sound do not decode",
)  # fmt: skip


def check(folder: Path, found: dict[int, Iterable[Damage]]) -> None:
    """Record conditions by take number, as the job that decodes takes does."""
    studio = Studio(folder)
    for take in studio.takes(studio.project(None)):
        if take.number in found:
            studio.catalog.conditions.record(take.digest, found[take.number])
    studio.close()


def forget(folder: Path) -> None:
    """Remove all conditions, so that no take is checked."""
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
    forget(studio_folder)
    return studio_folder


async def test_damaged_whole_and_unchecked_takes_look_different_and_a_kept_condition_is_shown_at_once(
    unchecked: Path,
) -> None:
    check(unchecked, {1: [FROZEN, SILENT], 2: []})
    async with opened(unchecked) as (app, pilot):
        screen = app.mode_screen
        assert isinstance(screen, TakesScreen)
        assert "001✗" in row_of(screen, 1)
        assert "damaged 00:00.5–00:01.0: 30 frames do not d" in row_of(screen, 1)
        lines = details(app).splitlines()
        first = next(n for n, line in enumerate(lines) if line.startswith("damaged"))
        assert lines[first].removeprefix("damaged").strip() == "00:00.5–00:01.0: 30 frames do not decode"
        assert lines[first + 1].strip() == "00:01.2–00:01.4: 0.2 s of sound do not decode"
        assert "002 " in row_of(screen, 2)
        await press(app, pilot, "j")
        assert "intact: all of it decodes" in details(app)
        assert "003?" in row_of(screen, 3)
        await press(app, pilot, "j")
        assert "not checked yet" in details(app)
        check(unchecked, {3: [FROZEN]})
        await until(pilot, lambda: "003✗" in row_of(screen, 3))
        assert "30 frames do not decode" in details(app)


async def test_damage_needs_the_director_until_there_is_a_verdict(unchecked: Path) -> None:
    check(unchecked, {1: [FROZEN], 2: [FROZEN]})
    async with opened(unchecked) as (app, pilot):
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


async def test_the_timeline_marks_damage_and_the_readout_names_it_at_the_playhead(unchecked: Path) -> None:
    check(unchecked, {1: [FROZEN]})
    async with opened(unchecked, screen="review") as (app, pilot):
        screen = app.mode_screen
        assert screen
        timeline, readout = screen.query_one(Timeline), screen.query_one(PlayheadReadout)
        red = app.palette.styles["red"].color
        marked = [
            x
            for x, (sign, style) in enumerate(
                (sign, segment.style) for segment in timeline.render_line(0) for sign in segment.text
            )
            if sign == "▬" and style and style.color == red
        ]
        assert app.take
        width, length = timeline.size.width, app.take.probe.duration
        assert marked == list(range(int(width / length / 2), int(width / length) + 1))
        assert "damaged" not in readout.render().plain
        screen.show_position(Fraction(3, 4))  # type: ignore[attr-defined]
        assert "✗ damaged 00:00.5–00:01.0: 30 frames do not decode" in readout.render().plain
        await press(app, pilot, "home")


def test_a_snapshot_keeps_what_it_computed_while_its_sources_are_the_same() -> None:
    before = Snapshot(Path())
    assert before.new_damage == ()
    assert "new_damage" in before.replace(jobs=()).__dict__
    assert "new_damage" not in before.replace(conditions={}).__dict__
    assert "new_damage" not in before.replace(reviews={}).__dict__


def test_damage_from_ingest_is_shown_before_anything_is_decoded(unchecked: Path) -> None:
    studio = Studio(unchecked)
    take: Take = studio.takes(studio.project(None))[0]
    cut = take.model_copy(update={"probe": take.probe.model_copy(update={"damage": (FROZEN,)})})
    assert Snapshot(unchecked).condition(cut).state == "damaged"
    assert not Snapshot(unchecked).condition(cut).checked
    studio.close()
