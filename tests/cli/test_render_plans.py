"""`render --explain`: the GPU passes of a frame of a take or a cut, with sizes, bytes and times."""

from __future__ import annotations

from pathlib import Path

import pytest

from .shell import Shell

_RECIPE = """
title = "Small film"
[picture]
view = "sdr"
codec = "h264"
long_edge = 160
short_edge = 90
gop_seconds = 1
quality = 23
"""

_LOOK = """
version = 1
title = "Bright"
order = "classic"
[exposure]
stops = 0.5
"""


@pytest.fixture
def recipe(tmp_path: Path) -> str:
    path = tmp_path / "small.toml"
    path.write_text(_RECIPE)
    return str(path)


def test_the_plans_of_a_take_and_a_cut_are_explained(
    cwtui: Shell, recipe: str, small_take: Path, tmp_path: Path
) -> None:
    cwtui.import_takes(small_take)

    shown = cwtui("render", "1", "--explain", "--recipe", recipe, "--in", "0.5").stdout
    assert "input + view" in shown
    assert "2 groups · " in shown
    assert "processor times" in shown or "times on the GPU" in shown

    explained = cwtui.json("render", "1", "--explain", "--recipe", recipe)
    input_plan, output_plan = explained["plans"]
    (group,) = input_plan["groups"]
    assert group["passes"] == ["input", "view"]
    assert [(made["width"], made["height"], made["transient"]) for made in group["makes"]] == [(160, 90, False)]
    assert (explained["groups"], explained["attachment_bytes"]) == (2, 160 * 90 * 8 + 160 * 90 * 3 // 2)
    assert output_plan["groups"][0]["seconds"] > 0

    look = tmp_path / "warm.toml"
    look.write_text(_LOOK)
    groups = cwtui.json("render", "1", "--explain", "--recipe", recipe, "--look", str(look))["plans"][1]["groups"]
    assert any("1 exposure exposed" in passes for passes in (group["passes"] for group in groups))

    cwtui("cut", "new", "film", "--take", "1")
    assert cwtui.json("render", "film", "--explain", "--recipe", recipe)["groups"] == 2


def test_options_that_do_not_belong_together_are_refused(cwtui: Shell) -> None:
    assert "--explain writes nothing" in cwtui("render", "1", "--explain", "-o", "a.####.exr", code=2).stderr
    assert "--recipe and --look are for --explain" in cwtui("render", "1", "--recipe", "youtube-4k", code=2).stderr
    assert "--output is missing" in cwtui("render", "1", code=2).stderr
