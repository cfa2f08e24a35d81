"""Walls around a job's process: where it may write, whether it may speak to the network, how much it may use."""

from .examine import Finding, examine
from .refusals import ended, refused
from .walls import Walls, confine

__all__ = ["Finding", "Walls", "confine", "ended", "examine", "refused"]
