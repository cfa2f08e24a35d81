"""Walls around a job's process: where it may write, whether it may speak to the network, how much it may use."""

from .policy import SandboxPolicy, confine
from .self_test import SandboxFinding, run_self_test
from .violations import limit_exceeded, violation

__all__ = ["SandboxFinding", "SandboxPolicy", "confine", "limit_exceeded", "run_self_test", "violation"]
