"""One stage can be heard: with it, without it, and what it removes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Cancelled, RequestError
from engine.sound import Recording, load_preset, measure, read_comparison, side_blocks, write_stage_audition

from .voices import RATE, Samples, hiss, recording, si_sdr, voice

DIALOG = load_preset("dialog")


def sides(path: Path) -> list[Samples]:
    made = read_comparison(path)
    assert made
    return [np.concatenate(list(side_blocks(path, made, number)))[:, 0] for number in range(3)]


def test_isolation_removes_the_noise_and_leaves_the_voice(tmp_path: Path) -> None:
    speech = voice()[: 3 * RATE]
    source = Recording(recording(tmp_path / "take.wav", speech + hiss(len(speech), 0.02)))
    stretch = Fraction(1, 2), Fraction(5, 2)
    made = write_stage_audition(source, DIALOG, "isolation", *stretch, tmp_path / "a.flac")

    assert made.names == ("with isolation", "without isolation", "removed by isolation")
    assert (made.start, made.duration) == (Fraction(1, 2), 2)
    with_stage, without, removed = sides(tmp_path / "a.flac")
    reference = speech[RATE // 2 : 5 * RATE // 2]
    assert si_sdr(reference, with_stage) > si_sdr(reference, without) + 6
    assert si_sdr(reference, removed) < 0
    # The gains make both equally loud; the removed noise is audible beside them.
    loudness = [
        measure([np.stack([sound, sound], 1)], RATE).integrated_lufs for sound in (with_stage, without, removed)
    ]
    assert loudness[0] == pytest.approx(loudness[1], abs=0.1)
    assert loudness[2] > loudness[1] - 12


def test_rumble_is_left_out_before_the_voice_is_isolated(tmp_path: Path) -> None:
    speech = voice()
    hum = 0.1 * np.sin(2 * np.pi * 31 * np.arange(len(speech)) / RATE)
    source = Recording(recording(tmp_path / "take.wav", (speech + hum).astype(np.float32)))
    preset = DIALOG.without(frozenset(["isolation"]))
    write_stage_audition(source, preset, "rumble", Fraction(0), Fraction(4), tmp_path / "a.flac")

    spectra = [np.abs(np.fft.rfft(sound[:RATE])) for sound in sides(tmp_path / "a.flac")]
    assert spectra[1][31] > 20 * spectra[0][31]
    assert int(spectra[2].argmax()) == 31


def test_an_audition_is_cancelled_and_a_missing_stage_is_refused(tmp_path: Path) -> None:
    source = Recording(recording(tmp_path / "take.wav", voice()))
    with pytest.raises(Cancelled):
        write_stage_audition(
            source, DIALOG, "tone", Fraction(0), Fraction(2), tmp_path / "a.flac", cancelled=lambda: True
        )
    with pytest.raises(RequestError, match="no stage plugin"):
        write_stage_audition(source, DIALOG, "plugin", Fraction(0), Fraction(2), tmp_path / "a.flac")
    assert not list(tmp_path.glob("a.*"))
