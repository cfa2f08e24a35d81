"""A cable with latency and loss between two TAP devices: `python slow_wire.py NEAR FAR MILLISECONDS LOSS SEED`.

Each Ethernet frame comes out after so many milliseconds. LOSS is the probability that it is lost. The caller moves FAR
into another namespace. The first line of its output says that the devices are there, the next ones count frames.
"""

from __future__ import annotations

import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time

_TUNSETIFF, _TAP, _NO_INFORMATION = 0x400454CA, 0x0002, 0x1000
_FRAME = 1 << 16
_COUNT_S = 1.0


def tap(name: str) -> int:
    """Open a new TAP device."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _TAP | _NO_INFORMATION))
    return device


def main() -> None:
    near, far = tap(sys.argv[1]), tap(sys.argv[2])
    delay, loss, chance = float(sys.argv[3]) / 1000, float(sys.argv[4]), random.Random(int(sys.argv[5]))
    # The number of a frame keeps the order of those that are due at once.
    underway: list[tuple[float, int, int, bytes]] = []
    counts = {"carried": 0, "lost": 0}
    print(json.dumps(counts), flush=True)
    counted = time.monotonic()
    while True:
        until = min([counted + _COUNT_S, *(one[0] for one in underway[:1])])
        readable, _, _ = select.select([near, far], [], [], max(0.0, until - time.monotonic()))
        for device in readable:
            frame = os.read(device, _FRAME)
            if chance.random() < loss:
                counts["lost"] += 1
                continue
            counts["carried"] += 1
            due = time.monotonic() + delay
            heapq.heappush(underway, (due, counts["carried"], far if device == near else near, frame))
        while underway and underway[0][0] <= time.monotonic():
            _, _, device, frame = heapq.heappop(underway)
            try:
                os.write(device, frame)
            except OSError:  # the device is down, or its queue is full: this frame is lost too
                counts["lost"] += 1
        if time.monotonic() >= counted + _COUNT_S:
            counted = time.monotonic()
            print(json.dumps(counts), flush=True)


if __name__ == "__main__":
    main()
