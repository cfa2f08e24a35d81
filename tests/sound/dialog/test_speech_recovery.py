"""Speech that isolation removed comes back where it masks the noise, and the noise does not."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from engine.sound.dialog.scratch import Scratch
from engine.sound.dialog.speech_recovery import less_noisy, recover_speech

from .voices import RATE, Samples, blocks, hiss, voice


@cache
def speech() -> Samples:
    """Two voices with a pause of two seconds: longer than a segment and its surroundings."""
    return np.concatenate([voice(), np.zeros(2 * RATE, np.float32), voice()])


def noisy(rms: float = 0.0005) -> Samples:
    return speech() + hiss(len(speech()), rms)


def recovered(tmp_path: Path, dry: Samples, isolated: Samples, share: float = 1.0, size: int = 30_000) -> Samples:
    made = recover_speech(blocks(isolated, size), Scratch(tmp_path / "dry", blocks(dry)), share)
    return np.concatenate(list(made))


def error_db(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(samples - speech())) / np.mean(np.square(speech()))))


def test_a_part_of_the_speech_comes_back(tmp_path: Path) -> None:
    isolated = 0.8 * speech()
    made = recovered(tmp_path, noisy(), isolated)
    assert error_db(made) < error_db(isolated) - 6


@pytest.mark.parametrize(("rms", "swells"), [(0.05, False), (0.02, True)])
def test_noise_does_not_come_back(tmp_path: Path, rms: float, swells: bool) -> None:
    """Loud noise is masked by no voice; in a pause, nothing is. Noise that swells is no speech."""
    time = np.arange(len(speech())) / RATE
    level = 0.55 + 0.45 * np.sin(2 * np.pi * 0.7 * time) if swells else np.ones(len(time))
    loud = speech() + (noisy(rms) - speech()) * level.astype(np.float32)
    made = recovered(tmp_path, loud, speech())
    returned = np.mean(np.square(made - speech())) / np.mean(np.square(loud - speech()))
    assert 10 * np.log10(returned) < -20
    pause = slice(len(voice()) + RATE // 2, len(voice()) + 3 * RATE // 2)
    np.testing.assert_allclose(made[pause], 0, atol=1e-6)


@pytest.mark.parametrize("size", [4_801, 400_000, 1 << 21])
def test_the_sizes_of_blocks_change_no_byte(tmp_path: Path, size: int) -> None:
    dry, isolated = noisy(), 0.8 * speech()
    np.testing.assert_array_equal(
        recovered(tmp_path, dry, isolated, size=size), recovered(tmp_path, dry, isolated, size=RATE)
    )


def test_segments_leave_no_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dry, isolated = noisy(), 0.8 * speech()
    in_segments = recovered(tmp_path, dry, isolated)
    monkeypatch.setattr("engine.sound.dialog.speech_recovery._SEGMENT", 60 * RATE)
    np.testing.assert_allclose(in_segments, recovered(tmp_path, dry, isolated), atol=1e-6)


def test_without_a_share_nothing_changes(tmp_path: Path) -> None:
    isolated = 0.8 * speech()
    np.testing.assert_array_equal(recovered(tmp_path, noisy(), isolated, share=0.0), isolated)


def test_digital_silence_is_no_estimate_of_the_noise(tmp_path: Path) -> None:
    dry = noisy(0.01)
    dry[: RATE // 2] = 0
    isolated = speech().copy()
    isolated[: RATE // 2] = 0
    made = recovered(tmp_path, dry, isolated)
    assert np.mean(np.square(made - isolated)) < 0.05 * np.mean(np.square(dry - isolated))


def test_less_noise_comes_with_removed_speech(tmp_path: Path) -> None:
    """The isolated voice lacks all speech after the pause."""
    pause = slice(len(voice()), len(voice()) + 2 * RATE)
    dry, isolated = noisy(0.01), speech().copy()
    isolated[pause.stop :] = 0
    scratch = [Scratch(tmp_path / name, blocks(one)) for name, one in (("dry", dry), ("isolated", isolated))]
    made = less_noisy(*scratch, 0, len(dry))
    assert np.mean(np.square(made[pause])) < 0.1 * np.mean(np.square(dry[pause]))
    lost = slice(pause.stop, None)
    error = np.mean(np.square(made[lost] - speech()[lost])) / np.mean(np.square(speech()[lost]))
    assert error < np.mean(np.square(dry[lost] - speech()[lost])) / np.mean(np.square(speech()[lost]))
    pieces = [less_noisy(*scratch, at, min(at + 3 * RATE, len(dry))) for at in range(0, len(dry), 3 * RATE)]
    np.testing.assert_allclose(np.concatenate(pieces), made, atol=1e-6)
