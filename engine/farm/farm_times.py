"""How long a studio waits for the machines of its farm."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FarmTimes:
    """What a pool waits for, in seconds.

    `claim`: an offered lease that no machine has claimed goes to another one. `silent`: a machine that does not report
    gets no job; its heartbeats come every two seconds. `stuck`: a job whose progress does not change for so long runs
    elsewhere, although its machine reports. `grace`: after a start, and after the sleep of this machine, the others
    need time to report.
    """

    claim: float = 30.0
    silent: float = 10.0
    stuck: float = 900.0
    grace: float = 30.0
