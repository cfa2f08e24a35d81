"""Cleanup reports round-trip through JSON, and reports of earlier versions can be read."""

from __future__ import annotations

import json

from engine.sound import ChannelCorrection, Gain, Loudness
from engine.sound.dialog import ArtifactReport, CleanReport, StageReport

LOUDNESS = Loudness(
    integrated_lufs=-16.0, range_lu=4.0, true_peak_dbtp=-2.0, max_momentary_lufs=-12.0, max_short_term_lufs=-14.0
)
REPORT = CleanReport(
    preset="dialog",
    verdict="improved by rumble",
    fold=ChannelCorrection(channels=("FL", "FR"), offsets=(0, 0), polarity=(1, 1), mono=(0.5, 0.5), why="both sides"),
    speech_s=41.0,
    speech_dbfs=-24.0,
    noise_dbfs=-55.0,
    stages=(
        StageReport(stage="rumble", state="applied", why="wind", measured={"below_db": -24.0}, curve=(-4.0, 0.0)),
        StageReport(stage="clicks", state="skipped", why="no clicks", measured={}),
        StageReport(stage="tone", state="bypassed", why="bypassed on request", measured={}),
    ),
    harm=ArtifactReport(
        correlation=0.98, attenuated=0.25, pumping_db=0.4, clipped=0, agreement=0.99, confidence=(0.9, 0.8)
    ),
    backed_off=(),
    before=LOUDNESS,
    after=LOUDNESS.model_copy(update={"max_short_term_lufs": float("-inf")}),
    gain=Gain(db=4.25, held_by="target"),
    limited_db=0.0,
    repaired=3,
)


def test_a_report_round_trips_through_json() -> None:
    assert CleanReport.model_validate_json(REPORT.model_dump_json()) == REPORT


def test_a_report_of_an_earlier_version_is_read() -> None:
    earlier = json.loads(REPORT.model_dump_json())
    earlier["mended"] = earlier.pop("repaired")
    earlier["harm"]["swallowed"] = earlier["harm"].pop("attenuated")
    for stage, state in zip(earlier["stages"], ("worked", "rested", "bypassed"), strict=True):
        stage["state"] = state
    assert CleanReport.model_validate_json(json.dumps(earlier)) == REPORT
