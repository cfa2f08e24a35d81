"""The self-test on this kernel, and on one without Landlock."""

from __future__ import annotations

import json
import subprocess
import sys

from engine.jobs.sandbox import run_self_test, seccomp

from .confined_process import LINUX

# A seccomp filter that simulates a kernel without Landlock: landlock_create_ruleset fails with ENOSYS.
OLDER_KERNEL = """
import dataclasses, errno, json, struct
from engine.jobs.sandbox import run_self_test, syscalls

steps = [(0x20, 0, 0, 0), (0x15, 0, 1, 444), (0x06, 0, 0, 0x50000 | errno.ENOSYS), (0x06, 0, 0, 0x7FFF0000)]
syscalls.drop_privileges()
syscalls.install_filter(b"".join(struct.pack("<HBBI", *step) for step in steps))
print(json.dumps([dataclasses.asdict(finding) for finding in run_self_test()]))
"""


@LINUX
def test_the_self_test_matches_the_features_of_the_kernel() -> None:
    from engine.jobs.sandbox import landlock  # imports only on Linux

    found = {finding.restriction: finding for finding in run_self_test()}
    assert list(found) == ["writing", "reading", "network", "memory", "cpu"]
    assert found["writing"].enforced == (landlock.abi() > 0)
    assert found["reading"].enforced == (landlock.abi() > 0)
    assert found["network"].enforced == seccomp.available()
    assert found["memory"].enforced
    assert found["cpu"].enforced
    assert all(finding.by for finding in found.values())
    assert all(finding.fix for finding in found.values() if not finding.enforced)


@LINUX
def test_missing_landlock_support_is_reported() -> None:
    output = subprocess.run([sys.executable, "-c", OLDER_KERNEL], capture_output=True, text=True, check=True)
    writing, reading, *others = json.loads(output.stdout)
    for files in (writing, reading):
        assert (files["enforced"], files["by"]) == (False, "this kernel has no Landlock")
        assert "lsm=" in files["fix"]
    assert all(other["enforced"] for other in others)
