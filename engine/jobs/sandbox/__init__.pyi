"""The sandbox of job processes: limits on writing, network access, memory and processor time."""

from .policy import SandboxPolicy, confine
from .self_test import SandboxFinding, run_self_test
from .violations import limit_exceeded, violation

__all__ = ["SandboxFinding", "SandboxPolicy", "confine", "limit_exceeded", "run_self_test", "violation"]
