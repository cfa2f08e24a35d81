"""Selects the jobs to start within the resources of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from engine.catalog import Job

# The share for jobs; the rest is for the system, the console and other programs.
_MEMORY_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Scheduler:
    """The resources for jobs: cores, memory in bytes, and GPUs."""

    cpu: int
    memory: int
    gpu: int = 1

    @classmethod
    def for_this_machine(cls) -> Scheduler:
        """A scheduler with the cores and 75 % of the memory of this machine."""
        # The first screen of the console needs this module, and not the machine's memory.
        import psutil

        return cls(os.cpu_count() or 1, int(psutil.virtual_memory().total * _MEMORY_SHARE))

    def select(self, ready: Iterable[Job], running: Iterable[Job]) -> list[Job]:
        """The jobs to start, in the order of `ready`.

        A job that does not fit reserves the resources it lacks, so that smaller jobs behind it do not starve it. A job
        larger than the machine starts when no other job runs. A job without cores uses only what is free: it reserves
        nothing and takes nothing from other jobs.
        """
        running = list(running)
        beside = [job for job in running if job.cpu]
        free = {
            "cpu": self.cpu - sum(job.cpu for job in beside),
            "memory": self.memory - sum(job.memory for job in beside),
            "gpu": self.gpu - sum(job.gpu for job in beside),
        }
        taken = {job.mutex for job in running if job.mutex}
        chosen: list[Job] = []
        for job in ready:
            if job.mutex in taken:
                continue
            wants = {"cpu": job.cpu, "memory": job.memory, "gpu": int(job.gpu)}
            lacking = [name for name, amount in wants.items() if amount > free[name]]
            if lacking and (beside or any(other.cpu for other in chosen)):
                for name in lacking if job.cpu else ():
                    free[name] = min(0, free[name])
                continue
            chosen.append(job)
            for name, amount in wants.items() if job.cpu else ():
                free[name] -= amount
            if job.mutex:
                taken.add(job.mutex)
        return chosen
