"""The whole chain: noise is removed, good sound is unchanged, damage weakens the chain; with any recording."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Cancelled, EngineError, RequestError
from engine.sound import CleanReport, Preset, Recording, Words, clean, load_preset, measure_file, read_blocks

from ..sounds import tone
from .voices import RATE, Samples, hiss, recording, si_sdr, voice

DIALOG = load_preset("dialog")


def cleaned(
    tmp_path: Path, samples: Samples, preset: Preset = DIALOG, rate: int = RATE, layout: str = "", **more: object
) -> tuple[Samples, CleanReport]:
    source = recording(tmp_path / "take.wav", samples, rate, layout)
    report = clean(Recording(source), preset, tmp_path / "dialog.wav", **more)  # type: ignore[arg-type]
    return np.concatenate([block[:, 0] for block in read_blocks(tmp_path / "dialog.wav")]), report


def stages(report: CleanReport) -> dict[str, str]:
    return {stage.stage: stage.state for stage in report.stages}


def test_a_voice_in_noise_comes_out_of_it(tmp_path: Path) -> None:
    said = voice()
    made, report = cleaned(tmp_path, said + hiss(len(said), 0.02))

    assert len(made) == len(said)
    assert si_sdr(said, made) > si_sdr(said, said + hiss(len(said), 0.02)) + 6
    assert stages(report)["isolation"] == "applied"
    assert report.verdict.startswith("improved by")
    loudness = measure_file(tmp_path / "dialog.wav")
    assert loudness.integrated_lufs == pytest.approx(report.after.integrated_lufs, abs=0.05)
    assert loudness.true_peak_dbtp <= -0.99
    curves = [stage.curve for stage in report.stages if stage.state == "applied"]
    assert curves
    assert all(abs(len(curve) - len(said) / 4800) < 2 for curve in curves if curve)


def test_good_sound_is_left_alone(tmp_path: Path) -> None:
    said = voice() + hiss(len(voice()), 0.00003)
    made, report = cleaned(tmp_path, said)

    assert si_sdr(said, made) > 25
    assert stages(report)["isolation"] == "skipped"
    assert report.harm.faults == ()


def test_the_same_recording_is_the_same_bytes(tmp_path: Path) -> None:
    noisy = voice() + hiss(len(voice()), 0.02)
    written = []
    for _ in range(2):
        cleaned(tmp_path, noisy)
        written.append((tmp_path / "dialog.wav").read_bytes())
    assert written[0] == written[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dialog.wav", "take.wav"]


def test_silence_stays_silent_and_is_called_so(tmp_path: Path) -> None:
    made, report = cleaned(tmp_path, np.zeros(3 * RATE, np.float32))
    assert not made.any()
    assert len(made) == 3 * RATE
    assert report.verdict.startswith("silent")
    assert "applied" not in stages(report).values()
    assert not report.damaged


@pytest.mark.parametrize("speech", [(), None])
def test_the_hiss_of_an_empty_room_is_not_raised(tmp_path: Path, speech: tuple[()] | None) -> None:
    source = recording(tmp_path / "take.wav", hiss(3 * RATE, 1e-5))
    report = clean(Recording(source, speech=speech), DIALOG, tmp_path / "dialog.wav")
    assert report.verdict.startswith("no speech")
    assert report.raised_db == 0
    assert report.gain.held_by == "silence"
    assert report.after.true_peak_dbtp < -80


def test_a_cut_is_filled_with_the_room(tmp_path: Path) -> None:
    holed = voice() + hiss(len(voice()), 0.003)
    holed[RATE // 5 : RATE // 2] = 0
    made, report = cleaned(tmp_path, holed)
    assert stages(report)["room-tone"] == "applied"
    assert np.abs(made[RATE // 4 : RATE // 3]).max() > 0


def test_what_is_bypassed_does_nothing_and_is_named(tmp_path: Path) -> None:
    noisy = voice() + hiss(len(voice()), 0.02)
    everything = frozenset(
        ("rumble", "clicks", "isolation", "room-tone", "levelling", "sibilance", "compression", "tone")
    )
    made, report = cleaned(tmp_path, noisy, bypassed=everything)
    assert set(stages(report).values()) == {"bypassed"}
    assert si_sdr(noisy, made) > 60


def test_lost_words_make_isolation_back_off(tmp_path: Path) -> None:
    """A speech model that loses all words in the first two results and none in the third."""
    noisy = voice() + hiss(len(voice()), 0.02)
    asked: list[Path | None] = []

    def hear(path: Path | None) -> Words:
        asked.append(path)
        return Words(("many", "words"), 0.9) if path is None or len(asked) > 3 else Words((), 0.0)

    _, report = cleaned(tmp_path, noisy, hear=hear)

    assert len(report.backed_off) == 2
    assert "isolation reduced to" in report.backed_off[0]
    assert report.harm.agreement == 1
    strength = {stage.stage: stage.measured for stage in report.stages}["isolation"]["strength"]
    assert strength == pytest.approx(0.97 * 0.36, abs=0.01)
    assert not report.damaged


def test_words_that_stay_lost_are_called_damage(tmp_path: Path) -> None:
    noisy = voice() + hiss(len(voice()), 0.02)
    _, report = cleaned(
        tmp_path, noisy, hear=lambda path: Words(("many", "words"), 0.9) if path is None else Words((), 0.0)
    )

    assert report.damaged
    assert report.verdict.startswith("listen before you use it: only 0% of the recognised words match")


def test_speech_is_where_it_is_said_to_be(tmp_path: Path) -> None:
    source = recording(tmp_path / "take.wav", voice() + hiss(len(voice()), 0.02))
    nobody = clean(Recording(source, speech=()), DIALOG, tmp_path / "dialog.wav")
    assert nobody.verdict.startswith("no speech")
    half = clean(Recording(source, speech=[(Fraction(0), Fraction(4))]), DIALOG, tmp_path / "dialog.wav")
    assert 1 < half.speech_s < 4


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100, 192_000])
def test_any_rate(tmp_path: Path, rate: int) -> None:
    said = tone(1.5, -20, 440, rate, 1)
    made, _ = cleaned(tmp_path, said, rate=rate)
    assert abs(len(made) - 1.5 * RATE) <= 1


def test_eight_channels_and_what_became_of_them(tmp_path: Path) -> None:
    around = np.repeat(0.1 * voice()[:RATE, None], 8, axis=1)
    made, report = cleaned(tmp_path, around, layout="7.1")
    assert len(made) == RATE
    assert report.fold.why


@pytest.mark.parametrize("kind", ["square", "offset", "not a number", "short"])
def test_what_recorders_do_when_they_are_ill(tmp_path: Path, kind: str) -> None:
    time = np.arange(2 * RATE) / RATE
    samples = {
        "square": np.sign(np.sin(2 * np.pi * 200 * time)),
        "offset": voice()[: 2 * RATE] + 0.2,
        "not a number": np.where(np.arange(2 * RATE) % 5000 == 7, np.nan, voice()[: 2 * RATE]),
        "short": voice()[RATE : RATE + 300],
    }[kind].astype(np.float32)

    made, report = cleaned(tmp_path, samples)

    assert len(made) == len(samples)
    assert np.isfinite(made).all()
    assert report.after.true_peak_dbtp <= -0.99
    if kind == "offset":
        assert abs(made[RATE // 2 : -RATE // 2].mean()) < 0.01
    if kind == "not a number":
        assert report.repaired == 20


@pytest.mark.parametrize(("db", "offset"), [(-40, 0.0), (-60, 0.0), (0, 0.4), (-30, 0.02)])
def test_any_level_and_any_offset_comes_to_its_target_without_an_edge(tmp_path: Path, db: float, offset: float) -> None:
    said = (voice() + hiss(len(voice()), 0.001)) * 10 ** (db / 20) + offset
    made, report = cleaned(tmp_path, said.astype(np.float32))
    assert report.after.integrated_lufs == pytest.approx(-16, abs=0.03)
    assert measure_file(tmp_path / "dialog.wav").integrated_lufs == pytest.approx(-16, abs=0.1)
    assert report.gain.held_by == "target"
    assert np.abs(made[: RATE // 10]).max() < 0.1 * np.abs(made).max()
    assert report.speech_dbfs == pytest.approx(-25 + db, abs=2)
    assert any("offset" in note for note in report.fold.notes) == bool(offset)


def test_sides_that_cancel_are_one_voice(tmp_path: Path) -> None:
    said = voice() + hiss(len(voice()), 0.001)
    made, report = cleaned(tmp_path, np.stack([said, -said], axis=1).astype(np.float32))
    assert "right channel is phase-inverted" in report.fold.why
    assert si_sdr(said, made) > 20
    assert report.speech_s > 3


def test_a_limiter_works_only_where_it_may(tmp_path: Path) -> None:
    peaky = voice().copy()
    peaky[::9601] = 0.9
    bypassed = frozenset({"clicks"})
    free, strict = (
        DIALOG.model_copy(update={"loudness": DIALOG.loudness.model_copy(update={"limiter_db": db})}) for db in (12, 0)
    )
    _, held = cleaned(tmp_path, peaky, strict, bypassed=bypassed)
    _, limited = cleaned(tmp_path, peaky, free, bypassed=bypassed)
    assert held.gain.held_by == "ceiling"
    assert held.limited_db == 0
    assert limited.limited_db > 1
    assert limited.after.integrated_lufs > held.after.integrated_lufs + 1
    assert limited.after.true_peak_dbtp <= -1


def test_errors_say_what_to_do_and_leave_nothing(tmp_path: Path) -> None:
    source = recording(tmp_path / "take.wav", voice()[:RATE])
    with pytest.raises(RequestError, match=r"not a \.wav file"):
        clean(Recording(source), DIALOG, tmp_path / "dialog.mp3")
    with pytest.raises(Cancelled):
        clean(Recording(source), DIALOG, tmp_path / "dialog.wav", cancelled=lambda: True)
    mine = Preset.model_validate({"name": "mine", "title": "x", "plugin": {"path": str(tmp_path / "no.vst3")}})
    with pytest.raises(EngineError, match=r"Plug-in .* not found"):
        clean(Recording(source), mine, tmp_path / "dialog.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["take.wav"]


def test_progress_only_goes_on(tmp_path: Path) -> None:
    source = recording(tmp_path / "take.wav", voice() + hiss(len(voice()), 0.02))
    told: list[float] = []
    clean(Recording(source), DIALOG, tmp_path / "dialog.wav", progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
