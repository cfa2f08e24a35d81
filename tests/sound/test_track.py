"""Sound is read from a file on the picture's clock, in the requested layout and rate."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import Cancelled, RequestError
from engine.sound import RepairCount, Target, downmix_of, duration_of, mono_16k, read_blocks, write_master
from engine.sound.downmix import mix_matrix
from fixtures import clips
from fixtures.recorder import SoundTrack

from .sounds import click_near, clicks, speechlike, tone, write_sound


def heard(path: Path, index: int | None = None, **wanted):
    return np.concatenate(list(read_blocks(path, index, **wanted)))


def test_an_edit_list_puts_aac_sound_at_its_own_time(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "take.m4a", clicks(2, 300, 48_000, 95_000))
    samples = heard(path)
    assert [click_near(samples, at) for at in (300, 48_000, 95_000)] == [300, 48_000, 95_000]
    assert abs(len(samples) - 96_000) <= 48  # the edit list counts milliseconds


def test_sound_alone_begins_with_its_first_sample_wherever_the_files_clock_begins(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "late.mov", clicks(1, 1000), codec="pcm_s16le", at=Fraction(1, 2))
    assert click_near(heard(path), 1000) == 1000
    assert duration_of(path) == pytest.approx(1, abs=0.002)


def test_a_hole_in_the_time_stamps_is_silence(tmp_path: Path) -> None:
    whole = tone(3, -12)
    holed = whole.copy()
    holed[48 * 1024 : 96 * 1024] = np.nan
    samples = heard(write_sound(tmp_path / "holed.mkv", holed, codec="pcm_s16le"))
    assert len(samples) == len(whole)
    assert not samples[50_000:98_000].any()
    # Matroska counts milliseconds: the sound after the gap is accurate to one.
    resumed = 60_000 + int(np.flatnonzero(samples[60_000:, 0])[0])
    assert abs(resumed - 96 * 1024) <= 48


def test_mono_is_copied_to_both_sides_and_resampled(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "mono.wav", tone(1, -6, rate=44_100, channels=1), rate=44_100, codec="pcm_s16le")
    samples = heard(path)
    assert samples.shape == (48_000, 2)
    assert np.array_equal(samples[:, 0], samples[:, 1])
    assert np.abs(samples[1000:-1000] - tone(1, -6)[1000:-1000]).max() < 2e-4


def test_surround_is_mixed_by_bs775(tmp_path: Path) -> None:
    channels = ["FL", "FR", "FC", "LFE", "SL", "SR"]
    surround = np.zeros((48_000, 6), np.float32)
    for place in range(6):
        surround[4000 + 1000 * place, place] = 0.5
    path = write_sound(tmp_path / "surround.wav", surround, layout="5.1(side)", codec="pcm_f32le")
    with av.open(str(path)) as file:
        assert [channel.name for channel in file.streams.audio[0].codec_context.layout.channels] == channels
    got = heard(path)[[4000, 5000, 6000, 7000, 8000, 9000]] / 0.5
    half = 0.5**0.5
    assert np.allclose(got, [[1, 0], [0, 1], [half, half], [0, 0], [half, 0], [0, half]], atol=1e-6)


def test_ambisonics_become_cardioids_to_the_sides() -> None:
    names = ["AMBI0", "AMBI1", "AMBI2", "AMBI3"]
    to_the_left = np.array([1, 1, 0, 0])
    assert mix_matrix("ambisonic 1", names, "stereo") @ to_the_left == pytest.approx([1, 0])
    assert mix_matrix("ambisonic 1", names, "mono") @ to_the_left == pytest.approx([1])


def test_four_channels_without_a_layout_are_a_quad() -> None:
    matrix = mix_matrix("4 channels", ["NONE"] * 4, "stereo")
    assert matrix == pytest.approx(np.array([[1, 0, 0.5**0.5, 0], [0, 1, 0, 0.5**0.5]]))


def test_non_finite_samples_are_made_harmless(tmp_path: Path) -> None:
    samples = tone(1, -20)
    samples[100, 0], samples[200, 0], samples[300, 0] = np.nan, np.inf, -np.inf
    got = heard(write_sound(tmp_path / "broken.wav", samples, codec="pcm_f32le"))
    assert got[[100, 200, 300], 0].tolist() == [0, 1, -1]
    assert np.isfinite(got).all()


def test_what_is_no_number_is_counted_and_the_director_is_told(tmp_path: Path) -> None:
    samples = tone(2, -20)
    samples[100, 0], samples[200, 1], samples[300, 0], samples[70_000, 1] = np.nan, np.inf, -np.inf, 1e30
    path = write_sound(tmp_path / "broken.wav", samples, codec="pcm_f32le")
    mended = RepairCount()
    got = heard(path, repaired=mended)
    assert mended.samples == 4
    assert got[70_000, 1] == 1
    mastered = write_master(
        path, None, tmp_path / "out.wav", target=Target(lufs=-23, true_peak_ceiling_dbtp=-1), codec="wav"
    )
    assert mastered.repaired == 4


def test_later_damage_is_not_counted_for_an_earlier_stretch(tmp_path: Path) -> None:
    samples = tone(4, -20)
    samples[[10, 180_000], 0] = np.nan
    path = write_sound(tmp_path / "broken.wav", samples, codec="pcm_f32le")
    mended = RepairCount()
    heard(path, start=Fraction(1), end=Fraction(2), repaired=mended)
    assert mended.samples == 0


def test_full_scale_and_dc_come_through_as_they_are(tmp_path: Path) -> None:
    square = np.where(np.arange(48_000) // 24 % 2, 1.0, -1.0).astype(np.float32)
    steady = np.full(48_000, 0.25, np.float32)
    path = write_sound(tmp_path / "square.wav", np.stack([square, steady], axis=1), codec="pcm_f32le")
    assert np.array_equal(heard(path), np.stack([square, steady], axis=1))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rate=st.sampled_from([8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000]),
    channels=st.integers(1, 8),
    seconds=st.sampled_from([0.02, 0.5, 1.3]),
)
def test_any_rate_and_any_number_of_channels(tmp_path: Path, rate: int, channels: int, seconds: float) -> None:
    sound = tone(seconds, -6, hertz=400, rate=rate, channels=channels)
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.rint(sound * 32767).astype("<i2").tobytes())
    got = heard(path)
    assert abs(len(got) - len(sound) * 48_000 / rate) <= 1
    gains = np.sum(downmix_of(path).gains, axis=1)
    expected = tone(seconds, -6, hertz=400)[: len(got)] * gains
    inner = slice(len(got) // 3, 2 * len(got) // 3)
    if seconds > 0.1:
        assert np.abs(got[: len(expected)][inner] - expected[inner]).max() < 0.01 * gains.max()


def test_four_channels_said_to_be_ambisonic_are_heard_as_that(tmp_path: Path) -> None:
    to_the_left = np.zeros((4, 48_000), np.float32)
    to_the_left[:2] = 0.25
    sounds = [SoundTrack(to_the_left[:2], "pcm_s16le"), SoundTrack(to_the_left, "pcm_s16le", "4.0")]
    path = clips.take_with(tmp_path / "IMG_0301.MOV", sounds, ambisonic=True)
    assert downmix_of(path, 2).rule.startswith("AmbiX")
    assert heard(path, 2)[24_000] == pytest.approx([0.25, 0])


@pytest.mark.parametrize("seconds", [0, 1e-4])
def test_an_empty_file_is_refused_and_a_tiny_one_is_not(tmp_path: Path, seconds: float) -> None:
    path = tmp_path / "short.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(bytes(2 * round(seconds * 48_000)))
    if seconds:
        assert len(heard(path)) == round(seconds * 48_000)
    else:
        with pytest.raises(RequestError, match="the track is empty"):
            heard(path)


def test_a_track_that_ends_early_is_padded_where_a_length_is_asked_for(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "short.mov", tone(5, -12), tone(1, -12), codec="pcm_s16le")
    assert len(heard(path, 1)) == 48_000
    target = Target(lufs=-23, true_peak_ceiling_dbtp=-1)
    mastered = write_master(path, 1, tmp_path / "out.wav", target=target, codec="wav", duration=Fraction(5))
    assert mastered.duration == 5
    assert not heard(tmp_path / "out.wav")[60_000:].any()


@pytest.mark.parametrize(("name", "codec"), [("take.m4a", "aac"), ("take.wav", "pcm_s16le")])
def test_ranges_join_without_a_seam(tmp_path: Path, name: str, codec: str) -> None:
    path = write_sound(tmp_path / name, speechlike(5, -6, rate=44_100), rate=44_100, codec=codec)
    whole = heard(path)
    cut = Fraction(100, 30)
    parts = np.concatenate([heard(path, end=cut), heard(path, start=cut)])
    assert parts.shape == whole.shape
    assert np.abs(parts - whole).max() < 1e-5
    assert len(heard(path, start=Fraction(3), end=Fraction(7, 2))) == 24_000


def test_speech_models_get_mono_at_16_khz(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "two.wav", tone(2, -6) * [1, 0.5], codec="pcm_s16le")
    samples = mono_16k(path)
    assert samples.shape == (32_000,)
    assert samples.dtype == np.float32
    assert np.abs(samples[2000:-2000]).max() == pytest.approx(0.375, abs=0.004)


def test_a_track_is_chosen_by_its_place_in_the_file(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "two.mov", tone(1, -40), tone(1, -6), codec="pcm_s16le")
    assert np.abs(heard(path)).max() < 0.02
    assert np.abs(heard(path, 1)).max() > 0.4
    with pytest.raises(RequestError, match=r"Stream 7 of two\.mov is not a sound track"):
        heard(path, 7)


def test_a_track_that_cannot_be_decoded_leaves_the_others_alone(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "spatial.mov", tone(1, -6), tone(1, -20))
    head, first, rest = path.read_bytes().partition(b"trak")
    entry, mark, others = rest.partition(b"trak")
    renamed = entry.replace(b"mp4a", b"apac").replace(b"esds", b"dapa")
    path.write_bytes(head + first + renamed + mark + others)
    assert np.abs(heard(path)).max() == pytest.approx(0.1, abs=0.02)
    with pytest.raises(RequestError, match=r"spatial\.mov in stream 0"):
        heard(path, 0)


def test_files_without_sound_say_so(tmp_path: Path) -> None:
    silent = tmp_path / "picture only.mp4"
    with av.open(str(silent), "w") as file:
        stream = file.add_stream("libx264", rate=24)
        stream.width = stream.height = 64
        file.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        file.mux(stream.encode(None))
    with pytest.raises(RequestError, match=r"picture only\.mp4 has no sound"):
        heard(silent)
    text = tmp_path / "notes.mov"
    text.write_text("not footage")
    with pytest.raises(RequestError, match=r"notes\.mov"):
        heard(text)
    with pytest.raises(RequestError, match=r"gone\.mov not found"):
        heard(tmp_path / "gone.mov")


def test_reading_stops_when_told_to(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "take.wav", tone(2, -6), codec="pcm_s16le")
    with pytest.raises(Cancelled):
        heard(path, cancelled=lambda: True)
