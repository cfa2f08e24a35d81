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
    generator = np.random.default_rng(seed)
    people = generator.standard_normal((len(counts), 192))
    people /= np.linalg.norm(people, axis=1, keepdims=True)
    labels = generator.permutation(np.repeat(np.arange(len(counts)), counts))
    embeddings = people[labels] + spread * generator.standard_normal((len(labels), 192)) / np.sqrt(192)
    return (embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)).astype(np.float32), labels


@settings(max_examples=30)
@given(st.lists(st.integers(5, 30), min_size=1, max_size=8), st.integers(0, 1000))
def test_each_person_is_one_speaker(counts: list[int], seed: int) -> None:
    embeddings, labels = voices(counts, seed=seed)
    means = speakers_of(embeddings, np.full(len(embeddings), 2.0), ClusterThresholds())
    assert len(means) == len(counts)
    nearest = np.argmax(embeddings @ means.T, axis=1)
    assert all(len(set(nearest[labels == person])) == 1 for person in range(len(counts)))


def test_a_person_with_little_speech_is_not_a_speaker() -> None:
    embeddings, labels = voices([20, 20, 1])
    assert len(speakers_of(embeddings, np.full(len(embeddings), 1.0), ClusterThresholds())) == 2
    assert len(speakers_of(embeddings, np.where(labels == 2, 5.0, 1.0), ClusterThresholds())) == 3


def test_a_very_short_recording_has_one_speaker() -> None:
    embeddings, _ = voices([1])
    assert len(speakers_of(embeddings, np.full(1, 0.4), ClusterThresholds())) == 1


@pytest.mark.parametrize("requested", [1, 2, 3, 4, 6])
def test_a_requested_number_of_speakers_is_used(requested: int) -> None:
    embeddings, _ = voices([12, 15, 10, 9], spread=0.9)
    assert len(speakers_of(embeddings, np.full(len(embeddings), 1.0), ClusterThresholds(), requested)) == requested


def test_no_utterances_have_no_speakers() -> None:
    assert len(speakers_of(np.zeros((0, 192), np.float32), np.zeros(0), ClusterThresholds())) == 0


def test_clustering_in_parts_finds_the_same_speakers(monkeypatch: pytest.MonkeyPatch) -> None:
    embeddings, labels = voices([300, 200, 100], seed=4)
    monkeypatch.setattr(clustering, "_AT_ONCE", 128)
    means = speakers_of(embeddings, np.full(len(embeddings), 1.0), ClusterThresholds())
    assert len(means) == 3
    nearest = np.argmax(embeddings @ means.T, axis=1)
    assert all(len(set(nearest[labels == person])) == 1 for person in range(3))
