"""The crop of a take is overridden by keys, with undo, and the faces of speakers are chosen."""

from __future__ import annotations

from .shell import Shell
from .takes import studio_of


def test_keys_are_set_listed_removed_and_undone(cwtui: Shell) -> None:
    studio_of(cwtui.folder / "studio", 2)
    assert cwtui.json("reframe", "1")["keys"] == []
    assert "✓ 001-IMG_0001: crop at 00:00:00.50: x 0.4" in cwtui("reframe", "1", "--at", "0.5", "--x", "0.4").stdout
    cwtui("reframe", "1", "--at", "1", "--x", "0.6", "--zoom", "1.5", "--interpolation", "ease", "--cut")
    found = cwtui.json("reframe", "1", "--at", "1.5", "--auto")
    assert [(one["time"], one["x"], one["zoom"], one["cut"]) for one in found["keys"]] == [
        ([1, 2], 0.4, None, False), ([1, 1], 0.6, 1.5, True), ([3, 2], None, None, False),
    ]  # fmt: skip
    assert found["edit"] == "001-IMG_0001: crop: automatic from 00:00:01.50"
    assert "00:00:01.50  automatic" in cwtui("reframe", "1").stdout
    assert len(cwtui.json("reframe", "1", "--at", "0.5", "--remove")["keys"]) == 2
    cwtui("undo")
    assert len(cwtui.json("reframe", "1")["keys"]) == 3
    assert cwtui.json("reframe", "2")["keys"] == []
    assert cwtui.json("reframe", "1", "--clear")["keys"] == []
    cwtui("undo")
    assert len(cwtui.json("reframe", "1")["keys"]) == 3
    assert "no change" in cwtui("reframe", "1", "--at", "0.5", "--x", "0.4").stdout


def test_a_speaker_gets_a_face_and_mistakes_are_named(cwtui: Shell) -> None:
    studio_of(cwtui.folder / "studio", 1)
    assert cwtui.json("reframe", "1", "--speaker", "S1=2")["speakers"] == [{"speaker": "S1", "face": 2}]
    shown = cwtui("reframe", "1").stdout
    assert "S1 is face 2" in shown
    assert "no faces yet" in shown
    for arguments, said in (
        (("--x", "0.4"), "The key is missing"),
        (("--at", "1"), "The key is missing"),
        (("--at", "1", "--x", "0.4", "--auto"), "The key is missing"),
        (("--at", "9", "--x", "0.4"), "is after its end"),
        (("--at", "1", "--remove"), "has no key of the crop at 00:00:01.00"),
        (("--speaker", "S1"), "is not a speaker and a face"),
        (("--clear", "--speaker", "S1=1"), "cannot be combined"),
    ):
        assert said in cwtui("reframe", "1", *arguments, code=2).stderr
