"""Checks of finished files: one function a check, registered with a stable id."""

from .captions import check_no_words
from .finished import Finished, MovieSource
from .privacy import kept_tags
from .registry import KINDS, CheckRule, Kind, check_rules, find_rule, run_checks
from .sound import speech_seconds

__all__ = [
    "KINDS",
    "CheckRule",
    "Finished",
    "Kind",
    "MovieSource",
    "check_no_words",
    "check_rules",
    "find_rule",
    "kept_tags",
    "run_checks",
    "speech_seconds",
]
