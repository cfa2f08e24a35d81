"""Measures the time of a run's groups on the GPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import wgpu


class GpuTimer:
    """Two timestamps for each group of a run. Pass it to `Plan.run` as `timer`."""

    def __init__(self, gpu: wgpu.GPUDevice, groups: int) -> None:
        self._gpu = gpu
        self._count = 2 * groups
        self._queries = gpu.create_query_set(type="timestamp", count=self._count)
        usage = wgpu.BufferUsage.QUERY_RESOLVE | wgpu.BufferUsage.COPY_SRC
        self._values = gpu.create_buffer(size=8 * self._count, usage=usage)

    def writes(self, group: int) -> dict[str, Any]:
        """Used by `Plan.run`: where the pass of a group writes its timestamps."""
        return {
            "query_set": self._queries,
            "beginning_of_pass_write_index": 2 * group,
            "end_of_pass_write_index": 2 * group + 1,
        }

    def group_seconds(self) -> list[float]:
        """Waits for the last run; returns the seconds of each group."""
        # WebGPU's timestamps are nanoseconds.
        return [float(end - begin) / 1e9 for begin, end in self._read()]

    def seconds(self) -> float:
        """Waits for the last run; returns the seconds from the start of its first group to the end of its last."""
        times = self._read()
        return float(times[-1][1] - times[0][0]) / 1e9

    def _read(self) -> list[list[int]]:
        encoder = self._gpu.create_command_encoder()
        encoder.resolve_query_set(self._queries, 0, self._count, self._values, 0)
        self._gpu.queue.submit([encoder.finish()])
        times: list[list[int]] = (
            np.frombuffer(self._gpu.queue.read_buffer(self._values), np.uint64).reshape(-1, 2).tolist()
        )
        return times
