"""The film of a cut by all of its jobs: transcripts, captions, sound, picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pysubs2
import pytest

from engine.catalog import Encoding, JobState
from engine.deliver import load_recipe, read_receipt
from engine.studio import DeliveryRequest, ProjectCuts, Studio, plan_cut_delivery, run_plans
from engine.timeline import Clip, Cut
from engine.transfer import import_footage
from fixtures import clips
from fixtures.lines import Phrase
from fixtures.recorder import SoundTrack
from fixtures.sound import speak

_LINE = "The weather is wonderful today, and the water is very cold."


@pytest.mark.slow
def test_a_film_with_captions_is_made_by_the_queue(studio: Studio, log_take: Path, tmp_path: Path) -> None:
    (voice,) = speak([Phrase(Fraction(0), _LINE)])
    sound = np.zeros((2, 6 * 48_000), np.float32)
    sound[:, 48_000 : 48_000 + len(voice)] = voice[: 5 * 48_000]
    spoken = clips.take_with(tmp_path / "IMG_0001.MOV", [SoundTrack(sound)], 6)
    project = studio.new_project("Harbour walk")
    (said,) = import_footage(studio.catalog, studio.folder, project, [spoken]).takes
    (log,) = import_footage(studio.catalog, studio.folder, project, [log_take]).takes
    studio.confirm(log, Encoding.APPLE_LOG)
    # Six frames of the log take come first, and half a second of the pause is left out.
    shots = (Clip("1", log.id, 0, 6), Clip("2", said.id, 15, 165))
    ProjectCuts(studio, project).add(Cut("film", Fraction(30), 192, 108, shots))
    proxy = load_recipe("review-proxy")
    assert proxy.picture
    recipe = proxy.model_copy(
        update={
            "picture": proxy.picture.model_copy(update={"burn_in": ("timecode",)}),
            "captions": load_recipe("captions").captions,
        }
    )

    (outcome,) = run_plans(studio, [plan_cut_delivery(studio, DeliveryRequest(recipe), "film")])

    assert outcome.folder
    (made,) = read_receipt(outcome.folder).deliveries
    assert [check.name for check in made.checks if check.failed] == []
    assert made.complete
    assert made.cut
    assert [one.input_transform for one in made.cut.takes] == [Encoding.APPLE_LOG, Encoding.REC709]
    assert {file.role for file in made.files} == {"movie", "captions"}
    captions = pysubs2.load(str(outcome.folder / "film.srt"))
    assert "weather is wonderful" in " ".join(cue.plaintext for cue in captions)
    # The voice begins 1 s into its take: 0.2 s of log footage, and 0.5 s of the pause.
    assert captions[0].start == pytest.approx(700, abs=150)
    jobs = studio.catalog.queue.jobs()
    assert {job.state for job in jobs if job.kind.startswith("cut-")} == {JobState.DONE}
    assert {job.kind for job in jobs} >= {"transcribe", "cut-captions", "cut-sound", "cut-deliver"}
