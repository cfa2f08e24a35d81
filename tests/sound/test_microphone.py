"""A microphone is read in blocks; a file can take its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import EngineError
from engine.sound import SPEECH_RATE, microphone_blocks
from fixtures import clips


def test_a_file_is_read_as_a_microphone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CWTUI_MICROPHONE", str(clips.tone(tmp_path / "voice.wav", 2, channels=2)))
    samples = np.concatenate(list(microphone_blocks(lambda: False)))
    assert len(samples) == pytest.approx(2 * SPEECH_RATE, abs=SPEECH_RATE / 50)
    assert not list(microphone_blocks(lambda: True))


def test_a_missing_microphone_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CWTUI_MICROPHONE", "alsa:no-such-card")
    with pytest.raises(EngineError, match="microphone"):
        list(microphone_blocks(lambda: False))
