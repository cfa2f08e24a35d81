"""The whole chain: noise is removed, good sound is unchanged, damage weakens the chain; with any recording."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Cancelled, EngineError, RequestError
from engine.sound import (
    HEARD_RATE,
    STAGES,
    CleanReport,
    HeardWord,
    Preset,
    Recording,
    clean,
    load_preset,
    measure_file,
    read_blocks,
)

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


def test_lost_words_weaken_isolation_at_their_time_only(tmp_path: Path) -> None:
    """A recognizer that hears the word at two seconds only if some noise is left there."""
    noisy = voice() + hiss(len(voice()), 0.02)

    def recognize(samples: Samples) -> list[HeardWord]:
        around = samples[round(1.6 * HEARD_RATE) : round(2.2 * HEARD_RATE)]
        quietest = np.square(around[: len(around) // 160 * 160].reshape(-1, 160)).mean(axis=1).min() ** 0.5
        words = [HeardWord(f"word{at}", at, at + 0.4, 0.9) for at in (0.5, 1.0, 2.8)]
        return words if quietest < 0.002 else sorted([*words, HeardWord("lost", 1.6, 2.2, 0.9)], key=lambda w: w.start)

    _, report = clean_samples(tmp_path, noisy, hear=recognize)

    assert len(report.backed_off) == 1
    assert "fewer words were recognised: “lost”" in report.backed_off[0]
    assert not report.damaged
    least = min(range(len(report.isolation_strength)), key=report.isolation_strength.__getitem__)
    assert 10 < least < 35
    full = max(report.isolation_strength)
    assert report.isolation_strength[0] == report.isolation_strength[45] == full
    assert min(report.isolation_strength) < 0.95 * full


def test_noise_is_removed_in_full_strength_if_no_word_is_lost(tmp_path: Path) -> None:
    noisy = voice() + hiss(len(voice()), 0.03)
    words = [HeardWord("word", 1.0, 1.4, 0.4)]
    _, report = clean_samples(tmp_path, noisy, hear=lambda samples: words)
    assert report.backed_off == ()
    assert min(report.isolation_strength) == max(report.isolation_strength) > 0.95
    assert report.harm.agreement == 1
    assert report.harm.heard_s > 3


def test_lost_words_that_no_strength_brings_back_are_reported_as_damage(tmp_path: Path) -> None:
    noisy = voice() + hiss(len(voice()), 0.02)
    calls: list[int] = []

    def recognize(samples: Samples) -> list[HeardWord]:
        calls.append(len(samples))
        return [HeardWord(f"word{n}", n / 4, n / 4 + 0.2, 0.9) for n in range(24)] if len(calls) == 1 else []

    _, report = clean_samples(tmp_path, noisy, hear=recognize)

    assert report.damaged
    assert report.verdict.startswith("listen before you use it: about 22 of 24 recognised words are lost")


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
    # With digital silence in the pauses, the peaks would be the only noise.
    peaky = voice() + hiss(len(voice()), 0.00003)
    peaky[RATE :: 2 * RATE] = 0.9
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
    heard_at: list[float] = []

    def recognize(samples: Samples) -> list[HeardWord]:
        heard_at.append(shares[-1])
        return [HeardWord("word", 1.0, 1.4, 0.9)] if len(heard_at) != 2 else []

    clean(Recording(source), DIALOG, tmp_path / "dialog.wav", hear=recognize, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    # The comparison of words, which may take longest, has a share of its own: before each hearing, work is left.
    assert len(heard_at) > 2
    assert max(heard_at) < 0.8
    assert any(heard_at[0] < share < 0.8 for share in shares[shares.index(heard_at[1]) + 1 :])
