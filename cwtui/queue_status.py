"""Describes in words what each open job waits for, and the time that the jobs and the queue still take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from cwtui.formatting import format_duration, plural
from cwtui.job_status import take_label
from engine.catalog import Job, JobState
from engine.jobs import QueueTime, Scheduler, gate_choices, job_seconds_left, queue_time
from engine.units import format_bytes

# The result of a job, by its kind.
_PRODUCTS = {
    "ingest": "ingest",
    "offload": "offload",
    "usb": "import from USB",
    "watch": "watched folder",
    "phone": "footage from phones",
    "probe": "frame times",
    "condition": "check",
    "levels": "loudness",
    "draft": "draft proxy",
    "proxy": "proxy",
    "transcribe": "words",
    "diarize": "speakers",
    "transcript": "transcript",
    "translation": "translation",
    "caption": "captions",
    "clean": "cleaned dialog",
    "audition": "audition",
    "master": "sound",
    "deliver": "delivery",
    "cut-captions": "captions",
    "cut-sound": "sound",
    "cut-deliver": "film",
    "render": "frames",
}
_QUESTIONS = {"damaged": "damaged stretch", "speed": "real speed or slow motion"}


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """The seconds that running and queued jobs still take, None where unknown, and what open jobs wait for, by id."""

    left: Mapping[str, float | None] = field(default_factory=dict)
    waits: Mapping[str, str] = field(default_factory=dict)
    total: QueueTime = field(default_factory=QueueTime)


@cache
def this_machine() -> Scheduler:
    """The resources of this machine."""
    return Scheduler.for_this_machine()


def queue_status(
    jobs: Sequence[Job],
    speeds: Mapping[tuple[str, str], float],
    now: datetime,
    attended: bool,
    scheduler: Scheduler | None = None,
) -> QueueStatus:
    """The status of the open jobs among `jobs`. `attended`: a studio process runs. The default is this machine."""
    scheduler = scheduler or this_machine()
    by_id = {job.id: job for job in jobs}
    left = {job.id: job_seconds_left(job, speeds, now) for job in jobs if job.state.open}
    running = [job for job in jobs if job.state is JobState.RUNNING]
    waits = {}
    for job in jobs:
        if job.state is JobState.BLOCKED:
            waits[job.id] = f"waits for your answer: {question_of(job)}"
        elif job.state is JobState.QUEUED:
            waits[job.id] = _wait_of(job, by_id, running, now, attended, scheduler)
    return QueueStatus(left, waits, queue_time(jobs, left, scheduler))


def question_of(job: Job) -> str:
    """The question of a blocked job in a few words."""
    choices = gate_choices(job)
    if choices:
        return _QUESTIONS.get(choices[0].option, choices[0].option)
    message = job.error["message"] if job.error else ""
    return "input transform" if "input transform" in message else message or "see its error"


def product_of(job: Job) -> str:
    """The result of a job in words: “the proxy of 004”; its title for a job without a take."""
    label = take_label(job)
    number = label.partition("-")[0]
    of = number if number.isdigit() else label
    return f"the {_PRODUCTS[job.kind]} of {of}" if job.kind in _PRODUCTS else f"“{job.title}”"


def product_name(kind: str) -> str:
    """The result of jobs of a kind: “proxy”, “speakers”; the kind itself where that says it."""
    return _PRODUCTS.get(kind, kind)


def _wait_of(
    job: Job, by_id: Mapping[str, Job], running: Sequence[Job], now: datetime, attended: bool, scheduler: Scheduler
) -> str:
    if job.not_before and job.not_before > now:
        wait = format_duration((job.not_before - now).total_seconds())
        return f"failed {plural(job.retries, 'time')}; tries again in {wait}"
    before = [one for need in job.needs if (one := by_id.get(need)) and one.state is not JobState.DONE]
    if before:
        asking = next((one for one in before if one.state is JobState.BLOCKED), None)
        if asking:
            return f"waits for your answer about {product_of(asking)}: {question_of(asking)}"
        going = next((one for one in before if one.state is JobState.RUNNING), before[0])
        more = f" and {len(before) - 1} more" if len(before) > 1 else ""
        return f"waits for {product_of(going)}{more}"
    if not attended:
        return "waits for the studio process"
    return _resource_wait(job, running, scheduler)


def _resource_wait(job: Job, running: Sequence[Job], scheduler: Scheduler) -> str:
    """The resource that a ready job lacks: a name that another job has, the encoder, cores or memory."""
    if job.mutex and (other := next((one for one in running if one.mutex == job.mutex), None)):
        return f"waits for {product_of(other)} (same files)"
    beside = [one for one in running if one.cpu]
    encoders, cores = sum(one.gpu for one in beside), sum(one.cpu for one in beside)
    memory = sum(one.memory for one in beside)
    if job.gpu and encoders >= scheduler.gpu:
        return "waits for a free encoder"
    if beside and cores + job.cpu > scheduler.cpu:
        return "waits for a free processor core"
    if beside and memory + job.memory > scheduler.memory:
        return f"waits for free memory ({format_bytes(memory)} of {format_bytes(scheduler.memory)} in use)"
    return "waits for its turn" if running else "starts soon"
