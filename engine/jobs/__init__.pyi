"""Work that outlives whoever asked for it: kinds of job, the queue's two sides, the studio process, the walls."""

from .desk import Desk, outcome
from .kind import GIB, JobContext, Kind, Needs, Step, Watched, choices_of
from .places import last_lines, log_of
from .power import keeps_awake
from .presence import Presence, dismiss, look, taken
from .sandbox import examine

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
    "examine",
    "keeps_awake",
    "last_lines",
    "log_of",
    "look",
    "outcome",
    "taken",
]
