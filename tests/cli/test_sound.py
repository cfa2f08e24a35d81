"""Loudness and clean dialog from the command line."""

from __future__ import annotations

import json
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from fixtures import clips, ebu
from fixtures.lines import Phrase
from fixtures.noise import white
from fixtures.sound import speak
from fixtures.wav import write_wav

from .shell import Shell


@pytest.fixture
def noisy(tmp_path: Path) -> Path:
    (speech,) = speak([Phrase(Fraction(0), "She sells sea shells by the sea shore, and they lay still.")])
    samples = np.pad(speech, (24_000, 24_000))
    samples = samples + 0.02 * white(len(samples), 3)
    with wave.open(str(tmp_path / "noisy.wav"), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return tmp_path / "noisy.wav"


def test_a_file_is_cleaned_with_a_report(cwtui: Shell, noisy: Path) -> None:
    result = cwtui.json("clean", noisy, "-o", "dialog.wav", "--no-words", "--report", "report")

    assert result["verdict"].startswith("improved by")
    assert {stage["stage"]: stage["state"] for stage in result["stages"]}["isolation"] == "applied"
    with av.open(str(cwtui.folder / "dialog.wav")) as file:
        stream = file.streams.audio[0]
        assert (stream.codec_context.name, stream.rate, stream.channels) == ("pcm_s24le", 48_000, 1)
    assert [Path(path).name for path in result["report"]] == [f"sound-report.{kind}" for kind in ("json", "png", "svg")]
    summary = json.loads((cwtui.folder / "report" / "sound-report.json").read_text())
    assert summary["harm"] == result["harm"]
    with Image.open(cwtui.folder / "report" / "sound-report.png") as picture:
        assert picture.size[1] > 900
    assert "studio" not in cwtui.files


def test_strength_and_bypass_apply_to_their_stages(cwtui: Shell, noisy: Path) -> None:
    command = ("clean", noisy, "-o", "dialog.wav", "--no-words")
    half = cwtui.json(*command, "--strength", "0.5", "--bypass", "levelling", "--bypass", "tone")
    stages = {stage["stage"]: stage for stage in half["stages"]}
    assert 0 < stages["isolation"]["measured"]["strength"] <= 0.5
    assert stages["levelling"]["state"] == stages["tone"]["state"] == "bypassed"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "a.mp3"], "a.mp3 is not a .wav file"),
        (["-o", "a.wav", "--preset", "podcast"], "Sound preset “podcast” not found"),
        (["-o", "a.wav", "--strength", "2"], "Invalid strength: 2"),
        (["-o", "a.wav", "--bypass", "echo"], "“echo” not found"),
        (["-o", "a.wav", "--track", "7"], "Stream 7"),
        (["-o", "noisy.wav"], "noisy.wav"),
        ([], "is not in a project"),
    ],
)
def test_invalid_clean_options_are_refused(cwtui: Shell, noisy: Path, arguments: list[str], message: str) -> None:
    before = noisy.read_bytes()
    assert message in cwtui.json("clean", noisy, "--no-words", *arguments, code=2)["error"]["message"]
    assert noisy.read_bytes() == before
    assert cwtui.files == ["noisy.wav"]


def test_a_takes_cleaned_dialog_is_stored_and_used_in_deliveries(cwtui: Shell) -> None:
    take = clips.plain_take(cwtui.folder / "IMG_0101.MOV", 64, 36, 30, 2)
    cwtui.import_takes(take)

    first = cwtui.json("clean", "1", "--no-words")
    second = cwtui.json("clean", "1", "--no-words", "-o", "copy.wav")

    stored = Path(first["path"])
    assert stored.is_relative_to(cwtui.studio)
    assert (cwtui.folder / "copy.wav").read_bytes() == stored.read_bytes()
    assert second["stages"] == first["stages"]
    assert len(list(cwtui.studio.glob("*/work/sound-report/*/sound-report.svg"))) == 1
    delivered = cwtui.json("deliver", "podcast")
    assert all(check["passed"] for check in delivered["checks"])
    receipt = json.loads(Path(delivered["receipt"]).read_text())
    assert receipt["deliveries"][0]["notes"][0].startswith("dialog cleanup, preset dialog:")
    kinds = [job["kind"] for job in cwtui.json("jobs")["jobs"]]
    assert kinds.count("clean") == 2


def test_loudness_writes_a_series_and_plots(cwtui: Shell, noisy: Path) -> None:
    loudness = cwtui.json("loudness", noisy, "--dialog", "--series", "l.json", "--report", "pictures")
    series = json.loads((cwtui.folder / "l.json").read_text())
    assert loudness["dialog_lufs"] is not None
    assert series["momentary_lufs"][:3] == [None] * 3
    assert max(filter(None, series["momentary_lufs"])) == pytest.approx(loudness["max_momentary_lufs"], abs=0.5)
    assert sorted(path.name for path in (cwtui.folder / "pictures").iterdir()) == ["loudness.png", "loudness.svg"]
    assert any(bar in cwtui("loudness", noisy).stdout for bar in "▃▄▅▆")


def test_a_missed_loudness_target_exits_with_1(cwtui: Shell, noisy: Path) -> None:
    found = cwtui.json("loudness", noisy)["integrated_lufs"]
    assert cwtui.json("loudness", noisy, "--target", f"{found:.1f}")["missed"] == []
    assert "target -10" in cwtui.json("loudness", noisy, "--target", "-10", code=1)["missed"][0]
    assert "true peak" in cwtui.json("loudness", noisy, "--ceiling", "-40", code=1)["missed"][0]


def test_six_channels_are_measured_by_the_assumed_layout(cwtui: Shell) -> None:
    """EBU Tech 3341 case 6 with a silent LFE, in a WAV without channel names."""
    levels = (-28, -28, -24, -np.inf, -30, -30)
    samples = np.concatenate([ebu.tones((level, 3), channels=1) for level in levels], axis=1)
    path = write_wav(cwtui.folder / "six.wav", samples)

    found = cwtui.json("loudness", path, "--series", "series.json")

    assert found["integrated_lufs"] == pytest.approx(-23, abs=0.1)
    assert found["true_peak_dbtp"] == pytest.approx(-24, abs=0.1)
    assert found["channels"]["true_peak_dbtp"] == [
        pytest.approx(level, abs=0.1) if level > -99 else None for level in levels
    ]
    assert "assumed to be FL FR FC LFE BL BR" in found["channels"]["layout"]["rule"]
    series = json.loads((cwtui.folder / "series.json").read_text())
    assert max(filter(None, series["momentary_lufs"])) == pytest.approx(-23, abs=0.1)
    assert len(series["true_peak_dbtp"][0]) == 6
    assert "assumed to be FL FR FC LFE" in cwtui("loudness", path).stdout


def test_mono_loudness_is_reported_in_both_conventions(cwtui: Shell, noisy: Path) -> None:
    found = cwtui.json("loudness", noisy)
    mono = found["channels"]["mono"]
    assert mono[mono["target_uses"]] == found["integrated_lufs"]
    assert mono["dual_mono_lufs"] - mono["single_channel_lufs"] == pytest.approx(3.01, abs=0.01)
    output = cwtui("loudness", noisy).stdout
    assert f"{mono['single_channel_lufs']:.2f} LUFS as one channel" in output
    assert f"{mono['dual_mono_lufs']:.2f} LUFS on two loudspeakers (used for targets)" in output
