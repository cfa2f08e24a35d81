"""Walls around a job's process: where it may write, whether it may speak to the network, how much it may use."""

from engine.jobs.sandbox.examine import Finding, examine
from engine.jobs.sandbox.refusals import ended, refused
from engine.jobs.sandbox.walls import Walls, confine

__all__ = ["Finding", "Walls", "confine", "ended", "examine", "refused"]
