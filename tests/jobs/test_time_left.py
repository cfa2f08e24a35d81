"""The expected end of a running job: from the measured speed first, then from its own rate, without jumps."""

from __future__ import annotations

from engine.jobs.time_left import EndEstimate


def test_without_a_measured_speed_only_the_rate_counts() -> None:
    estimate = EndEstimate(0)
    assert estimate.update(0.5, 0.01, 40) is None
    assert estimate.update(2, 0.05, 38) == 40


def test_the_measured_speed_counts_first_and_the_rate_later() -> None:
    estimate = EndEstimate(0, whole=100)
    assert estimate.update(0, None, None) == 100
    # At 15 % of the work, the rate of the attempt (200 s in all) counts for a half.
    end = 0.0
    for second in range(20, 60):
        end = estimate.update(second, 0.15, 170) or 0
    assert 100 < end < 60 + 0.5 * 170 + 0.5 * 85
    assert abs((EndEstimate(0, 100).update(30, 0.3, 70) or 0) - 100) < 0.1


def test_small_differences_do_not_move_the_end() -> None:
    estimate = EndEstimate(0, whole=100)
    ends = {estimate.update(second, second / 100, 98 - second) for second in (10, 20, 30)}
    assert len(ends) == 1


def test_a_job_without_progress_that_takes_longer_is_given_more_time() -> None:
    estimate = EndEstimate(0, whole=10)
    assert estimate.update(5, None, None) == 10
    ends = [estimate.update(second, None, None) or 0 for second in range(9, 40)]
    assert ends == sorted(ends)
    assert ends[-1] > 39
