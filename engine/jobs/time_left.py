"""Estimates the time that jobs and the queue still take, from the measured speed of this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from math import exp

from engine.catalog import Job, JobState, work_amount
from engine.jobs.scheduler import Scheduler

# From this share of the work on, the rate of the running attempt alone counts.
_TRUST_RATE_AT = 0.3
# Differences that an estimate ignores, so that the time left does not jump: relative, and in seconds.
_TOLERANCE, _TOLERANCE_S = 0.12, 1.5
# A larger difference is followed within about so many seconds.
_FOLLOW_S = 4.0
# A job that takes longer than it ever did takes this share of its time longer.
_OVERTIME = 0.2
# The first second of an attempt says nothing about its rate.
_MIN_RATE_S = 1.0


@dataclass(slots=True)
class EndEstimate:
    """The expected end of a running attempt. `whole` is the time of the whole job by the measured speed, in seconds.

    Times are seconds of one clock.
    """

    started_at: float
    whole: float | None = None
    end: float | None = None
    _updated_at: float = 0.0

    def update(self, now: float, share: float | None, rate_left: float | None) -> float | None:
        """The expected end, from the share of the work that is done and the time left at the rate of this attempt.

        The share is None if the job reports none. It returns None while neither speed nor rate is known.
        """
        left = self._seconds_left(now, share, rate_left)
        if left is None:
            return self.end
        if self.end is None:
            self.end = now + left
        else:
            before, since = self.end - now, now - self._updated_at
            if abs(left - before) > max(_TOLERANCE_S, _TOLERANCE * max(before, left)):
                self.end += (left - before) * (1 - exp(-since / _FOLLOW_S))
        self._updated_at = now
        return self.end

    def _seconds_left(self, now: float, share: float | None, rate_left: float | None) -> float | None:
        gone = now - self.started_at
        if gone < _MIN_RATE_S:
            rate_left = None
        if self.whole is None:
            return rate_left
        if share is None:
            return self.whole - gone if gone < self.whole else max(_OVERTIME * gone, 1.0)
        expected = self.whole * (1 - share)
        if rate_left is None:
            return expected
        trust = min(1.0, share / _TRUST_RATE_AT)
        return trust * rate_left + (1 - trust) * expected


@dataclass(frozen=True, slots=True)
class QueueTime:
    """The time until the queue is empty, in seconds. `complete` is false if it does not include all its jobs.

    `pending` is false if no job will end by itself: there are none, or only services.
    """

    seconds: float = 0.0
    complete: bool = True
    pending: bool = True


def job_seconds_left(job: Job, speeds: Mapping[tuple[str, str], float], now: datetime) -> float | None:
    """The time that a running or queued job still takes, in seconds, without its wait; None if unknown."""
    if job.state is JobState.RUNNING and job.expected_at:
        return max(0.0, (job.expected_at - now).total_seconds())
    amount, rate = work_amount(job), speeds.get((job.kind, job.speed_class))
    if not amount or not rate:
        return None
    gone = (now - job.started_at).total_seconds() if job.state is JobState.RUNNING and job.started_at else 0.0
    return max(amount / rate - gone, 0.0)


def queue_time(jobs: Sequence[Job], left: Mapping[str, float | None], scheduler: Scheduler) -> QueueTime:
    """The time until all running and queued jobs are done, but services and those that wait for an answer of the user.

    `left` is the time of each job. The result is a lower bound: the longest chain of jobs, or the work of all of them
    on all cores, or that of the encoder.
    """
    by_id = {job.id: job for job in jobs}

    @cache
    def chain(job_id: str) -> float | None:
        """The time until a job is done; None if it waits for the user."""
        job = by_id.get(job_id)
        if job is None or not (job.state.open or job.state is JobState.BLOCKED):
            return 0.0
        before = [chain(need) for need in job.needs]
        if job.state is JobState.BLOCKED or None in before:
            return None
        return max((one or 0.0 for one in before), default=0.0) + (left.get(job_id) or 0.0)

    going = [job for job in jobs if job.state.open and not job.is_service and chain(job.id) is not None]
    cores = sum(min(job.cpu, scheduler.cpu) * (left.get(job.id) or 0.0) for job in going) / scheduler.cpu
    encoder = sum(left.get(job.id) or 0.0 for job in going if job.gpu) / scheduler.gpu
    longest = max((chain(job.id) or 0.0 for job in going), default=0.0)
    complete = all(left.get(job.id) is not None for job in going)
    return QueueTime(max(cores, encoder, longest), complete, bool(going))
