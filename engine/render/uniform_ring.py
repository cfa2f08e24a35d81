"""Uniform values of runs: each run of a submission has a place of its own, and places are reused afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import wgpu

# WebGPU's limit of one binding, which is also the size of most pages.
_PAGE = 1 << 16
# A longer submission than these keeps its buffers only until it is submitted.
_KEPT_PAGES = 16


@dataclass(slots=True, eq=False)
class _Page:
    buffer: wgpu.GPUBuffer
    values: bytearray
    used: int = 0


@dataclass(slots=True)
class _Open:
    encoder: wgpu.GPUCommandEncoder
    pages: list[_Page] = field(default_factory=list)


class UniformRing:
    """Pages of uniform buffers, written once per submission.

    The queue writes buffers before the submitted work starts. Two runs of one submission that wrote to the same place
    would both read the second value, so that each gets its own place, which the pipelines receive as a dynamic offset.
    A submitted page can be written again at once, because the queue keeps the order of submissions and writes.
    """

    def __init__(self, gpu: wgpu.GPUDevice) -> None:
        self._gpu = gpu
        self._alignment = int(gpu.limits["min-uniform-buffer-offset-alignment"])
        self._open: dict[int, _Open] = {}
        self._free: list[_Page] = []

    @contextmanager
    def collect(self, encoder: wgpu.GPUCommandEncoder) -> Iterator[None]:
        """Accept values for `encoder`. It is submitted after `write`, before the end of the context."""
        self._open[id(encoder)] = opened = _Open(encoder)
        try:
            yield
        finally:
            del self._open[id(encoder)]
            self._recycle(opened.pages)

    def write(self, encoder: wgpu.GPUCommandEncoder) -> None:
        """Write the values for `encoder`, each page at once."""
        for page in self._open[id(encoder)].pages:
            self._gpu.queue.write_buffer(page.buffer, 0, page.values, 0, page.used)

    def place(self, encoder: wgpu.GPUCommandEncoder, values: bytes) -> tuple[Any, int]:
        """(buffer, offset) of values that `encoder` will find there when it is submitted.

        Raises ValueError for an encoder that is not open.
        """
        opened = self._open.get(id(encoder))
        if opened is None:
            raise ValueError("the commands are not those of Device.commands, or are already submitted")
        page = opened.pages[-1] if opened.pages else None
        if page is None or page.used + len(values) > len(page.values):
            page = self._page(len(values))
            opened.pages.append(page)
        offset = page.used
        page.values[offset : offset + len(values)] = values
        end = offset + len(values)
        page.used = min(len(page.values), -(-end // self._alignment) * self._alignment)
        return page.buffer, offset

    def _page(self, size: int) -> _Page:
        if self._free and size <= _PAGE:
            return self._free.pop()
        size = max(size, _PAGE)
        usage = wgpu.BufferUsage.UNIFORM | wgpu.BufferUsage.COPY_DST
        buffer = self._gpu.create_buffer(label="uniforms", size=size, usage=usage)
        return _Page(buffer, bytearray(size))

    def _recycle(self, pages: list[_Page]) -> None:
        room = max(0, _KEPT_PAGES - len(self._free))
        kept = [page for page in pages if len(page.values) == _PAGE][:room]
        for page in kept:
            page.used = 0
        # The first page comes back last, so that the next submission begins with it and finds its bind groups.
        self._free += reversed(kept)
        for page in pages:
            if page not in kept:
                page.buffer.destroy()
