"""Names and texts that look like others."""

from __future__ import annotations

import pytest

from engine.errors import RequestError
from engine.market.homographs import refuse_homographs, skeleton

from .packages import look_package


@pytest.mark.parametrize(
    "text",
    ["Dusk", "Café — soirée", "Сумерки", "Μπλε ώρα", "青い時間 hour", "Été 2", "שעה כחולה", "땅거미", "Naïve ×2"],
)
def test_texts_of_one_script_a_word_are_texts(text: str) -> None:
    refuse_homographs("title", text)


@pytest.mark.parametrize(
    "text", ["Dus\u043a", "\u0410da Dusk", "C\u0441lean", "bl\u03c5e hour", "P\u0430yPal \u2014 free"]
)
def test_words_that_mix_scripts_are_refused(text: str) -> None:
    with pytest.raises(RequestError, match="title has the word"):
        look_package(title=text)


def test_names_that_look_alike_have_one_skeleton() -> None:
    assert {skeleton(name) for name in ("lola", "l0la", "1ola", "iola")} == {skeleton("lola")}
    assert skeleton("morning") == skeleton("moming")
    assert skeleton("ada") != skeleton("eda")
