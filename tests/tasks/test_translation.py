"""A recipe delivers captions of the spoken language, and their translation to English, from the sound on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from engine.deliver import load_recipe
from engine.jobs import JobRequest
from engine.studio import Studio
from engine.tasks import TranscribeOptions
from engine.transfer import import_footage
from fixtures.lines import Phrase
from fixtures.sound import RATE, speak
from fixtures.wav import write_wav

from ..speech.phrasebook import write_phrasebook


@dataclass
class Here:
    """The context of a job that runs in this process after others."""

    folder: Path
    results: Mapping[str, Mapping[str, Any]]

    def progress(self, done: int, total: int, unit: str = "", message: str = "") -> None:
        pass

    def cancelled(self) -> bool:
        return False


def run_here(request: JobRequest, folder: Path, results: dict[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """The result of a job, after all that it depends on."""
    for before in request.after:
        if before.id not in results:
            run_here(before, folder, results)
    results[request.id] = request.kind.run(request.parameters, Here(folder, results))  # type: ignore[arg-type]
    return results[request.id]


def test_a_recipe_translates_its_captions(studio: Studio, tmp_path: Path) -> None:
    model = write_phrasebook(tmp_path / "phrasebook")
    (line,) = speak([Phrase(Fraction(0), "Das Wasser ist kalt.")], ("de", "40", "50"))
    silence = np.zeros(RATE // 2, np.float32)
    recording = write_wav(tmp_path / "talk.wav", np.concatenate([silence, line, silence])[:, None])
    (take,) = import_footage(studio.catalog, studio.folder, studio.new_project("p"), [recording]).takes
    recipe = load_recipe("captions")
    assert recipe.captions
    translating = recipe.model_copy(
        update={"captions": recipe.captions.model_copy(update={"formats": ("srt",), "translate": True})}
    )
    request = studio.tasks.delivery_request(
        studio.subject_of(take), translating, tmp_path / "out", options=TranscribeOptions(model=str(model))
    )

    result = run_here(request, tmp_path / "work", {})

    folder = studio.folder / result["folder"]
    texts = {path.name.split(".", 1)[1]: path.read_text() for path in folder.glob("*.srt")}
    assert set(texts) == {"srt", "en.srt"}
    assert "Das Wasser ist kalt." in texts["srt"]
    assert "The water is cold." in texts["en.srt"]
