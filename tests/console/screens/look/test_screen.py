"""Look: sliders, wipe, scopes, errors that keep the frame, and what is saved."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cwtui.console.app import ConsoleApp
from cwtui.console.screens.look.picture import LookPicture
from cwtui.console.screens.look.screen import LookScreen
from cwtui.console.screens.look.wipe_frame import WipeFrame
from cwtui.console.widgets.row_list import RowList
from cwtui.console.widgets.scope_view import BrailleView
from cwtui.console.workers.look_reader import LooksRead, listed_looks
from engine import resources
from engine.catalog import Take
from engine.looks import load_look
from engine.perception import AnalysedTake, ProviderSet, write_perception
from engine.studio import ProjectCuts, Studio
from engine.tasks import perception_folder
from engine.timeline import Cut
from tests.perception.stored_products import Known, frames_between

from ...pilot import key_hints, open_console, press, wait_until


def screen_of(app: ConsoleApp) -> LookScreen:
    assert isinstance(app.mode_screen, LookScreen)
    return app.mode_screen


def frame_of(app: ConsoleApp) -> Any:
    """The frame that is shown."""
    return screen_of(app).query_one(WipeFrame)._image


def note_of(app: ConsoleApp) -> str:
    return str(screen_of(app).query_one("#look-note").render())


def own_look(folder: Path, text: str) -> Path:
    path = folder / "looks" / "mine.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def film(folder: Path) -> Cut:
    """The cut of the studio; made of the takes if there is none."""
    with Studio(folder) as studio:
        cuts = ProjectCuts(studio, studio.project(None))
        if not cuts.names():
            cuts.add(cuts.new("film", rate=Fraction(30)))
        return cuts.read("film")


_MINE = 'version = 1\ntitle = "Mine"\n\n[exposure]\nstops = 1.0\n'


async def test_sliders_change_the_frame_and_are_saved(studio_folder: Path) -> None:
    path = own_look(studio_folder, _MINE)
    async with open_console(studio_folder, screen="look", look="mine") as (app, pilot):
        screen = screen_of(app)
        assert screen.query_one("#looks", RowList).cursor == "mine"
        first = frame_of(app)
        await press(app, pilot, "right")
        assert screen.changes == {}
        assert "go to the parameters" in key_hints(app)
        await press(app, pilot, "tab", "right", "right")
        assert screen.changes == {"exposure.stops": 1.2}
        brighter = frame_of(app)
        assert brighter.mean() > first.mean()
        await press(app, pilot, "shift+left")
        assert screen.changes == {"exposure.stops": 0.2}
        assert frame_of(app).mean() < first.mean()
        await press(app, pilot, "r")
        assert screen.changes == {}
        assert np.array_equal(frame_of(app), first)
        # A digit begins a value; one outside the limits is not accepted.
        await press(app, pilot, *"99", "enter", "backspace", "backspace", "2", "enter")
        assert screen.changes == {"exposure.stops": 2.0}
        # Nothing is written before the key that saves.
        assert path.read_text() == _MINE
        await press(app, pilot, "s", "enter")
        assert load_look("mine", studio_folder / "looks").as_json()["effects"][0]["stops"] == 2.0
        assert screen.changes == {}
        await press(app, pilot, "right", "s", *["backspace"] * 4, *"night", "enter")
        assert screen.query_one("#looks", RowList).cursor == "night"
        assert load_look("night", studio_folder / "looks").extends == ("mine",)
        assert load_look("mine", studio_folder / "looks").as_json()["effects"][0]["stops"] == 2.0


async def test_the_wipe_shows_both_sides(studio_folder: Path) -> None:
    own_look(studio_folder, _MINE)
    async with open_console(studio_folder, screen="look", look="mine") as (app, pilot):
        after = frame_of(app)
        await press(app, pilot, "w")
        before = frame_of(app)
        assert before.mean() < after.mean()
        await press(app, pilot, "w")
        width, edge = after.shape[1], round(after.shape[1] / 2)
        both = frame_of(app)
        assert np.array_equal(both[:, :edge], before[:, :edge])
        assert np.array_equal(both[:, edge + 1 :], after[:, edge + 1 :])
        await press(app, pilot, "greater_than_sign")
        edge = round(width * Fraction(11, 20))
        assert np.array_equal(frame_of(app)[:, :edge], before[:, :edge])
        view = screen_of(app).query_one(WipeFrame)
        await pilot.mouse_down(view, offset=(view.size.width // 4, 4))
        await pilot.mouse_up(view)
        await press(app, pilot)
        assert screen_of(app).query_one(LookPicture)._wipe < Fraction(1, 2)


async def test_an_error_names_file_and_line_and_keeps_the_frame(studio_folder: Path) -> None:
    path = own_look(studio_folder, _MINE)
    async with open_console(studio_folder, screen="look", look="mine") as (app, pilot):
        shown = frame_of(app)
        path.write_text(_MINE.replace("stops = 1.0", "stop = 1.0"))
        await wait_until(pilot, lambda: all(part in note_of(app) for part in ("mine.toml", "line 5", "stops")))
        assert frame_of(app) is shown
        # The frame may report the error before the look has been read again.
        await wait_until(pilot, lambda: (look := screen_of(app).look) and look.error)
        await press(app, pilot, "s")
        assert "The look has an error." in key_hints(app)
        path.write_text(_MINE.replace("1.0", "-1.0"))
        await wait_until(pilot, lambda: frame_of(app) is not shown)
        assert "mine.toml" not in note_of(app)
        assert frame_of(app).mean() < shown.mean()


async def test_scopes_are_braille_without_graphics(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="look") as (app, pilot):
        scopes = []
        for _ in range(4):
            await press(app, pilot, "c")
            lines = screen_of(app).query_one(BrailleView)._cells
            scopes.append("".join(char for line in lines for char, _ in line))
            assert scopes[-1].strip()
            assert "nits" in str(screen_of(app).query_one("#scope-caption").render())
        assert len(set(scopes)) == 4
        await press(app, pilot, "c")
        assert screen_of(app).query_one(LookPicture).scope is None


async def test_a_clip_gets_the_look_and_keyframes(studio_folder: Path) -> None:
    own_look(studio_folder, _MINE)
    clip = film(studio_folder).clips[0]
    async with open_console(studio_folder, screen="look", look="mine", clip=clip.id) as (app, pilot):
        screen = screen_of(app)
        await press(app, pilot, "tab", "right", "a")
        assert "to save the parameters" in key_hints(app)
        await press(app, pilot, "i")
        assert "does not have this look" in key_hints(app)
        await press(app, pilot, "r", "a")
        assert film(studio_folder).clips[0].look == "mine"
        await press(app, pilot, "i", "full_stop", "right", "right")
        keys = film(studio_folder).clips[0].animation[0].keys
        assert [(one.time, one.value) for one in keys] == [(0, 1.0), (Fraction(1, 30), 1.2)]
        assert screen.changes == {}
        assert "exposure.stops 1.2 --at 00:00:00.03" in screen.command_line("cwtui key set {parameter} --at {cut_at}")
        await press(app, pilot, "x")
        assert len(film(studio_folder).clips[0].animation[0].keys) == 1
        await press(app, pilot, "z", "z", "z", "z")
        assert film(studio_folder).clips[0].look == ""


def store_mask(folder: Path, take: Take) -> None:
    """Stores a mask of half a second of a take."""
    with Studio(folder) as studio:
        grid = studio.subject_of(take).footage.grid
        assert grid
        home = perception_folder(studio, take.id, take.digest) / "pass"
        analysed = AnalysedTake(take.label, take.digest, grid.rate, range(15), (32, 18))
        providers = ProviderSet(Known("person_mask"), Known("optical_flow"), keep_flow=False)
        write_perception(home, analysed, providers, lambda first, stop: frames_between(first, stop, 15))


async def test_a_look_says_what_it_needs_and_how_far_it_is_relied_on(studio_folder: Path) -> None:
    own_look(studio_folder, _MINE + 'mask = "person"\n')
    async with open_console(studio_folder, screen="look", look="mine") as (app, pilot):
        await wait_until(pilot, lambda: "cwtui perceive" in note_of(app))
        assert "the mask of the people" in note_of(app)
        take = app.take
        assert take
        assert f"cwtui perceive {take.label} --mask" in note_of(app)
        store_mask(studio_folder, take)
        await press(app, pilot, "full_stop")
        await wait_until(pilot, lambda: "person" in str(screen_of(app).query_one("#look-caption").render()))
        assert "%" in str(screen_of(app).query_one("#look-caption").render())
        assert "cwtui perceive" not in note_of(app)


async def test_a_value_that_is_no_number_and_a_damaged_lut_are_named(studio_folder: Path) -> None:
    path = own_look(studio_folder, _MINE)
    cube = path.with_name("print.cube")
    cube.write_text("LUT_3D_SIZE 2\n0 0 0\nnan 1 1\n")
    async with open_console(studio_folder, screen="look", look="mine") as (app, pilot):
        shown = frame_of(app)
        path.write_text(_MINE.replace("1.0", "nan"))
        await wait_until(pilot, lambda: "exposure.stops" in note_of(app))
        assert "line 5" in note_of(app)
        path.write_text(_MINE + '[lut]\nfile = "print.cube"\n')
        await wait_until(pilot, lambda: "print.cube" in note_of(app))
        assert "lut.file" in note_of(app)
        assert frame_of(app) is shown


async def test_a_change_during_reading_is_not_missed(studio_folder: Path) -> None:
    path = own_look(studio_folder, _MINE)
    async with open_console(studio_folder, screen="look", look="mine") as (app, pilot):
        before = LooksRead(listed_looks(studio_folder))
        path.write_text(_MINE.replace("1.0", "nan"))
        screen_of(app).post_message(before)
        await wait_until(pilot, lambda: "exposure.stops" in note_of(app))


async def test_an_error_in_a_shader_is_named_with_its_file(
    studio_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_look(studio_folder, _MINE)
    shaders = tmp_path / "shaders"
    shutil.copytree(resources.resource_root("shaders"), shaders)
    broken = shaders / "effects" / "exposure.wgsl"
    broken.write_text("fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {\n    return unknown;\n}\n")
    monkeypatch.setattr(resources, "resource_root", lambda kind: shaders)
    async with open_console(studio_folder, screen="look", look="mine") as (app, pilot):
        await wait_until(pilot, lambda: "exposure.wgsl" in note_of(app))
        assert "return unknown" in note_of(app)
