"""The job system: job kinds, queue client, studio process, worker pool and sandbox."""

from .client import JobClient, job_result
from .kind import (
    GIB,
    JobContext,
    JobKind,
    JobRequest,
    ProgressSink,
    RemoteInput,
    RemoteWork,
    ResourceNeeds,
    Workload,
    content_id,
    gate_choices,
)
from .paths import job_folder, log_path, tail
from .presence import Presence, find_studio_process, stop_studio_process, studio_in_use
from .requester import requester
from .sandbox import run_self_test
from .scheduler import Scheduler
from .sleep import SleepInhibitor, can_inhibit_sleep
from .time_left import QueueTime, job_seconds_left, queue_time

__all__ = [
    "GIB",
    "JobClient",
    "JobContext",
    "JobKind",
    "JobRequest",
    "Presence",
    "ProgressSink",
    "QueueTime",
    "RemoteInput",
    "RemoteWork",
    "ResourceNeeds",
    "Scheduler",
    "SleepInhibitor",
    "Workload",
    "can_inhibit_sleep",
    "content_id",
    "find_studio_process",
    "gate_choices",
    "job_folder",
    "job_result",
    "job_seconds_left",
    "log_path",
    "queue_time",
    "requester",
    "run_self_test",
    "stop_studio_process",
    "studio_in_use",
    "tail",
]
