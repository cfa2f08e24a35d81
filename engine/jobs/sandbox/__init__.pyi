"""Walls around a job's process: where it may write, whether it may speak to the network, how much it may use."""

from .policy import Walls, confine
from .self_test import Finding, examine
from .violations import ended, refused

__all__ = ["Finding", "Walls", "confine", "ended", "examine", "refused"]
