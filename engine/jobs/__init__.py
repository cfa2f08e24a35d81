"""Work that outlives whoever asked for it: kinds of job, the queue's two sides, the studio process, the walls."""

from engine.jobs.desk import Desk, outcome
from engine.jobs.kind import GIB, JobContext, Kind, Needs, Step, Watched, choices_of
from engine.jobs.places import last_lines, log_of
from engine.jobs.power import keeps_awake
from engine.jobs.presence import Presence, dismiss, look, taken
from engine.jobs.sandbox import examine as examine_walls

__all__ = [
    "GIB",
    "Desk",
    "JobContext",
    "Kind",
    "Needs",
    "Presence",
    "Step",
    "Watched",
    "choices_of",
    "dismiss",
    "examine_walls",
    "keeps_awake",
    "last_lines",
    "log_of",
    "look",
    "outcome",
    "taken",
]
