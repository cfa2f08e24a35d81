"""Words that cleaning changes are compared by the model's confidence in each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.sound.dialog.word_losses import HeardWord, compare_words, least_share


def heard(text: str, probability: float = 0.9) -> list[HeardWord]:
    return [HeardWord(word, number / 2, number / 2 + 0.4, probability) for number, word in enumerate(text.split())]


def test_a_word_put_right_is_no_loss() -> None:
    compared = compare_words(
        heard("the harbour") + heard("woe", 0.3) + heard("at noon"), heard("the harbour wall at noon")
    )
    assert compared.losses == ()
    assert compared.restored > 0.5
    assert compared.agreement == 0.8


def test_a_sure_word_that_becomes_unsure_is_lost_at_its_time() -> None:
    (loss,) = compare_words(heard("the harbour wall"), heard("the harbour") + heard("woe", 0.2)).losses
    assert (loss.text, loss.start, loss.end) == ("wall", 1.0, 1.4)
    assert 0.6 < loss.expected < 0.8


def test_missing_words_are_lost_by_their_confidence() -> None:
    assert compare_words(heard("one two three", 0.9), []).lost > 2.6
    assert compare_words(heard("one two three", 0.2), []).lost < 0.7
    assert compare_words([], heard("one two three")).lost == 0


def test_words_that_are_divided_differently_are_equal() -> None:
    compared = compare_words(heard("sea shells are here"), heard("seashells are here"))
    assert compared.losses == ()
    assert compared.restored == 0


words = st.lists(
    st.builds(
        HeardWord,
        st.sampled_from("abcde"),
        st.just(0.0),
        st.just(1.0),
        st.floats(0, 1, allow_nan=False),
    ),
    max_size=8,
)


@given(words, words)
def test_what_one_side_loses_the_other_restores(before: list[HeardWord], after: list[HeardWord]) -> None:
    there = compare_words(before, after)
    assert 0 <= there.agreement <= 1
    assert there.lost <= sum(word.probability for word in before) + 1e-9
    assert there.restored <= sum(word.probability for word in after) + 1e-9
    assert compare_words(before, before).losses == ()


@given(st.integers(1, 1000), st.integers(0, 1000))
def test_more_evidence_is_more_certain(total: int, count: int) -> None:
    count = min(count, total)
    assert 0 <= least_share(count, total) <= count / total + 1e-12
    assert least_share(10 * count, 10 * total) >= least_share(count, total) - 1e-12
