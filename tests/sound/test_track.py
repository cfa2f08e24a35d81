"""Sound comes out of a file on the picture's clock, in the layout and rate asked for."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engine.errors import Cancelled, RequestError
from engine.sound import duration_of, mono_16k, read_blocks
from engine.sound.layout import mix_matrix

from .sounds import click_near, clicks, speechlike, tone, write_sound


def heard(path: Path, index: int | None = None, **wanted):
    return np.concatenate(list(read_blocks(path, index, **wanted)))


def test_an_edit_list_puts_aac_sound_at_its_own_time(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "take.m4a", clicks(2, 300, 48_000, 95_000))
    samples = heard(path)
    assert [click_near(samples, at) for at in (300, 48_000, 95_000)] == [300, 48_000, 95_000]
    assert abs(len(samples) - 96_000) <= 48  # the edit list's own unit is a millisecond


def test_a_late_start_is_silence_up_to_the_first_sample(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "late.mov", clicks(1, 1000), codec="pcm_s16le", at=Fraction(1, 2))
    samples = heard(path)
    assert click_near(samples, 25_000) == 25_000
    assert not samples[:24_900].any()


def test_a_hole_in_the_time_stamps_is_silence(tmp_path: Path) -> None:
    whole = tone(3, -12)
    holed = whole.copy()
    holed[48 * 1024 : 96 * 1024] = np.nan
    samples = heard(write_sound(tmp_path / "holed.mkv", holed, codec="pcm_s16le"))
    assert len(samples) == len(whole)
    assert not samples[50_000:98_000].any()
    # Matroska counts milliseconds: what follows the hole is within one of them.
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
    path = write_sound(tmp_path / "two.wav", tone(2, -6) * [1, 0], codec="pcm_s16le")
    samples = mono_16k(path)
    assert samples.shape == (32_000,)
    assert samples.dtype == np.float32
    assert np.abs(samples[2000:-2000]).max() == pytest.approx(0.25, abs=0.003)


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
    with pytest.raises(RequestError, match=r"spatial\.mov comes out of stream 0"):
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
    with pytest.raises(RequestError, match="There is no file"):
        heard(tmp_path / "gone.mov")


def test_reading_stops_when_told_to(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "take.wav", tone(2, -6), codec="pcm_s16le")
    with pytest.raises(Cancelled):
        heard(path, cancelled=lambda: True)


def test_the_declared_duration_includes_a_late_start(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "late.mov", tone(1, -6), codec="pcm_s16le", at=Fraction(1, 2))
    assert duration_of(path) == pytest.approx(1.5, abs=0.002)
