"""Work with a memory: kinds of job, and the runner that brings them to an end."""

from engine.jobs.kind import JobContext, Kind
from engine.jobs.runner import InProcessRunner, Runner

__all__ = ["InProcessRunner", "JobContext", "Kind", "Runner"]
