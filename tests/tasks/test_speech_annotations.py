"""The user's annotations of a take's speech are read, also from the files of earlier versions."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from engine.catalog import Take
from engine.speech import SpeakerTurn, write_rttm
from engine.studio import Studio
from engine.tasks.paths import transcript_path
from engine.tasks.speech_annotations import SpeechAnnotations
from engine.transfer import import_footage
from fixtures import clips

EARLIER = [SpeakerTurn(speaker="Anna", start=Fraction(0), end=Fraction(1, 2))]
LATER = [SpeakerTurn(speaker="Ben", start=Fraction(1, 2), end=Fraction(1))]


@pytest.fixture
def annotated_take(tmp_path: Path) -> Iterator[tuple[SpeechAnnotations, Take, Path]]:
    """The annotations of a studio, a take in it, and the file of its turns in earlier versions."""
    with Studio(tmp_path / "studio") as studio:
        clips.plain_take(tmp_path / "IMG_0101.MOV", 160, 90, Fraction(24), Fraction(1))
        project = studio.new_project("Harbour walk")
        (take,) = import_footage(studio.catalog, studio.folder, project, [tmp_path / "IMG_0101.MOV"]).takes
        path = transcript_path(studio.paths, take.id, take.label, take.digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        yield SpeechAnnotations(studio.paths), take, path.with_suffix(".told.rttm")


def test_turns_are_read_as_they_were_written(annotated_take: tuple[SpeechAnnotations, Take, Path]) -> None:
    annotations, take, earlier = annotated_take
    assert annotations.turns(take) == ()
    annotations.set_turns(take, LATER)
    assert annotations.turns(take) == tuple(LATER)
    assert [path.name for path in earlier.parent.glob("*.rttm")] == [f"{take.label}.manual.rttm"]
    annotations.set_turns(take, ())
    assert annotations.turns(take) == ()


def test_turns_of_an_earlier_version_are_kept_until_others_are_set(
    annotated_take: tuple[SpeechAnnotations, Take, Path],
) -> None:
    annotations, take, earlier = annotated_take
    earlier.write_text(write_rttm(EARLIER, take.label))
    assert annotations.turns(take) == tuple(EARLIER)
    annotations.set_turns(take, LATER)
    assert annotations.turns(take) == tuple(LATER)
    assert not earlier.exists()


def test_turns_of_an_earlier_version_are_removed_on_request(
    annotated_take: tuple[SpeechAnnotations, Take, Path],
) -> None:
    annotations, take, earlier = annotated_take
    earlier.write_text(write_rttm(EARLIER, take.label))
    annotations.set_turns(take, ())
    assert annotations.turns(take) == ()
