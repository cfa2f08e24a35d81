"""The dialog of a deliverable is cleaned, and its words are compared, as by `cwtui clean`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from engine.deliver import DeliverableRequest, load_recipe
from engine.deliver.dialog import cleaned_sound
from engine.ingest import inspect
from engine.sound import load_preset
from engine.speech import CleanOptions, clean_recording, locate_model
from fixtures.lines import Phrase
from fixtures.noise import white
from fixtures.sound import speak
from fixtures.wav import write_wav


def test_dialog_cleanup_compares_the_words(tmp_path: Path) -> None:
    (speech,) = speak([Phrase(Fraction(0), "She sells sea shells by the sea shore, and they lay still.")])
    samples = np.pad(speech, (24_000, 24_000)) + 0.02 * white(len(speech) + 48_000, 3)
    path = write_wav(tmp_path / "noisy.wav", samples[:, None].astype(np.float32))
    request = DeliverableRequest(inspect(path), "noisy", load_recipe("podcast"), None)

    cleaned, report = cleaned_sound(request, "dialog", tmp_path / "work", None)

    assert report.harm.agreement is not None
    options = CleanOptions(load_preset("dialog"), 0, model=locate_model().path)
    assert clean_recording(path, options, tmp_path / "dialog.wav").harm.agreement == report.harm.agreement
    assert (tmp_path / "dialog.wav").read_bytes() == cleaned.read_bytes()
