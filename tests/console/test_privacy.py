"""The console opens no network connection, and a running job with network access is shown on every screen."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cwtui.console.actions import LETTERS
from cwtui.console.widgets.status_lines import StatusBar
from engine.catalog import Catalog
from engine.jobs import JobKind, JobRequest, ResourceNeeds
from tests.jobs.sample_kinds import Ask

from .pilot import open_console, press, wait_until

# An audit hook cannot be removed: it records only while this is a list.
_recorded: list[tuple[str, Any]] | None = None


def _record(event: str, arguments: tuple[Any, ...]) -> None:
    if _recorded is not None and event in ("socket.__new__", "socket.getaddrinfo", "socket.connect", "socket.bind"):
        _recorded.append((event, arguments[1] if event == "socket.__new__" else getattr(arguments[0], "family", None)))


sys.addaudithook(_record)


@pytest.fixture
def sockets() -> Iterator[list[tuple[str, Any]]]:
    global _recorded
    _recorded = []
    yield _recorded
    _recorded = None


async def test_the_console_opens_only_unix_sockets(studio_folder: Path, sockets: list[tuple[str, Any]]) -> None:
    # The event loop's own socket is recorded, which proves that the hook works.
    assert ("socket.__new__", socket.AF_UNIX) in sockets
    async with open_console(studio_folder, recipe="captions") as (app, pilot):
        await press(app, pilot, *LETTERS.values())
        # Read words, sound and images, search, open a window, deliver.
        await press(app, pilot, "R", "down", "w", "e", "slash", *"water", "enter", "D", "r", "J")
        await wait_until(pilot, lambda: app.snapshot.jobs and app.snapshot.open_job_count == 0)
    assert [event for event in sockets if event[1] != socket.AF_UNIX] == []


async def test_a_running_job_with_network_access_is_shown(studio_folder: Path) -> None:
    kind = JobKind(
        "fetch", 1, Ask, lambda parameters, context: {}, lambda parameters: "fetch the words' model",
        lambda result: True, needs=ResourceNeeds(network=True),
    )  # fmt: skip
    job = JobRequest(kind, Ask(name="model")).as_job()
    catalog = Catalog.in_studio(studio_folder)
    async with open_console(studio_folder) as (app, pilot):

        def status() -> str:
            assert app.mode_screen
            return app.mode_screen.query_one(StatusBar).render().plain

        assert "nothing leaves this machine" in status()
        catalog.queue.submit([job])
        await wait_until(pilot, lambda: app.snapshot.job(job.id))
        assert "nothing leaves this machine" in status()
        assert catalog.queue.start(job.id)
        for letter in LETTERS.values():
            await press(app, pilot, letter)
            await wait_until(pilot, lambda: "network: fetch the words' model" in status())
    catalog.close()
