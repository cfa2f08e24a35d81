"""The kinds of work a studio does, each addressed by everything its outcome depends on."""

from engine.work.arriving import failure
from engine.work.listening import hear
from engine.work.work import Work

__all__ = ["Work", "failure", "hear"]
