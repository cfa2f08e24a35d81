"""A farm in the catalog of a studio: machines in every state, and leases."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from engine.catalog import Catalog, FarmFault, FarmMachine, MachineState

_FACTS: dict[str, Any] = {
    "platform": "macOS 26.1 arm64",
    "cores": 10,
    "memory": 32 << 30,
    "gpu": "Apple M4 Max",
    "identity": {"device": "Apple M4 Max (Metal)"},
    "speeds": {"render-chunk": 1.8, "transcribe": 14.0},
    "load": 0.62,
    "temperature": 58.0,
    "idle": 720.0,
}


_IN_USE: dict[str, Any] = {"temperature": None, "idle": 4.0}


def add_farm(studio: Path, now: datetime) -> None:
    """Adds four machines, and a lease in each state."""
    catalog = Catalog.in_studio(studio)
    farm = catalog.farm
    rows: list[tuple[str, str, MachineState, str, dict[str, Any]]] = [
        ("m-1", "Edit suite", "active", "", {}),
        ("m-2", "Kitchen Mac mini", "active", "", {"paused": "in use", "load": 0.9, "gpu": "", **_IN_USE}),
        ("m-3", "Old laptop", "quarantined", "wrong bytes in 2 of 2 canary jobs", {"temperature": None}),
        ("m-4", "Studio two", "draining", "", {"load": 0.05}),
    ]
    for number, (name, label, state, reason, more) in enumerate(rows, 1):
        farm.add_machine(
            FarmMachine(
                name=name,
                label=label,
                fingerprint=f"{number}{'ab' * 31}c",
                state=state,
                reason=reason,
                joined_at=now - timedelta(days=9 - number),
                seen_at=now - timedelta(seconds=2),
                facts={**_FACTS, **more},
            )
        )
    farm.add_fault(
        FarmFault(
            machine="m-3", kind="render-chunk", at=now - timedelta(hours=1), reason="another digest than Edit suite"
        )
    )
    titles = ["youtube-4k: 001-IMG_0101, chunk 4 of 18", "youtube-4k: 001-IMG_0101, chunk 5 of 18", "transcribe 003"]
    leases = [farm.offer(f"{number:016x}", 1, {"title": title}) for number, title in enumerate(titles)]
    farm.claim(leases[0].id, "m-1", now + timedelta(seconds=30))
    farm.beat(leases[0].id, "m-1", now + timedelta(seconds=30), (61, 120, "frames", ""))
    farm.claim(leases[2].id, "m-4", now + timedelta(seconds=30))
    farm.answer(leases[2].id, "m-4", {"status": "done", "seconds": 41.0})
    catalog.close()
    with sqlite3.connect(studio / "catalog.sqlite") as database:
        # Leases are in the order of their offers.
        for number, lease in enumerate(leases):
            for column, seconds in {"offered_at": 60 - number, "claimed_at": 40, "ended_at": 5}.items():
                at = (now - timedelta(seconds=seconds)).isoformat()
                changed = f"UPDATE farm_lease SET {column} = ? WHERE {column} IS NOT NULL AND id = ?"
                database.execute(changed, (at, lease.id))
