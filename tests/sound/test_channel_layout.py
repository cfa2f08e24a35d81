"""Channels are weighted by position (Rec. ITU-R BS.1770-5), as in FFmpeg's meter."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from engine.sound import ChannelLayout, channel_layout, channel_layout_of, channels_of, measure_file, meter_file
from fixtures.wav import write_wav

from .ebur128 import ffmpeg
from .sounds import tone, write_sound

_SIDE = 1.41


def names(layout: str) -> list[str]:
    return [channel.name for channel in av.AudioLayout(layout).channels]


@pytest.mark.parametrize(
    ("layout", "surround", "unweighted"),
    [
        ("stereo", "", ""),
        ("2.1", "", "LFE"),
        ("3.0", "", ""),
        ("4.0", "", ""),
        ("quad", "BL BR", ""),
        ("quad(side)", "SL SR", ""),
        ("5.0", "BL BR", ""),
        ("5.0(side)", "SL SR", ""),
        ("5.1", "BL BR", "LFE"),
        ("5.1(side)", "SL SR", "LFE"),
        ("6.1", "SL SR", "LFE"),
        ("6.1(back)", "BL BR", "LFE"),
        ("7.1", "SL SR", "LFE"),
        ("7.1(wide)", "BL BR", "LFE"),
        ("hexagonal", "BL BR", ""),
        ("5.1.4", "SL SR", "LFE"),
        ("7.1.4", "SL SR", "LFE"),
        ("hexadecagonal", "SL SR WL WR", ""),
        ("22.2", "FL FR SL SR", "LFE LFE2"),
    ],
)
def test_channels_are_weighted_by_position(layout: str, surround: str, unweighted: str) -> None:
    weights = dict.fromkeys(names(layout), 1.0)
    weights |= dict.fromkeys(surround.split(), _SIDE) | dict.fromkeys(unweighted.split(), 0.0)
    measured = channel_layout(layout, names(layout))
    assert dict(zip(measured.channels, measured.weights, strict=True)) == weights
    assert measured.rule == "Rec. ITU-R BS.1770-5"
    assert ChannelLayout.model_validate_json(measured.model_dump_json()) == measured


def test_channel_order_does_not_matter() -> None:
    order = ["FC", "FL", "FR", "SL", "SR", "LFE"]
    assert channel_layout("6 channels", order).weights == (1, 1, 1, _SIDE, _SIDE, 0)


@pytest.mark.parametrize("layout", ["stereo", "2.1", "quad", "5.0", "5.1", "5.1(side)"])
def test_measurement_agrees_with_ffmpeg_in_any_layout(tmp_path: Path, layout: str) -> None:
    generator = np.random.default_rng(3)
    count = len(names(layout))
    levels = 10 ** (generator.uniform(-40, -12, count) / 20)
    samples = (generator.standard_normal((3 * 48_000, count)) * levels).astype(np.float32)
    masked = write_wav(tmp_path / "masked.wav", samples, layout=layout)

    found = measure_file(masked)

    assert found.integrated_lufs == pytest.approx(float(ffmpeg(samples, layout)["lavfi.r128.I"]), abs=0.1)
    peaks = channels_of(meter_file(masked), channel_layout_of(masked)).true_peak_dbtp
    assert max(peaks) == pytest.approx(found.true_peak_dbtp, abs=0.01)
    for place, peak in enumerate(peaks):
        assert -0.01 <= peak - 20 * np.log10(np.abs(samples[:, place]).max()) < 1.5


@pytest.mark.parametrize(("count", "rule"), [(6, "assumed to be FL FR FC LFE BL BR"), (9, "each has weight 1")])
def test_a_file_without_a_channel_mask_uses_its_channel_count(tmp_path: Path, count: int, rule: str) -> None:
    samples = tone(1, -30, channels=count)
    plain = write_wav(tmp_path / "plain.wav", samples)
    assert rule in channel_layout_of(plain).rule
    weight = 3 + 2 * _SIDE if count == 6 else 9
    one = measure_file(write_wav(tmp_path / "stereo.wav", samples[:, :2])).integrated_lufs - 10 * np.log10(2)
    assert measure_file(plain).integrated_lufs == pytest.approx(one + 10 * np.log10(weight), abs=0.05)


@pytest.mark.parametrize(("centre", "low"), [(-18.1, -60.0), (-60.0, -24.0)])
def test_true_peak_is_measured_per_channel(tmp_path: Path, centre: float, low: float) -> None:
    samples = np.zeros((48_000, 6), np.float32)
    samples[:, 2], samples[:, 3] = tone(1, centre)[:, 0], tone(1, low, hertz=50)[:, 0]
    path = write_wav(tmp_path / "six.wav", samples, layout="5.1")
    assert measure_file(path).true_peak_dbtp == pytest.approx(max(centre, low), abs=0.05)


def test_mono_has_dual_mono_and_single_channel_loudness(tmp_path: Path) -> None:
    one = write_sound(tmp_path / "mono.wav", tone(2, -23, channels=1), codec="pcm_f32le")
    two = write_sound(tmp_path / "stereo.wav", tone(2, -23), codec="pcm_f32le")
    mono = channels_of(meter_file(one), channel_layout_of(one)).mono
    assert mono
    assert mono.dual_mono_lufs == measure_file(one).integrated_lufs
    assert mono.dual_mono_lufs == pytest.approx(measure_file(two).integrated_lufs, abs=0.001)
    assert mono.dual_mono_lufs - mono.single_channel_lufs == pytest.approx(10 * np.log10(2), abs=0.01)
    assert channels_of(meter_file(two), channel_layout_of(two)).mono is None
