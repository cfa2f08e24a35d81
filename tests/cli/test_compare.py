"""Two takes are compared by measures and words; the winner is kept, and the other becomes its retake."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..console.sample_studio import build
from .shell import Shell


@pytest.fixture
def sample(tmp_path: Path) -> tuple[str, str]:
    """The option of the sample studio."""
    build(tmp_path / "sample")
    return "--studio", str(tmp_path / "sample")


def test_a_comparison_has_measures_and_different_words(cwtui: Shell, sample: tuple[str, str]) -> None:
    shown = cwtui("compare", "3", "2", *sample).stdout
    assert "both  Right, so this is" in shown
    assert "003   the harbour, and if you look behind me" in shown
    assert "002   no. Again." in shown
    assert "−21.2 LUFS" in shown
    found = cwtui.json("compare", "3", "2", *sample)
    first, second = found["takes"]
    assert (first["take"], first["words"], first["condition"]["state"]) == ("003-IMG_0003", 18, "damaged")
    assert (second["duration"], second["loudness_lufs"]) == ([8, 1], -21.2)
    assert [(span["same"], *span["text"]) for span in found["words"]] == [
        (True, "Right, so this is", "Right, so this is"),
        (False, "the harbour, and if you look behind me you can see the old crane.", "no. Again."),
    ]
    assert found["edit"] is None
    # A take without a transcript is compared by its measures alone.
    without = cwtui.json("compare", "1", "7", *sample)
    assert (without["words"], without["takes"][1]["loudness_lufs"]) == (None, None)
    assert "cwtui prepare 7 makes the transcript" in cwtui("compare", "1", "7", *sample).stdout


def test_a_winner_is_picked_in_one_edit(cwtui: Shell, sample: tuple[str, str]) -> None:
    def undecided() -> list[int]:
        return [take["number"] for take in cwtui.json("takes", "--undecided", *sample)["takes"]]

    assert undecided() == [4, 5, 7]
    found = cwtui.json("compare", "4", "5", "--winner", "5", *sample)
    assert [take["review"]["verdict"] for take in found["takes"]] == ["retake", "keep"]
    assert undecided() == [7]
    assert "no change" in cwtui("compare", "4", "5", "--winner", "5", *sample).stdout
    cwtui("undo", *sample)
    assert undecided() == [4, 5, 7]
    assert "neither of the two" in cwtui("compare", "4", "5", "--winner", "6", *sample, code=2).stderr
    assert "with itself" in cwtui("compare", "4", "4", *sample, code=2).stderr
