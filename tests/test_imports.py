"""Several threads, as in the console, may import the engine at once. Each gets complete modules."""

from __future__ import annotations

import subprocess
import sys

# Threads switch as often as possible, so that imports overlap.
SCRIPT = """
import importlib, pkgutil, sys, threading
sys.setswitchinterval(1e-6)
together, failed = threading.Barrier(3), []

def load(package):
    together.wait()
    try:
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__, package + "."):
            if not module.name.endswith(("__main__", "backend_mlx")):
                importlib.import_module(module.name)
    except Exception as error:
        failed.append(f"{package}: {type(error).__name__}: {error}")

threads = [threading.Thread(target=load, args=[package]) for package in sys.argv[1:]]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(failed)
"""


def test_three_threads_can_import_packages_at_once() -> None:
    for packages in (
        ["engine.sound", "engine.picture", "engine.ingest"],
        ["engine.deliver", "engine.speech", "engine.jobs"],
    ):
        result = subprocess.run([sys.executable, "-c", SCRIPT, *packages], capture_output=True, text=True, check=True)
        assert result.stdout.strip() == "[]"
