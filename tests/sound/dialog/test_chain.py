"""The whole chain: noise is removed, good sound is unchanged, damage weakens the chain; with any recording."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Cancelled, EngineError, RequestError
from engine.sound import STAGES, CleanReport, Preset, Recording, Words, clean, load_preset, measure_file, read_blocks

from ..sounds import tone
from .voices import RATE, Samples, hiss, recording, si_sdr, voice

DIALOG = load_preset("dialog")


def clean_samples(
    tmp_path: Path, samples: Samples, preset: Preset = DIALOG, rate: int = RATE, layout: str = "", **more: object
) -> tuple[Samples, CleanReport]:
    source = recording(tmp_path / "take.wav", samples, rate, layout)
    report = clean(Recording(source), preset, tmp_path / "dialog.wav", **more)  # type: ignore[arg-type]
    return np.concatenate([block[:, 0] for block in read_blocks(tmp_path / "dialog.wav")]), report


def stages(report: CleanReport) -> dict[str, str]:
    return {stage.stage: stage.state for stage in report.stages}


def test_noise_is_removed_from_a_voice(tmp_path: Path) -> None:
    speech = voice()
    output, report = clean_samples(tmp_path, speech + hiss(len(speech), 0.02))

    assert len(output) == len(speech)
    assert si_sdr(speech, output) > si_sdr(speech, speech + hiss(len(speech), 0.02)) + 6
    assert stages(report)["isolation"] == "applied"
    assert report.verdict.startswith("improved by")
    loudness = measure_file(tmp_path / "dialog.wav")
    assert loudness.integrated_lufs == pytest.approx(report.after.integrated_lufs, abs=0.05)
    assert loudness.true_peak_dbtp <= -0.99
    curves = [stage.curve for stage in report.stages if stage.state == "applied"]
    assert curves
    assert all(abs(len(curve) - len(speech) / 4800) < 2 for curve in curves if curve)


def test_clean_sound_is_unchanged(tmp_path: Path) -> None:
    speech = voice() + hiss(len(voice()), 0.00003)
    output, report = clean_samples(tmp_path, speech)

    assert si_sdr(speech, output) > 25
    assert stages(report)["isolation"] == "skipped"
    assert report.harm.faults == ()


def test_the_same_recording_gives_the_same_bytes(tmp_path: Path) -> None:
    noisy = voice() + hiss(len(voice()), 0.02)
    written = []
    for _ in range(2):
        clean_samples(tmp_path, noisy)
        written.append((tmp_path / "dialog.wav").read_bytes())
    assert written[0] == written[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dialog.wav", "take.wav"]


def test_silence_stays_silent_and_is_reported(tmp_path: Path) -> None:
    output, report = clean_samples(tmp_path, np.zeros(3 * RATE, np.float32))
    assert not output.any()
    assert len(output) == 3 * RATE
    assert report.verdict.startswith("silent")
    assert "applied" not in stages(report).values()
    assert not report.damaged


@pytest.mark.parametrize("speech", [(), None])
def test_noise_without_speech_is_not_amplified(tmp_path: Path, speech: tuple[()] | None) -> None:
    source = recording(tmp_path / "take.wav", hiss(3 * RATE, 1e-5))
    report = clean(Recording(source, speech=speech), DIALOG, tmp_path / "dialog.wav")
    assert report.verdict.startswith("no speech")
    assert report.raised_db == 0
    assert report.gain.held_by == "silence"
    assert report.after.true_peak_dbtp < -80


def test_a_gap_is_filled_with_room_tone(tmp_path: Path) -> None:
    with_gap = voice() + hiss(len(voice()), 0.003)
    with_gap[RATE // 5 : RATE // 2] = 0
    output, report = clean_samples(tmp_path, with_gap)
    assert stages(report)["room-tone"] == "applied"
    assert np.abs(output[RATE // 4 : RATE // 3]).max() > 0


def test_bypassed_stages_are_reported_and_change_nothing(tmp_path: Path) -> None:
    noisy = voice() + hiss(len(voice()), 0.02)
    all_stages = frozenset(STAGES) - {"plugin"}
    output, report = clean_samples(tmp_path, noisy, bypassed=all_stages)
    assert set(stages(report).values()) == {"bypassed"}
    assert si_sdr(noisy, output) > 60


def test_isolation_is_reduced_if_words_are_lost(tmp_path: Path) -> None:
    """A speech model that loses all words in the first two results and none in the third."""
    noisy = voice() + hiss(len(voice()), 0.02)
    paths: list[Path | None] = []

    def recognize(path: Path | None) -> Words:
        paths.append(path)
        return Words(("many", "words"), 0.9) if path is None or len(paths) > 3 else Words((), 0.0)

    _, report = clean_samples(tmp_path, noisy, hear=recognize)

    assert len(report.backed_off) == 2
    assert "isolation reduced to" in report.backed_off[0]
    assert report.harm.agreement == 1
    strength = {stage.stage: stage.measured for stage in report.stages}["isolation"]["strength"]
    assert strength == pytest.approx(0.97 * 0.36, abs=0.01)
    assert not report.damaged


def test_lost_words_are_reported_as_damage(tmp_path: Path) -> None:
    noisy = voice() + hiss(len(voice()), 0.02)
    _, report = clean_samples(
        tmp_path, noisy, hear=lambda path: Words(("many", "words"), 0.9) if path is None else Words((), 0.0)
    )

    assert report.damaged
    assert report.verdict.startswith("listen before you use it: only 0% of the recognised words match")


def test_given_speech_ranges_are_used(tmp_path: Path) -> None:
    source = recording(tmp_path / "take.wav", voice() + hiss(len(voice()), 0.02))
    without_speech = clean(Recording(source, speech=()), DIALOG, tmp_path / "dialog.wav")
    assert without_speech.verdict.startswith("no speech")
    part = clean(Recording(source, speech=[(Fraction(0), Fraction(4))]), DIALOG, tmp_path / "dialog.wav")
    assert 1 < part.speech_s < 4


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100, 192_000])
def test_any_sample_rate(tmp_path: Path, rate: int) -> None:
    speech = tone(1.5, -20, 440, rate, 1)
    output, _ = clean_samples(tmp_path, speech, rate=rate)
    assert abs(len(output) - 1.5 * RATE) <= 1


def test_eight_channels_are_mixed_to_one_with_a_reason(tmp_path: Path) -> None:
    surround = np.repeat(0.1 * voice()[:RATE, None], 8, axis=1)
    output, report = clean_samples(tmp_path, surround, layout="7.1")
    assert len(output) == RATE
    assert report.fold.why


@pytest.mark.parametrize("kind", ["square", "offset", "not a number", "short"])
def test_faulty_recordings_are_cleaned(tmp_path: Path, kind: str) -> None:
    time = np.arange(2 * RATE) / RATE
    samples = {
        "square": np.sign(np.sin(2 * np.pi * 200 * time)),
        "offset": voice()[: 2 * RATE] + 0.2,
        "not a number": np.where(np.arange(2 * RATE) % 5000 == 7, np.nan, voice()[: 2 * RATE]),
        "short": voice()[RATE : RATE + 300],
    }[kind].astype(np.float32)

    output, report = clean_samples(tmp_path, samples)

    assert len(output) == len(samples)
    assert np.isfinite(output).all()
    assert report.after.true_peak_dbtp <= -0.99
    if kind == "offset":
        assert abs(output[RATE // 2 : -RATE // 2].mean()) < 0.01
    if kind == "not a number":
        assert report.repaired == 20


@pytest.mark.parametrize(("db", "offset"), [(-40, 0.0), (-60, 0.0), (0, 0.4), (-30, 0.02)])
def test_any_level_and_offset_reaches_the_target_without_a_click(tmp_path: Path, db: float, offset: float) -> None:
    speech = (voice() + hiss(len(voice()), 0.001)) * 10 ** (db / 20) + offset
    output, report = clean_samples(tmp_path, speech.astype(np.float32))
    assert report.after.integrated_lufs == pytest.approx(-16, abs=0.03)
    assert measure_file(tmp_path / "dialog.wav").integrated_lufs == pytest.approx(-16, abs=0.1)
    assert report.gain.held_by == "target"
    assert np.abs(output[: RATE // 10]).max() < 0.1 * np.abs(output).max()
    assert report.speech_dbfs == pytest.approx(-25 + db, abs=2)
    assert any("offset" in note for note in report.fold.notes) == bool(offset)


def test_phase_inverted_channels_do_not_cancel(tmp_path: Path) -> None:
    speech = voice() + hiss(len(voice()), 0.001)
    output, report = clean_samples(tmp_path, np.stack([speech, -speech], axis=1).astype(np.float32))
    assert "right channel is phase-inverted" in report.fold.why
    assert si_sdr(speech, output) > 20
    assert report.speech_s > 3


def test_the_limiter_works_only_within_its_limit(tmp_path: Path) -> None:
    peaky = voice().copy()
    peaky[::9601] = 0.9
    bypassed = frozenset({"clicks"})
    free, strict = (
        DIALOG.model_copy(update={"loudness": DIALOG.loudness.model_copy(update={"limiter_db": db})}) for db in (12, 0)
    )
    _, held = clean_samples(tmp_path, peaky, strict, bypassed=bypassed)
    _, limited = clean_samples(tmp_path, peaky, free, bypassed=bypassed)
    assert held.gain.held_by == "ceiling"
    assert held.limited_db == 0
    assert limited.limited_db > 1
    assert limited.after.integrated_lufs > held.after.integrated_lufs + 1
    assert limited.after.true_peak_dbtp <= -1


def test_errors_leave_no_files(tmp_path: Path) -> None:
    source = recording(tmp_path / "take.wav", voice()[:RATE])
    with pytest.raises(RequestError, match=r"not a \.wav file"):
        clean(Recording(source), DIALOG, tmp_path / "dialog.mp3")
    with pytest.raises(Cancelled):
        clean(Recording(source), DIALOG, tmp_path / "dialog.wav", cancelled=lambda: True)
    preset = Preset.model_validate({"name": "mine", "title": "x", "plugin": {"path": str(tmp_path / "no.vst3")}})
    with pytest.raises(EngineError, match=r"Plug-in .* not found"):
        clean(Recording(source), preset, tmp_path / "dialog.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["take.wav"]


def test_progress_never_decreases(tmp_path: Path) -> None:
    source = recording(tmp_path / "take.wav", voice() + hiss(len(voice()), 0.02))
    shares: list[float] = []
    clean(Recording(source), DIALOG, tmp_path / "dialog.wav", progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
