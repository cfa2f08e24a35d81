"""The place in a script is found by the words heard last, although some are misheard, missing or added."""

from __future__ import annotations

import pytest

from engine.speech import ScriptFollower

SCRIPT = (
    "Right, so this is the harbour at six in the morning, and the water is completely flat.\n\n"
    "You can hear everything: the gulls, the ropes on the masts, and a radio two boats down. "
    "The light only lasts a few minutes. You can hear everything."
)


def after(words: str, script: str = SCRIPT) -> int:
    return script.index(words) + len(words)


@pytest.mark.parametrize(
    ("heard", "offset", "place"),
    [
        ("so this is the harbour", 0, after("the harbour")),
        ("this is the harbor at sex in the mourning", 0, after("in the morning")),
        ("and the water completely uh flat", 30, after("flat")),
        ("you can hear everything", 80, after("You can hear everything")),
        ("you can hear everything", 190, len(SCRIPT) - 1),
        ("the weather tomorrow will be fine", 0, None),
        ("", 0, None),
    ],
)
def test_the_place_is_after_the_last_word_that_was_heard(heard: str, offset: int, place: int | None) -> None:
    assert ScriptFollower(SCRIPT).find(heard.split(), offset) == place
