"""Checks of finished files: one function a check, registered with a stable id."""

from .captions import check_no_words
from .credits import CREDITS_TAG, movie_credits
from .finished import Finished, MovieSource
from .ids import check_ids
from .kinds import KINDS, Kind
from .platform import platform_verdict
from .privacy import kept_tags
from .registry import CheckRule, check_rules, find_rule, run_checks
from .sound import speech_seconds
from .written_frames import WrittenFrames

__all__ = [
    "CREDITS_TAG",
    "KINDS",
    "CheckRule",
    "Finished",
    "Kind",
    "MovieSource",
    "WrittenFrames",
    "check_ids",
    "check_no_words",
    "check_rules",
    "find_rule",
    "kept_tags",
    "movie_credits",
    "platform_verdict",
    "run_checks",
    "speech_seconds",
]
