"""The state of a face decides between readings that are equally well said, and is given as the reason."""

from __future__ import annotations

from engine.perception import FaceTrack, TakeFaces
from engine.timeline import assemble
from tests.perception.talk import sitting
from tests.timeline.speech import shot

LINE = "The ferry leaves the old harbour at six."


def faces(**measures: float) -> TakeFaces:
    """A face in all of a take, with these measures."""
    found = sitting([(0.5, 0.4)], 12)
    samples = tuple(one.model_copy(update=measures) for one in found.tracks[0].samples)
    return found.model_copy(update={"tracks": (FaceTrack(id=1, samples=samples),)})


def test_a_sharp_face_wins_over_a_later_blurred_one() -> None:
    takes = [shot(1, LINE, faces=faces()), shot(2, LINE, faces=faces(sharpness=0.2))]
    made = assemble("auto", takes)
    (clip,) = made.cut.clips
    assert clip.take == "t1"
    choice = made.choices[clip.id]
    assert "the face is sharp and well exposed" in choice.reason
    assert choice.notes[1] == "is not chosen because the face is blurred"
    assert choice.measures[1].face
    assert choice.measures[1].face.warnings == ("the face is blurred",)
    # Without measured faces, the later reading is chosen, and nothing is said of faces.
    plain = assemble("auto", [shot(1, LINE), shot(2, LINE)])
    assert plain.cut.clips[0].take == "t2"
    assert "face" not in plain.choices[plain.cut.clips[0].id].reason


def test_a_face_does_not_outweigh_the_words() -> None:
    takes = [shot(1, "The ferry leaves the old", faces=faces()), shot(2, LINE, faces=faces(light=0.01))]
    made = assemble("auto", takes)
    assert made.cut.clips[0].take == "t2"
    assert "the face is too dark" in made.cut.clips[0].reason
