"""Damaged footage on the command line: reported, and delivered only with --damaged."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cwtui.cli import app
from engine.errors import GateError
from fixtures.damage import damaged_file
from fixtures.short_clip import Clip, write_clip

from .shell import Shell

_RECIPE = 'title = "Quick"\n[sound]\ncodec = "wav"\nlufs = -20.0\ntrue_peak_dbtp = -1.0\n'


@pytest.fixture(autouse=True)
def recipe(cwtui: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CWTUI_STUDIO", str(cwtui.studio))
    path = cwtui.studio / "recipes" / "quick.toml"
    path.parent.mkdir(parents=True)
    path.write_text(_RECIPE)


def run(*arguments: str | Path) -> Any:
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads(result.stdout)


def zeroed(path: Path) -> Path:
    """A three-second WAV with zeros from 1.14 to 1.71 s; its size and header are valid."""
    write_clip(path, Clip("sound.wav", "wav", None, "pcm_s24le"))
    data = bytearray(path.read_bytes())
    data[320 * 512 : 480 * 512] = bytes(160 * 512)
    path.write_bytes(data)
    return path


def test_damage_found_by_decoding_requires_confirmation(tmp_path: Path) -> None:
    path = zeroed(tmp_path / "voice.wav")
    assert run("probe", path)["condition"]["state"] == "unchecked"
    condition = run("probe", path, "--decode")["condition"]
    assert (condition["state"], condition["checked"]) == ("damaged", True)
    (damage,) = condition["damage"]
    assert float(Fraction(*damage["start"])) == pytest.approx(1.14, abs=0.01)
    assert float(Fraction(*damage["end"])) == pytest.approx(1.71, abs=0.01)

    out = tmp_path / "out"
    with pytest.raises(GateError) as refusal:
        run("deliver", "quick", path, "-o", out)
    assert refusal.value.exit_code == 3
    assert "damaged 00:01.1–00:01.7" in refusal.value.message
    assert "cwtui deliver quick" in refusal.value.hint
    assert "--damaged" in refusal.value.hint
    assert not list(out.glob("*.wav"))

    undamaged_part = run("deliver", "quick", path, "--to", "1", "-o", tmp_path / "before")
    assert (undamaged_part["complete"], undamaged_part["damage"]) == (True, [])

    delivered = run("deliver", "quick", path, "-o", out, "--damaged")
    assert delivered["complete"] is False
    assert [one["kind"] for one in delivered["damage"]] == ["silent"]
    (delivery,) = json.loads(Path(delivered["receipt"]).read_text())["deliveries"]
    assert delivery["complete"] is False
    assert [one["kind"] for one in delivery["damage"]] == ["silent"]
    (source_check,) = (check for check in delivery["checks"] if check["name"] == "source complete")
    assert (source_check["passed"], source_check["accepted"]) == (False, True)


def test_a_take_damaged_at_ingest_requires_confirmation_to_deliver(cwtui: Shell, tmp_path: Path) -> None:
    camera = tmp_path / "camera"
    camera.mkdir()
    damaged_file(tmp_path, "cut", "pcm_s24le", 3).path.rename(camera / "voice.wav")
    run("new", "walk")
    run("ingest", camera, "-p", "walk")
    (take,) = run("takes", "-p", "walk")["takes"]
    assert take["condition"]["state"] == "damaged"
    assert take["condition"]["damage"][0]["media"] == "sound"
    refused = cwtui("deliver", "quick", "1", "-p", "walk", code=3)
    assert "--damaged" in refused.stderr + refused.stdout
