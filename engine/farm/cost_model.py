"""How long a farm takes for a load of chunks, and what that costs: a model of its queues, with measured overheads.

Each chunk waits for a free machine, then for the host, which gives out one chunk after the other, then for the host's
network, which sends one file after the other. The machine does the chunk, sends its output, and is free again. The
model walks through these events in order of time; nothing in it is random.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from engine.errors import EngineError


@dataclass(frozen=True, slots=True)
class ChunkLoad:
    """Chunks of equal size. Times are in seconds, sizes in bytes.

    `shared_bytes` are inputs that each machine fetches once and keeps; `input_bytes` and `output_bytes` are those of a
    chunk.
    """

    chunks: int
    seconds: float
    input_bytes: float = 0.0
    output_bytes: float = 0.0
    shared_bytes: float = 0.0


@dataclass(frozen=True, slots=True)
class Fleet:
    """Machines that are equal, their network and the host's in bytes per second, and prices.

    `per_hour` is the price of a machine for an hour, `per_gigabyte` that of 10⁹ bytes that a machine sends back.
    """

    machines: int
    network: float = 125e6
    host_network: float = 125e6
    per_hour: float = 0.0
    per_gigabyte: float = 0.0


@dataclass(frozen=True, slots=True)
class FarmOverheads:
    """What was measured, in seconds.

    `join` is from the start of a machine until it gets a chunk, `chunk` what a chunk takes on its machine beside the
    work and the transfer, `dispatch` how long the host is busy with one chunk, `byte` what a byte takes beside the
    network, on the machine. `report` is how long the host is busy with one report of a machine, one comes each
    `report_interval`.
    """

    join: float
    chunk: float
    dispatch: float
    byte: float = 0.0
    report: float = 0.0
    report_interval: float = 2.0


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """What a load takes.

    `seconds` are from the start of the machines to the last chunk, `machine_hours` those of all machines, `working` is
    the share of them in which machines work. `limit` names what takes most: "work", "host", "network" or "overhead".
    """

    seconds: float
    machine_hours: float
    price: float
    working: float
    limit: str


class FarmTooLargeError(EngineError):
    """The reports of so many machines alone keep the host busy."""


def estimate_cost(load: ChunkLoad, fleet: Fleet, overheads: FarmOverheads) -> CostEstimate:
    """Return what a load takes and costs. Raises FarmTooLargeError, ValueError if there is no machine or chunk."""
    if fleet.machines < 1 or load.chunks < 1:
        raise ValueError("At least one machine and one chunk are needed.")
    left = 1.0 - fleet.machines * overheads.report / overheads.report_interval
    if left <= 0.05:
        raise FarmTooLargeError(
            f"The reports of {fleet.machines:,} machines keep the host busy.",
            "Give some of the work to another studio.",
        )
    # Reports take their part of the host's time.
    dispatch = overheads.dispatch / left
    seconds = _walk(load, fleet, overheads, dispatch)
    machines = min(fleet.machines, load.chunks)
    hours = fleet.machines * seconds / 3600
    sent = load.chunks * load.output_bytes / 1e9
    held_up = {
        "work": load.chunks * load.seconds / machines,
        "host": load.chunks * dispatch,
        "network": _transferred(load, machines) / fleet.host_network,
        "overhead": overheads.join + load.chunks * overheads.chunk / machines,
    }
    return CostEstimate(
        seconds,
        hours,
        hours * fleet.per_hour + sent * fleet.per_gigabyte,
        load.chunks * load.seconds / (fleet.machines * seconds) if seconds else 0.0,
        max(held_up, key=held_up.__getitem__),
    )


def _transferred(load: ChunkLoad, machines: int) -> float:
    return load.chunks * (load.input_bytes + load.output_bytes) + machines * load.shared_bytes


def _walk(load: ChunkLoad, fleet: Fleet, overheads: FarmOverheads, dispatch: float) -> float:
    """Return when the last chunk is done."""
    host = _Queue()
    network = _Queue()
    rate = min(fleet.network, fleet.host_network)

    def transfer(at: float, size: float) -> float:
        """When a file has arrived: the host's network is busy for its part, and the slower end decides."""
        begun = network.take(at, size / fleet.host_network)
        return begun + size / rate + size * overheads.byte

    # Events by time: a machine asks for a chunk (False), or has done one whose output it sends (True).
    events = [(overheads.join, number, False) for number in range(fleet.machines)]
    heapq.heapify(events)
    fresh = set(range(fleet.machines))
    waiting, end = load.chunks, 0.0
    while events:
        at, number, is_done = heapq.heappop(events)
        if is_done:
            sent = transfer(at, load.output_bytes)
            end = max(end, sent)
            heapq.heappush(events, (sent, number, False))
            continue
        if not waiting:
            continue
        waiting -= 1
        got = host.take(at, dispatch) + dispatch
        size = load.input_bytes + (load.shared_bytes if number in fresh else 0.0)
        fresh.discard(number)
        heapq.heappush(events, (transfer(got, size) + load.seconds + overheads.chunk, number, True))
    return end


class _Queue:
    """Something that does one thing after the other."""

    def __init__(self) -> None:
        self._free_at = 0.0

    def take(self, at: float, seconds: float) -> float:
        """Return when a thing that comes at this time begins."""
        begun = max(at, self._free_at)
        self._free_at = begun + seconds
        return begun
