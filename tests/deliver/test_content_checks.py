"""Silence, missing words and a black picture pass only if the source is the same; receipts contain the measurements."""

from __future__ import annotations

import wave
from dataclasses import replace
from fractions import Fraction
from math import inf
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from engine.catalog import Condition, Damage
from engine.deliver import (
    Check,
    Deliverable,
    DeliverableRequest,
    SoundRecipe,
    SourceCondition,
    build_deliverable,
    load_recipe,
)
from engine.deliver.checks.quality import judge_picture_kept
from engine.deliver.checks.sound import (
    judge_limiter,
    judge_loudness,
    judge_no_sound,
    judge_sound_bit_rate,
    judge_sound_kept,
    judge_true_peak,
)
from engine.errors import GateError
from engine.ingest import inspect
from engine.picture import PictureContent, inspect_movie
from engine.sound import Gain, LimiterWork, Loudness
from engine.speech import Cue
from fixtures import clips
from fixtures.lines import Phrase
from fixtures.noise_media import write_media
from fixtures.recorder import SoundTrack
from fixtures.sound import speak
from tests.permissions import DELIVER

TARGET = SoundRecipe(codec="wav", lufs=-16, true_peak_dbtp=-1)
RECIPE = 'title = "t"\n[sound]\ncodec = "wav"\nlufs = -16.0\ntrue_peak_dbtp = -1.0\n'


def levels(integrated: float, peak: float) -> Loudness:
    return Loudness(
        integrated_lufs=integrated,
        range_lu=0,
        true_peak_dbtp=peak,
        max_momentary_lufs=integrated,
        max_short_term_lufs=integrated,
        silent=peak == -inf,
    )


VOICE, QUIET_VOICE, SILENCE, HISS = levels(-20, -3), levels(-62, -45), levels(-inf, -inf), levels(-inf, -82)


@pytest.mark.parametrize(
    ("source", "result", "passed"),
    [
        (VOICE, levels(-16, -1), True),
        (VOICE, SILENCE, False),
        (QUIET_VOICE, HISS, False),
        (QUIET_VOICE, levels(-inf, -70), False),
        (SILENCE, SILENCE, True),
        (HISS, HISS, True),
        (SILENCE, VOICE, False),
        (levels(-inf, -20), levels(-inf, -15), True),
        (levels(-inf, -20), levels(-inf, -55), False),
    ],
)
def test_sound_is_kept_and_silent_only_if_the_source_is(source: Loudness, result: Loudness, passed: bool) -> None:
    check = judge_sound_kept(source, result)
    assert check.passed is passed
    assert ("silent, as the source" in check.measured) == (passed and source in (SILENCE, HISS))


@pytest.mark.parametrize(
    ("source", "result", "held_by", "seconds", "passed"),
    [
        (VOICE, levels(-16.05, -2), "target", 5, [True, True]),
        (VOICE, levels(-17, -2), "target", 5, [False, True]),
        (VOICE, levels(-30, -1), "ceiling", 5, [False, True]),
        (VOICE, levels(-55, -1), "ceiling", 5, [False, True]),
        (VOICE, levels(-16, 0.5), "target", 5, [True, False]),
        (QUIET_VOICE, HISS, "silence", 5, [False, True]),
        (VOICE, SILENCE, "silence", 5, [False, False]),
        (SILENCE, SILENCE, "silence", 5, [True, True]),
        (levels(-inf, -20), levels(-inf, -20), "silence", Fraction(1, 30), [True, True]),
        (levels(-inf, -20), levels(-inf, -20), "silence", 5, [False, True]),
    ],
)
def test_missing_loudness_passes_only_if_the_source_has_none(
    source: Loudness, result: Loudness, held_by: Any, seconds: Fraction, passed: list[bool]
) -> None:
    checks = [
        judge_loudness(TARGET, Gain(db=0, held_by=held_by), source, result, Fraction(seconds), LimiterWork()),
        judge_true_peak(TARGET.true_peak_dbtp, source, result),
    ]
    assert [check.passed for check in checks] == passed
    assert all(check.measured is not None for check in checks)


@pytest.mark.parametrize(
    ("lufs", "held", "limiter_db", "work", "warning", "reason"),
    [
        (-17.9, "limiter reduction", 6, (6.0, 0.02), True, "1.9 LU quieter: the limiter reduces peaks by 6.0 dB, and"),
        (-17.9, "limiter reduction", 6, (4.0, 0.02), True, "by 4.0 dB, after 2.0 dB in the cleaned dialog, and"),
        (-17.9, "limiter time", 6, (1.0, 0.05), True, "1.9 LU quieter: the limiter works 5.0% of the time, and"),
        (-17.9, "limiter encoding", 6, (1.0, 0.01), True, "1.9 LU quieter: encoding raises the peaks"),
        (-17.9, "ceiling", 0, (0.0, 0.0), True, "1.9 LU quieter: the peaks are at the ceiling of -1 dBTP"),
        (-17.9, "ceiling", 6, (0.0, 0.0), True, "1.9 LU quieter: the limiter of the cleaned dialog"),
        (-16.05, "limiter time", 6, (6.0, 0.02), False, "-16 ±0.1 LUFS"),
        (-17.9, "target", 6, (0.0, 0.0), False, "-16 ±0.1 LUFS"),
        (-14.0, "limiter time", 6, (6.0, 0.02), False, "-16 ±0.1 LUFS"),
        (-55.0, "limiter time", 6, (6.0, 0.02), False, "-16 ±0.1 LUFS"),
    ],
)
def test_a_loudness_below_the_target_because_of_the_peaks_is_a_warning(
    lufs: float, held: str, limiter_db: float, work: tuple[float, float], warning: bool, reason: str
) -> None:
    recipe = TARGET.model_copy(update={"limiter_db": limiter_db})
    held_by, _, bound = held.partition(" ")
    gain = Gain.model_validate({"db": 3.0, "held_by": held_by, "bound": bound or None})
    limited = LimiterWork(most_db=work[0], share=work[1])
    check = judge_loudness(recipe, gain, VOICE, levels(lufs, -1), Fraction(5), limited)
    assert check.warning is warning
    assert check.passed is (abs(lufs + 16) < 0.1)
    assert check.failed is not (check.passed or warning)
    assert reason in check.wanted


def test_speech_may_have_a_little_more_than_the_bit_rate_of_aac_however_long_it_is() -> None:
    for seconds in (Fraction(15), Fraction(3600)):
        assert judge_sound_bit_rate(139_300, 128_000, seconds).passed
        assert not judge_sound_bit_rate(160_000, 128_000, seconds).passed


def test_the_work_of_the_limiter_is_checked_against_its_bounds() -> None:
    recipe = TARGET.model_copy(update={"limiter_db": 6.0})
    for work, passed in (
        (LimiterWork(), True),
        (LimiterWork(most_db=6, share=0.05), True),
        (LimiterWork(most_db=6.1, share=0.01), False),
        (LimiterWork(most_db=2, share=0.06), False),
    ):
        assert judge_limiter(recipe, work).passed is passed


def test_undecodable_sound_fails_unless_it_is_copied() -> None:
    assert [judge_no_sound(*counts).passed for counts in ((0, 0), (2, 2), (1, 0), (2, 1))] == [
        True,
        True,
        False,
        False,
    ]


def write_wav(path: Path, samples: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def deliver(path: Path, recipe: str, **more: Any) -> Deliverable:
    footage = inspect(path)
    picture = footage.probe.picture
    transform = picture.input_transform if picture else None
    return build_deliverable(
        DELIVER, DeliverableRequest(footage, footage.name, load_recipe(recipe), transform, **more), path.parent / "made"
    )


def named(result: Deliverable, name: str) -> list[Check]:
    return [check for check in result.checks if check.name == name]


@pytest.fixture
def recipe_path(tmp_path: Path) -> str:
    path = tmp_path / "own.toml"
    path.write_text(RECIPE)
    return str(path)


def test_a_silent_take_is_delivered_silent_and_reported(tmp_path: Path, recipe_path: str) -> None:
    result = deliver(write_wav(tmp_path / "mute.wav", np.zeros(48_000)), recipe_path)
    assert result.passed
    assert [check.measured.split(":")[0] for check in named(result, "sound kept")] == ["silent, as the source"]


def test_a_silent_first_track_is_replaced_by_one_with_sound(tmp_path: Path, recipe_path: str) -> None:
    time = np.arange(48_000) / 48_000
    tone = np.stack([0.2 * np.sin(2 * np.pi * 1000 * time)] * 2).astype(np.float32)
    path = clips.take_with(tmp_path / "take.MOV", [SoundTrack(np.zeros_like(tone)), SoundTrack(tone)])
    result = deliver(path, recipe_path)
    assert result.passed
    assert result.sound_track is not None
    assert "track 1 is silent in this stretch" in result.sound_track.reason
    assert named(result, "loudness")[0].measured == pytest.approx(-16, abs=0.1)


@pytest.mark.parametrize(
    ("damaged", "needs_confirmation"), [(1, False), (2, True)], ids=["the silent track", "the delivered track"]
)
def test_only_damage_to_the_delivered_track_counts(
    tmp_path: Path, recipe_path: str, damaged: int, needs_confirmation: bool
) -> None:
    tone = np.full((2, 24_000), 0.2, np.float32) * np.float32([1, -1] * 12_000)
    path = clips.take_with(tmp_path / "take.MOV", [SoundTrack(np.zeros_like(tone)), SoundTrack(tone)])
    request = DeliverableRequest(inspect(path), path.stem, load_recipe(recipe_path), None)
    damage = Damage(kind="silent", media="sound", track=damaged, start=Fraction(0), end=Fraction(1, 4), detail="Zeros.")
    source = SourceCondition(request, Condition(checked=True, damage=(damage,)), accepted=not needs_confirmation)
    if needs_confirmation:
        with pytest.raises(GateError, match="damaged"):
            build_deliverable(DELIVER, request, tmp_path / "made", source=source)
    else:
        assert build_deliverable(DELIVER, request, tmp_path / "made", source=source).complete


@pytest.mark.parametrize(
    ("container", "sound", "recipe"),
    [
        ("matroska", None, "review-proxy"),
        ("matroska", "aac", "review-proxy"),
        ("matroska", "aac", "podcast"),
        ("avi", "mp3", "review-proxy"),
    ],
)
def test_the_missing_end_of_a_cut_file_counts_unless_the_stretch_ends_before(
    tmp_path: Path, container: str, sound: str | None, recipe: str
) -> None:
    path = write_media(tmp_path / "take.media", container, "mpeg4", sound)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    request = DeliverableRequest(inspect(path), path.stem, load_recipe(recipe), None)
    condition = Condition(damage=request.footage.probe.damage)
    last = request.begin + request.duration
    for whole in (request, replace(request, start=last / 2), replace(request, end=last + 1)):
        (damage, *_) = SourceCondition(whole, condition).damage
        assert damage.kind == "missing"
        with pytest.raises(GateError, match=r"[^.]\.$"):
            SourceCondition(whole, condition).refuse()
    assert SourceCondition(replace(request, end=last - Fraction(1, 2)), condition).damage == ()


def test_captions_without_words_pass_only_without_speech(tmp_path: Path) -> None:
    (line,) = speak([Phrase(Fraction(0), "The water is completely flat today.")])
    voice = write_wav(tmp_path / "voice.wav", line)
    result = deliver(voice, "captions")
    assert not result.passed
    found = named(result, "captions")
    assert len(found) == len(result.files)
    assert all("s of speech detected" in check.measured and "0.0 s" not in check.measured for check in found)
    assert deliver(voice, "captions", cues=[Cue(Fraction(0), Fraction(1), "The water")]).passed

    silent = deliver(write_wav(tmp_path / "mute.wav", np.zeros(48_000)), "captions")
    assert silent.passed
    assert "0.0 s of speech" in named(silent, "captions")[0].measured


def black_movie(path: Path) -> Path:
    """Half a second of black in H.264."""
    with av.open(str(path), "w") as file:
        stream: Any = file.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(15):
            frame = av.VideoFrame(64, 64, "yuv420p")
            for number, value in enumerate((16, 128, 128)):
                frame.planes[number].update(bytes([value]) * frame.planes[number].buffer_size)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def test_a_black_result_passes_only_with_a_black_source(small_take: Path, tmp_path: Path) -> None:
    black = inspect_movie(black_movie(tmp_path / "black.mp4")).content
    take = inspect_movie(small_take).content
    assert black.frames == take.frames == 2 or black.frames == 1
    assert judge_picture_kept(take, take).passed
    assert not judge_picture_kept(take, black).passed
    assert "black, as the source" in judge_picture_kept(black, black).measured
    assert judge_picture_kept(black, black).passed
    # A single colour other than black counts as a picture.
    blue = PictureContent(2, detail=0, light=90)
    assert judge_picture_kept(blue, blue).passed
    assert not judge_picture_kept(blue, black).passed
    assert not judge_picture_kept(PictureContent(), take).passed
