"""What this machine has to give, and what may run beside what is running."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from engine.catalog import Job

# The rest is for the system, the console and whoever else is at the desk.
_MEMORY_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Scheduler:
    """Cores, memory in bytes, and one GPU."""

    cpu: int
    memory: int
    gpu: int = 1

    @classmethod
    def for_this_machine(cls) -> Scheduler:
        """This one."""
        return cls(os.cpu_count() or 1, int(psutil.virtual_memory().total * _MEMORY_SHARE))

    def select(self, ready: Iterable[Job], running: Iterable[Job]) -> list[Job]:
        """Which of the ready jobs to start, the most pressing first.

        A job that does not fit keeps what it lacks for itself, so that smaller ones behind it do not
        starve it; one that is larger than the machine runs when nothing else does. A job that takes no core runs in
        what the others leave: nothing is kept for it, and nothing waits for it.
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
