"""Work that outlives whoever asked for it: kinds of job, the queue's two sides, the studio process, the walls."""

from .client import Desk, outcome
from .kind import GIB, JobContext, Kind, Needs, Step, Watched, choices_of
from .paths import last_lines, log_of
from .presence import Presence, dismiss, look, taken
from .sandbox import examine
from .sleep import keeps_awake

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
