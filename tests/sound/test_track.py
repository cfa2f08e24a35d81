"""Sound is read from a file on the picture's clock, in the requested layout and rate."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from engine.errors import Cancelled, RequestError
from engine.sound import RepairCount, Target, downmix_of, duration_of, mono_16k, read_blocks, write_master
from engine.sound.downmix import mix_matrix
from fixtures import clips
from fixtures.recorder import SoundTrack
from tests.examples import examples

from .sounds import click_near, clicks, speechlike, tone, write_sound


def read_samples(path: Path, index: int | None = None, **options):
    return np.concatenate(list(read_blocks(path, index, **options)))


def test_an_edit_list_puts_aac_sound_at_its_time(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "take.m4a", clicks(2, 300, 48_000, 95_000))
    samples = read_samples(path)
    assert [click_near(samples, at) for at in (300, 48_000, 95_000)] == [300, 48_000, 95_000]
    assert abs(len(samples) - 96_000) <= 48  # the edit list counts milliseconds


def test_sound_without_picture_starts_at_its_first_sample(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "late.mov", clicks(1, 1000), codec="pcm_s16le", at=Fraction(1, 2))
    assert click_near(read_samples(path), 1000) == 1000
    assert duration_of(path) == pytest.approx(1, abs=0.002)


def test_a_gap_in_the_time_stamps_is_silence(tmp_path: Path) -> None:
    whole = tone(3, -12)
    with_gap = whole.copy()
    with_gap[48 * 1024 : 96 * 1024] = np.nan
    samples = read_samples(write_sound(tmp_path / "holed.mkv", with_gap, codec="pcm_s16le"))
    assert len(samples) == len(whole)
    assert not samples[50_000:98_000].any()
    # Matroska counts milliseconds: the sound after the gap is accurate to one.
    resumed = 60_000 + int(np.flatnonzero(samples[60_000:, 0])[0])
    assert abs(resumed - 96 * 1024) <= 48


def test_mono_is_copied_to_both_channels_and_resampled(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "mono.wav", tone(1, -6, rate=44_100, channels=1), rate=44_100, codec="pcm_s16le")
    samples = read_samples(path)
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
    samples = read_samples(path)[[4000, 5000, 6000, 7000, 8000, 9000]] / 0.5
    half = 0.5**0.5
    assert np.allclose(samples, [[1, 0], [0, 1], [half, half], [0, 0], [half, 0], [0, half]], atol=1e-6)


def test_ambisonics_are_decoded_to_left_and_right_cardioids() -> None:
    names = ["AMBI0", "AMBI1", "AMBI2", "AMBI3"]
    to_the_left = np.array([1, 1, 0, 0])
    assert mix_matrix("ambisonic 1", names, "stereo") @ to_the_left == pytest.approx([1, 0])
    assert mix_matrix("ambisonic 1", names, "mono") @ to_the_left == pytest.approx([1])


def test_four_channels_without_a_layout_are_a_quad() -> None:
    matrix = mix_matrix("4 channels", ["NONE"] * 4, "stereo")
    assert matrix == pytest.approx(np.array([[1, 0, 0.5**0.5, 0], [0, 1, 0, 0.5**0.5]]))


def test_non_finite_samples_are_replaced(tmp_path: Path) -> None:
    source = tone(1, -20)
    source[100, 0], source[200, 0], source[300, 0] = np.nan, np.inf, -np.inf
    output = read_samples(write_sound(tmp_path / "broken.wav", source, codec="pcm_f32le"))
    assert output[[100, 200, 300], 0].tolist() == [0, 1, -1]
    assert np.isfinite(output).all()


def test_replaced_samples_are_counted_and_reported(tmp_path: Path) -> None:
    source = tone(2, -20)
    source[100, 0], source[200, 1], source[300, 0], source[70_000, 1] = np.nan, np.inf, -np.inf, 1e30
    path = write_sound(tmp_path / "broken.wav", source, codec="pcm_f32le")
    repairs = RepairCount()
    output = read_samples(path, repaired=repairs)
    assert repairs.samples == 4
    assert output[70_000, 1] == 1
    mastered = write_master(
        path, None, tmp_path / "out.wav", target=Target(lufs=-23, true_peak_ceiling_dbtp=-1), codec="wav"
    )
    assert mastered.repaired == 4


def test_later_damage_is_not_counted_for_an_earlier_range(tmp_path: Path) -> None:
    samples = tone(4, -20)
    samples[[10, 180_000], 0] = np.nan
    path = write_sound(tmp_path / "broken.wav", samples, codec="pcm_f32le")
    repairs = RepairCount()
    read_samples(path, start=Fraction(1), end=Fraction(2), repaired=repairs)
    assert repairs.samples == 0


def test_full_scale_and_dc_are_unchanged(tmp_path: Path) -> None:
    square = np.where(np.arange(48_000) // 24 % 2, 1.0, -1.0).astype(np.float32)
    steady = np.full(48_000, 0.25, np.float32)
    path = write_sound(tmp_path / "square.wav", np.stack([square, steady], axis=1), codec="pcm_f32le")
    assert np.array_equal(read_samples(path), np.stack([square, steady], axis=1))


@examples(10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rate=st.sampled_from([8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000]),
    channels=st.integers(1, 8),
    seconds=st.sampled_from([0.02, 0.5, 1.3]),
)
def test_any_sample_rate_and_channel_count(tmp_path: Path, rate: int, channels: int, seconds: float) -> None:
    sound = tone(seconds, -6, hertz=400, rate=rate, channels=channels)
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.rint(sound * 32767).astype("<i2").tobytes())
    samples = read_samples(path)
    assert abs(len(samples) - len(sound) * 48_000 / rate) <= 1
    gains = np.sum(downmix_of(path).gains, axis=1)
    expected = tone(seconds, -6, hertz=400)[: len(samples)] * gains
    inner = slice(len(samples) // 3, 2 * len(samples) // 3)
    if seconds > 0.1:
        assert np.abs(samples[: len(expected)][inner] - expected[inner]).max() < 0.01 * gains.max()


def test_four_channels_marked_as_ambisonic_are_decoded_as_ambisonic(tmp_path: Path) -> None:
    to_the_left = np.zeros((4, 48_000), np.float32)
    to_the_left[:2] = 0.25
    sounds = [SoundTrack(to_the_left[:2], "pcm_s16le"), SoundTrack(to_the_left, "pcm_s16le", "4.0")]
    path = clips.take_with(tmp_path / "IMG_0301.MOV", sounds, ambisonic=True)
    assert downmix_of(path, 2).rule.startswith("AmbiX")
    assert read_samples(path, 2)[24_000] == pytest.approx([0.25, 0])


@pytest.mark.parametrize("seconds", [0, 1e-4])
def test_an_empty_file_is_refused_and_a_tiny_one_is_not(tmp_path: Path, seconds: float) -> None:
    path = tmp_path / "short.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(bytes(2 * round(seconds * 48_000)))
    if seconds:
        assert len(read_samples(path)) == round(seconds * 48_000)
    else:
        with pytest.raises(RequestError, match="the track is empty"):
            read_samples(path)


def test_a_short_track_is_padded_to_a_requested_length(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "short.mov", tone(5, -12), tone(1, -12), codec="pcm_s16le")
    assert len(read_samples(path, 1)) == 48_000
    target = Target(lufs=-23, true_peak_ceiling_dbtp=-1)
    mastered = write_master(path, 1, tmp_path / "out.wav", target=target, codec="wav", duration=Fraction(5))
    assert mastered.duration == 5
    assert not read_samples(tmp_path / "out.wav")[60_000:].any()


@pytest.mark.parametrize(("name", "codec"), [("take.m4a", "aac"), ("take.wav", "pcm_s16le")])
def test_adjacent_ranges_join_exactly(tmp_path: Path, name: str, codec: str) -> None:
    path = write_sound(tmp_path / name, speechlike(5, -6, rate=44_100), rate=44_100, codec=codec)
    whole = read_samples(path)
    cut = Fraction(100, 30)
    parts = np.concatenate([read_samples(path, end=cut), read_samples(path, start=cut)])
    assert parts.shape == whole.shape
    assert np.abs(parts - whole).max() < 1e-5
    assert len(read_samples(path, start=Fraction(3), end=Fraction(7, 2))) == 24_000


def test_speech_models_get_mono_at_16_khz(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "two.wav", tone(2, -6) * [1, 0.5], codec="pcm_s16le")
    samples = mono_16k(path)
    assert samples.shape == (32_000,)
    assert samples.dtype == np.float32
    assert np.abs(samples[2000:-2000]).max() == pytest.approx(0.375, abs=0.004)


def test_a_track_is_selected_by_its_stream_index(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "two.mov", tone(1, -40), tone(1, -6), codec="pcm_s16le")
    assert np.abs(read_samples(path)).max() < 0.02
    assert np.abs(read_samples(path, 1)).max() > 0.4
    with pytest.raises(RequestError, match=r"Stream 7 of two\.mov is not a sound track"):
        read_samples(path, 7)


def test_an_undecodable_track_does_not_affect_the_others(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "spatial.mov", tone(1, -6), tone(1, -20))
    head, first, rest = path.read_bytes().partition(b"trak")
    entry, mark, others = rest.partition(b"trak")
    renamed = entry.replace(b"mp4a", b"apac").replace(b"esds", b"dapa")
    path.write_bytes(head + first + renamed + mark + others)
    assert np.abs(read_samples(path)).max() == pytest.approx(0.1, abs=0.02)
    with pytest.raises(RequestError, match=r"spatial\.mov in stream 0"):
        read_samples(path, 0)


def test_files_without_sound_are_refused(tmp_path: Path) -> None:
    silent = tmp_path / "picture only.mp4"
    with av.open(str(silent), "w") as file:
        stream = file.add_stream("libx264", rate=24)
        stream.width = stream.height = 64
        file.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        file.mux(stream.encode(None))
    with pytest.raises(RequestError, match=r"picture only\.mp4 has no sound"):
        read_samples(silent)
    text = tmp_path / "notes.mov"
    text.write_text("not footage")
    with pytest.raises(RequestError, match=r"notes\.mov"):
        read_samples(text)
    with pytest.raises(RequestError, match=r"gone\.mov not found"):
        read_samples(tmp_path / "gone.mov")


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "take.wav", tone(2, -6), codec="pcm_s16le")
    with pytest.raises(Cancelled):
        read_samples(path, cancelled=lambda: True)
