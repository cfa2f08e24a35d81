"""Voices are clustered into the right number of speakers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from engine.speech.diarize import clustering
from engine.speech.diarize.bayesian_hmm import HmmScales
from engine.speech.diarize.clustering import ClusterThresholds
from engine.speech.diarize.evidence import Evidence, certainty
from engine.speech.diarize.pyannet import FRAMES
from engine.speech.diarize.speakers import Speakers, find_speakers
from engine.speech.diarize.stretches import Piece


def voices(counts: list[int], spread: float = 0.35, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Shuffled utterances, `counts` per person: (n, 192) unit vectors, and the person of each."""
    generator = np.random.default_rng(seed)
    people = generator.standard_normal((len(counts), 192))
    people /= np.linalg.norm(people, axis=1, keepdims=True)
    labels = generator.permutation(np.repeat(np.arange(len(counts)), counts))
    embeddings = people[labels] + spread * generator.standard_normal((len(labels), 192)) / np.sqrt(192)
    return (embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)).astype(np.float32), labels


def speakers(embeddings: np.ndarray, seconds: np.ndarray, count: int | None = None) -> Speakers:
    """Each embedding is a stretch of its own."""
    pieces = [Piece(np.arange(round(length * FRAMES)), number, number) for number, length in enumerate(seconds)]
    evidence = Evidence(embeddings, tuple(range(len(pieces))), seconds, seconds)
    return find_speakers(pieces, evidence, ClusterThresholds(), HmmScales(), count)


def belongs(found: Speakers) -> np.ndarray:
    return np.asarray(found.share.argmax(axis=1))


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(5, 20), min_size=1, max_size=8), st.integers(0, 1000))
def test_each_person_is_one_speaker(counts: list[int], seed: int) -> None:
    embeddings, labels = voices(counts, seed=seed)
    found = speakers(embeddings, np.full(len(embeddings), 2.0))
    assert len(found.means) == len(counts)
    assert all(len(set(belongs(found)[labels == person])) == 1 for person in range(len(counts)))
    assert found.share.sum(axis=1) == pytest.approx(1)
    assert found.seconds.sum() == pytest.approx(2 * len(embeddings))


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 5), st.integers(0, 1000))
def test_short_turns_are_evidence_too(people: int, seed: int) -> None:
    """Embeddings of half a second to two seconds scatter as their certainty says."""
    generator = np.random.default_rng(seed)
    seconds = generator.uniform(0.5, 2, 20 * people)
    sure = certainty(seconds)[:, None]
    exact, labels = voices([20] * people, spread=0, seed=seed)
    noise = generator.standard_normal(exact.shape)
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    embeddings = sure * exact + np.sqrt(1 - sure**2) * noise
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    found = speakers(embeddings.astype(np.float32), seconds)
    assert len(found.means) == people
    right = sum(np.bincount(belongs(found)[labels == person]).max() for person in range(people))
    assert right >= 0.97 * len(labels)


def test_a_person_with_little_speech_is_not_a_speaker() -> None:
    embeddings, labels = voices([20, 20, 1])
    found = speakers(embeddings, np.full(len(embeddings), 1.0))
    assert len(found.means) == 2
    assert found.share.sum(axis=1) == pytest.approx(1)
    assert len(speakers(embeddings, np.where(labels == 2, 5.0, 1.0)).means) == 3


def test_a_very_short_recording_has_one_speaker() -> None:
    embeddings, _ = voices([1])
    assert len(speakers(embeddings, np.full(1, 0.4)).means) == 1


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    st.lists(st.integers(2, 9), min_size=1, max_size=4),
    st.floats(0, 2),
    st.integers(1, 8),
    st.integers(0, 1000),
)
@example(counts=[3], spread=0.0, requested=2, seed=0)
def test_a_requested_number_of_speakers_is_used(counts: list[int], spread: float, requested: int, seed: int) -> None:
    embeddings, _ = voices(counts, spread=spread, seed=seed)
    found = speakers(embeddings, np.full(len(embeddings), 1.0), requested)
    # More speakers than stretches are impossible.
    assert len(found.means) == min(requested, len(embeddings))
    assert set(belongs(found)) == set(range(len(found.means)))


def test_no_utterances_have_no_speakers() -> None:
    assert len(speakers(np.zeros((0, 192), np.float32), np.zeros(0)).means) == 0


def test_clustering_in_parts_finds_the_same_speakers(monkeypatch: pytest.MonkeyPatch) -> None:
    embeddings, labels = voices([300, 200, 100], seed=4)
    monkeypatch.setattr(clustering, "_AT_ONCE", 128)
    found = speakers(embeddings, np.full(len(embeddings), 1.0))
    assert len(found.means) == 3
    assert all(len(set(belongs(found)[labels == person])) == 1 for person in range(3))
