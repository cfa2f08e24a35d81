"""`exit_process` ends a process as `sys.exit` does, without freeing its objects."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_SCRIPT = """
import atexit, threading
from engine.process_exit import exit_process
class Kept:
    def __del__(self):
        print("freed")
kept = Kept()
atexit.register(print, "exit handler")
{thread}
print("output")
exit_process(3)
"""
_WAITS_FOR_MAIN = """
def run():
    threading.main_thread().join()
    print("thread")
threading.Thread(target=run).start()
"""
_NEVER_ENDS = "threading.Thread(target=threading.Event().wait, daemon=True).start()"


@pytest.mark.parametrize(
    ("thread", "output"),
    [
        ("", ["output", "exit handler"]),
        (_WAITS_FOR_MAIN, ["output", "thread", "exit handler", "freed"]),
        (_NEVER_ENDS, ["output"]),
    ],
    ids=["one thread", "a thread", "a daemon thread"],
)
def test_output_is_written_and_threads_are_waited_for(thread: str, output: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-c", _SCRIPT.format(thread=thread)], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout.splitlines(), result.stderr) == (3, output, "")


def test_the_module_of_the_fork_server_leaves_other_processes_alone() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    script = "import engine.jobs.fork_server, gc, sys; print(gc.isenabled()); sys.exit(3)"
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert (process.returncode, process.stdout) == (3, "True\n")
