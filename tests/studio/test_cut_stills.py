"""Stills of a cut: in its canvas, with transitions mixed as light, black where nothing can be shown."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.catalog import Project, Take
from engine.errors import FileInTheWayError, RequestError
from engine.studio import Studio, cut_sheet, cut_still, write_cut_picture
from engine.timeline import Clip, Cut, Transition
from engine.transfer import import_footage
from fixtures.short_clip import Clip as Footage
from fixtures.short_clip import write_clip

RATE = Fraction(25)


@pytest.fixture
def project(studio: Studio) -> Project:
    return studio.new_project("Harbour walk")


@pytest.fixture
def white(studio: Studio, project: Project, tmp_path: Path) -> Take:
    """A white take of a second, 16:9, in SDR."""
    clip = Footage("white", "mov", sound=None, seconds=Fraction(1), scene="white")
    (take,) = import_footage(studio.catalog, studio.folder, project, [write_clip(tmp_path / "white.mov", clip)]).takes
    return take


def test_a_still_has_the_canvas_and_the_mixed_light(studio: Studio, project: Project, white: Take) -> None:
    clips = (
        Clip("1", white.id, 0, 10),
        Clip("2", None, 0, 10, transition=Transition("dissolve", 4, 4)),
        Clip("3", "absent", 0, 5),
    )
    # Square: the take has bars above and below.
    cut = Cut("film", RATE, 192, 192, clips)
    shown = cut_still(studio, project, cut, 2)
    assert shown.picture.shape == (192, 192, 3)
    assert shown.clips == (1,)
    level = int(shown.picture[96, 96, 1])
    assert level > 200
    assert not shown.picture[:41].any()
    assert not shown.picture[-41:].any()
    mixed = cut_still(studio, project, cut, 9)
    assert mixed.clips == (1,)
    light = (np.array([int(mixed.picture[96, 96, 1]), level]) / 255) ** 2.4
    assert 0.4 < light[0] / light[1] < 0.65
    dark = cut_still(studio, project, cut, 15)
    assert dark.clips == (2,)
    assert not dark.picture.any()
    assert cut_still(studio, project, cut, 20, width=96).missing == (3,)
    with pytest.raises(RequestError, match="00:00:01:00 long"):
        cut_still(studio, project, cut, 25)


def test_a_sheet_has_each_clip_and_replaces_no_file(
    studio: Studio, project: Project, white: Take, tmp_path: Path
) -> None:
    cut = Cut("film", RATE, 192, 108, (Clip("1", white.id, 0, 10), Clip("2", None, 0, 5), Clip("3", white.id, 2, 5)))
    sheet, stills = cut_sheet(studio, project, cut, 320, 3)
    assert sheet.shape[1] == 320
    assert [(one.tick, one.clips) for one in stills] == [(5, (1,)), (12, (2,)), (17, (3,))]
    path, permission = tmp_path / "sheet.png", studio.gate.require("export", format="png", long_edge=320)
    write_cut_picture(permission, sheet, path)
    with pytest.raises(FileInTheWayError):
        write_cut_picture(permission, sheet, path)
    with pytest.raises(RequestError, match=r"not a \.png file"):
        write_cut_picture(permission, sheet, tmp_path / "sheet.jpg")
    with pytest.raises(RequestError, match="is empty"):
        cut_sheet(studio, project, Cut("film", RATE, 192, 108), 320)
