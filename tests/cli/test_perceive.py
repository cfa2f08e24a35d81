"""cwtui perceive: products of a take, its outputs, and errors that say what to do."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import OpenEXR
from lxml import html
from PIL import Image

from fixtures import clips

from .shell import Shell


def test_flow_is_found_once_and_shown_drawn_reported_and_exported(cwtui: Shell, tmp_path: Path) -> None:
    take = clips.plain_take(tmp_path / "IMG_0101.MOV", 128, 72, 30, Fraction(1, 3), sound=False)
    made = cwtui.json("perceive", take, "--flow", "--report", "report.html", "--export-exr", "parts")
    (product,) = made["products"]
    assert (product["kind"], product["frames"], product["width"], product["height"]) == ("optical_flow", 10, 128, 72)
    assert product["identity"]["digest"] == "", "flow has no model"
    assert product["summary"]["frames"] == 10
    assert made["exr"]["files"] == 10
    page = html.fromstring((cwtui.folder / "report.html").read_bytes())
    assert page.xpath("//h2/text()") == ["Motion"]
    assert len(page.xpath("//polyline")) >= 1
    assert len(page.xpath("//img[starts-with(@src, 'data:image/jpeg')]")) >= 3
    with OpenEXR.File(str(cwtui.folder / "parts" / made["exr"]["first"])) as file:
        assert [part.name() for part in file.parts] == ["flow"]
    shown = cwtui.json("perceive", take, "--overlay", "flow.png", "--at", "0.1")
    assert shown["products"] == made["products"], "nothing is made again"
    assert shown["overlay"] == {"path": "flow.png", "show": "flow", "tick": 3}
    assert np.asarray(Image.open(cwtui.folder / "flow.png")).shape == (72, 128, 3)
    refused = cwtui("perceive", take, "--overlay", "flow.png", "--show", "mask", "--replace", code=1)
    assert "IMG_0101 has no mask." in refused.stderr
    assert "cwtui perceive IMG_0101 --mask" in refused.stderr


def test_what_cannot_be_perceived_is_named(cwtui: Shell, tmp_path: Path) -> None:
    sound = clips.audio_only(tmp_path / "MEMO.m4a")
    assert "has no picture" in cwtui("perceive", sound, "--mask", code=2).stderr
    take = clips.plain_take(tmp_path / "IMG_0102.MOV", 64, 36, 30, Fraction(1, 10), sound=False)
    assert "was not analysed" in cwtui("perceive", take, code=2).stderr
    assert "not a valid stretch" in cwtui("perceive", take, "--flow", "--from", "5", code=2).stderr
    assert "no-such-model" in cwtui("perceive", take, "--mask", "--model", "no-such-model", code=2).stderr
    other = cwtui("perceive", take, "--flow", "--model", "selfie-square", code=2).stderr
    assert "The model selfie-square is for --mask, which is missing." in other
    assert "No product is named" in cwtui("perceive", take, "--from", "0", code=2).stderr
