"""The settings of a cleaning chain."""

from __future__ import annotations

import pytest

from cwtui.console.workers.cleaned_audio import ChainSettings, PresetsLoaded
from engine.catalog import JobState
from engine.sound import STAGES, load_preset, preset_names

from ..records import a_job


@pytest.fixture(scope="module")
def loaded() -> PresetsLoaded:
    return PresetsLoaded({name: load_preset(name) for name in preset_names()}, STAGES)


def test_settings_without_presets_have_no_chain() -> None:
    settings = ChainSettings()
    assert settings.chain is None
    assert settings.preset_stages == []


def test_a_missing_preset_is_replaced_by_the_first(loaded: PresetsLoaded) -> None:
    assert ChainSettings().with_presets(loaded).name == "dialog"
    assert ChainSettings(name="gone").with_presets(loaded).name == next(iter(loaded.presets))


def test_the_first_preset_follows_the_last(loaded: PresetsLoaded) -> None:
    settings = first = ChainSettings().with_presets(loaded)
    for _ in loaded.presets:
        settings = settings.with_next_preset()
    assert settings == first


def test_a_strength_stays_between_0_and_100_percent(loaded: PresetsLoaded) -> None:
    settings = ChainSettings().with_presets(loaded)
    assert settings.with_strength(105).percent == 100
    assert settings.with_strength(-5).percent == 0


def test_a_job_matches_the_settings_of_its_request(loaded: PresetsLoaded) -> None:
    settings = ChainSettings().with_presets(loaded)
    assert settings.chain
    job = a_job("clean", JobState.DONE, parameters={"preset": settings.chain.model_dump(mode="json")})
    assert settings.matches(job)
    stage = settings.preset_stages[0]
    changed = settings.with_stage_toggled(stage)
    assert changed.bypassed == [stage]
    assert not changed.matches(job)
    assert changed.with_stage_toggled(stage) == settings
