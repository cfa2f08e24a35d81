"""Voices are clustered into the right number of speakers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.speech.diarize import clustering
from engine.speech.diarize.clustering import ClusterThresholds, speakers_of


def voices(counts: list[int], spread: float = 0.35, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Shuffled utterances, `counts` per person: (n, 192) unit vectors, and the person of each."""
    chance = np.random.default_rng(seed)
    people = chance.standard_normal((len(counts), 192))
    people /= np.linalg.norm(people, axis=1, keepdims=True)
    whose = chance.permutation(np.repeat(np.arange(len(counts)), counts))
    heard = people[whose] + spread * chance.standard_normal((len(whose), 192)) / np.sqrt(192)
    return (heard / np.linalg.norm(heard, axis=1, keepdims=True)).astype(np.float32), whose


@settings(max_examples=30)
@given(st.lists(st.integers(5, 30), min_size=1, max_size=8), st.integers(0, 1000))
def test_each_person_is_one_speaker(counts: list[int], seed: int) -> None:
    heard, whose = voices(counts, seed=seed)
    means = speakers_of(heard, np.full(len(heard), 2.0), ClusterThresholds())
    assert len(means) == len(counts)
    nearest = np.argmax(heard @ means.T, axis=1)
    assert all(len(set(nearest[whose == person])) == 1 for person in range(len(counts)))


def test_who_hardly_speaks_is_no_speaker() -> None:
    heard, whose = voices([20, 20, 1])
    assert len(speakers_of(heard, np.full(len(heard), 1.0), ClusterThresholds())) == 2
    assert len(speakers_of(heard, np.where(whose == 2, 5.0, 1.0), ClusterThresholds())) == 3


def test_in_a_recording_too_short_to_be_believed_there_is_somebody() -> None:
    heard, _ = voices([1])
    assert len(speakers_of(heard, np.full(1, 0.4), ClusterThresholds())) == 1


@pytest.mark.parametrize("asked", [1, 2, 3, 4, 6])
def test_so_many_as_are_asked_for(asked: int) -> None:
    heard, _ = voices([12, 15, 10, 9], spread=0.9)
    assert len(speakers_of(heard, np.full(len(heard), 1.0), ClusterThresholds(), asked)) == asked


def test_nobody() -> None:
    assert len(speakers_of(np.zeros((0, 192), np.float32), np.zeros(0), ClusterThresholds())) == 0


def test_what_is_gathered_in_parts_is_the_same_people(monkeypatch: pytest.MonkeyPatch) -> None:
    heard, whose = voices([300, 200, 100], seed=4)
    monkeypatch.setattr(clustering, "_AT_ONCE", 128)
    means = speakers_of(heard, np.full(len(heard), 1.0), ClusterThresholds())
    assert len(means) == 3
    nearest = np.argmax(heard @ means.T, axis=1)
    assert all(len(set(nearest[whose == person])) == 1 for person in range(3))
