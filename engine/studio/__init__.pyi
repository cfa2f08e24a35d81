"""A studio folder with its catalog and its jobs: the one place where the packages are put together."""

from .delivery import Outcome, Request, ask, deliver_all, deliver_plans, plan, plan_answered
from .playback import showing
from .studio import WORKSHOP, Studio, names_a_file, seconds

__all__ = [
    "WORKSHOP",
    "Outcome",
    "Request",
    "Studio",
    "ask",
    "deliver_all",
    "deliver_plans",
    "names_a_file",
    "plan",
    "plan_answered",
    "seconds",
    "showing",
]
