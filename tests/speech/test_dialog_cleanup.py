"""The progress of a dialog cleanup whose words are compared."""

from __future__ import annotations

from engine.speech.dialog_cleanup import SharedProgress


def test_the_progress_of_chain_and_recognitions_is_one_that_never_decreases() -> None:
    shares: list[float] = []
    progress = SharedProgress(shares.append, 0.5)
    progress.cleaned(0.8)
    for _ in range(2):
        progress.hearing(0.5)
        progress.hearing(1.0)
        progress.heard()
    progress.cleaned(0.95)
    # A weaker chain is tried, and its words are recognised, too.
    progress.hearing(0.5)
    progress.heard()
    progress.cleaned(1.0)
    assert shares == sorted(shares)
    assert [round(share, 3) for share in shares[:3]] == [0.4, 0.525, 0.65]
    assert shares[-2] < shares[-1] == 1


def test_without_recognitions_the_progress_is_that_of_the_chain() -> None:
    shares: list[float] = []
    progress = SharedProgress(shares.append, 0.0)
    for share in (0.0, 0.4, 1.0):
        progress.cleaned(share)
    assert shares == [0.0, 0.4, 1.0]
