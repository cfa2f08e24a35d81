"""A receipt says with what it was made, and names neither the machine nor its user; earlier receipts are read."""

from __future__ import annotations

import getpass
import json
import platform
from pathlib import Path

import av

from engine.deliver import (
    DeliverableRequest,
    ModelUse,
    Recipe,
    SoundRecipe,
    build_deliverable,
    load_recipe,
    read_receipt,
)
from engine.deliver.provenance import device_facts, models_used, tools_used
from engine.ingest import inspect
from fixtures import clips
from tests.permissions import DELIVER

SOUND = Recipe(name="s", title="S", sound=SoundRecipe(codec="wav", also=("mp3",), lufs=-16.0, true_peak_dbtp=-1.0))
HEARD = ModelUse(id="tiny", digest="1" * 32, purpose="recognises the words")


def test_a_receipt_has_the_tools_models_and_device(tmp_path: Path) -> None:
    request = DeliverableRequest(inspect(clips.tone(tmp_path / "a.wav", 1)), "x", SOUND, None)
    made = build_deliverable(DELIVER, request, tmp_path, models=[HEARD])
    names = [tool.name for tool in made.tools]
    assert names == ["Cleanwater", "PyAV", "FFmpeg", "pcm_s24le", "libmp3lame"]
    assert {tool.name: tool.version for tool in made.tools}["PyAV"] == av.__version__
    assert made.models == (HEARD,)
    assert made.device
    assert made.device.gpu is None
    (stored,) = read_receipt(tmp_path).deliveries
    assert (stored.tools, stored.models, stored.device) == (made.tools, made.models, made.device)
    # Receipts of earlier versions have none of these.
    path = tmp_path / "receipt.json"
    receipt = json.loads(path.read_bytes())
    for name in ("tools", "models", "device", "signature"):
        del receipt["deliveries"][0][name]
    del receipt["deliveries"][0]["files"][0]["sha256_unsigned"]
    path.write_text(json.dumps(receipt))
    (earlier,) = read_receipt(tmp_path).deliveries
    assert (earlier.tools, earlier.device, earlier.files) == ((), None, made.files)


def test_a_rendered_picture_names_the_gpu_and_the_colour_config() -> None:
    facts = device_facts(rendered=True)
    assert facts.gpu
    assert facts.driver
    named = facts.model_dump_json().lower()
    assert platform.node().lower() not in named.split()
    assert str(Path.home()).lower() not in named
    assert getpass.getuser().lower() not in named.split()
    tools = {tool.name: tool for tool in tools_used(load_recipe("review-proxy"), "libx264")}
    assert tools["libx264"].purpose == "encodes the picture"
    assert "studio-config" in tools["OpenColorIO"].purpose
    assert "wgpu-native" in tools["wgpu"].version


def test_the_dialog_model_is_named_if_the_recipe_cleans_dialog() -> None:
    assert [one.purpose for one in models_used(load_recipe("podcast"), [HEARD])] == [
        "isolates the dialog", "recognises the words",
    ]  # fmt: skip
    assert models_used(SOUND, []) == ()
