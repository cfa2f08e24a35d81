"""Handles blocks of bytes in order on a thread of its own, while the next ones are received."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType

BLOCK_BYTES = 1 << 20
_BLOCKS = 4


class BlockPipeline:
    """Gives out buffers of at most `BLOCK_BYTES`, and passes them to `handle` in order.

    A context manager: at its end all blocks that were put have been handled, also after an error. An exception of
    `handle` is raised by the next `buffer`, or at the end. Memory is bounded by the number of buffers.
    """

    def __init__(self, handle: Callable[[memoryview], None], size: int) -> None:
        """`size` is the number of bytes in all; a single block is handled without a thread."""
        self._handle = handle
        self._block = min(BLOCK_BYTES, max(1, size))
        self._free: queue.SimpleQueue[memoryview] = queue.SimpleQueue()
        self._full: queue.SimpleQueue[tuple[memoryview, int] | None] = queue.SimpleQueue()
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._inline = size <= BLOCK_BYTES
        self._given = 0

    def __enter__(self) -> BlockPipeline:
        """Start the thread."""
        if not self._inline:
            self._thread = threading.Thread(target=self._run, name="farm-blocks", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait until all blocks are handled. Raises what `handle` raised."""
        if self._thread is not None:
            self._full.put(None)
            self._thread.join()
        if self._error is not None and error is None:
            raise self._error

    def buffer(self) -> memoryview:
        """Return a buffer to fill. Waits while all are full."""
        if self._error is not None:
            raise self._error
        if self._given < (1 if self._inline else _BLOCKS):
            self._given += 1
            return memoryview(bytearray(self._block))
        found = self._free.get()
        if self._error is not None:
            raise self._error
        return found

    def put(self, buffer: memoryview, count: int) -> None:
        """Pass the first `count` bytes of a buffer on."""
        if self._thread is None:
            self._handle(buffer[:count])
            self._free.put(buffer)
        else:
            self._full.put((buffer, count))

    def _run(self) -> None:
        while (found := self._full.get()) is not None:
            buffer, count = found
            if self._error is None:
                try:
                    self._handle(buffer[:count])
                except BaseException as error:  # raised in the thread that receives
                    self._error = error
            self._free.put(buffer)
