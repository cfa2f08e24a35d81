"""Sound presets: TOML validation, strength and bypassed stages."""

from pathlib import Path

import pytest

from engine.errors import RequestError
from engine.sound import STAGES, Preset, load_preset, preset_names, stage_named


def test_built_in_presets_load() -> None:
    assert preset_names() == ["dialog", "dialog-gentle", "dialog-strong"]
    presets = [load_preset(name) for name in preset_names()]
    assert len({preset.digest for preset in presets}) == 3
    for preset in presets:
        assert Preset.model_validate_json(preset.model_dump_json()) == preset
        assert (preset.loudness.limiter_db, preset.loudness.limiter_share) == (6, 0.05)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = 'x'\n[rumbel]", "rumbel"),
        ("title = 'x'\n[rumble]\ncutoff_hz = 5", "cutoff_hz"),
        ("title = 'x'\n[isolation]\nstrength = 1.5", "strength must be at most 1"),
        ("[rumble]", "title"),
        ("title = ", "is not valid TOML: missing value after title ="),
    ],
)
def test_an_error_in_a_preset_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(RequestError, match=message):
        load_preset(str(tmp_path / "mine.toml"))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(RequestError) as refused:
        load_preset("podcast")
    assert "dialog-gentle" in refused.value.hint
    with pytest.raises(RequestError, match="Stage “echo” not found"):
        stage_named("echo")
    assert [stage_named(name) for name in STAGES] == list(STAGES)


def test_strength_scales_every_stage() -> None:
    whole, half, none = (load_preset("dialog-strong").with_strength(share) for share in (1, 0.5, 0))

    assert whole == load_preset("dialog-strong")
    assert half.isolation
    assert none.isolation
    assert half.compression
    assert none.compression
    assert half.levelling
    assert (half.isolation.strength, none.isolation.strength) == (0.5, 0)
    assert (half.compression.ratio, none.compression.ratio) == (2, 1)
    assert half.levelling.most_db == 6
    with pytest.raises(RequestError, match="Invalid strength"):
        whole.with_strength(1.1)


def test_a_removed_stage_is_absent() -> None:
    shorter = load_preset("dialog").without(frozenset({"room-tone", "tone"}))
    assert shorter.of("room-tone") is None
    assert shorter.of("rumble") is not None
