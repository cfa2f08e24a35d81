"""The kinds of work a studio does, each addressed by everything its outcome depends on."""

from engine.work.arriving import failure
from engine.work.cleaning import Cleaning, clean_file, cleaned
from engine.work.listening import hear
from engine.work.work import Work

__all__ = ["Cleaning", "Work", "clean_file", "cleaned", "failure", "hear"]
