"""Handles blocks of bytes in order on threads of their own, while the next ones are received."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from types import TracebackType

BLOCK_BYTES = 256 << 10
_BLOCKS = 16

BlockHandler = Callable[[memoryview], None]


class BlockPipeline:
    """Gives out buffers of at most `BLOCK_BYTES`, and passes each to all of `handlers`, which run beside each other.

    Each handler gets the blocks in order. A context manager: at its end all blocks that were put have been handled,
    also after an error. An exception of a handler is raised by the next `buffer`, or at the end. Memory is bounded by
    the number of buffers.
    """

    def __init__(self, handlers: Sequence[BlockHandler], size: int) -> None:
        """`size` is the number of bytes in all; a single block is handled without threads."""
        self._handlers = handlers
        self._block = min(BLOCK_BYTES, max(1, size))
        self._inline = size <= BLOCK_BYTES
        self._free: queue.SimpleQueue[memoryview] = queue.SimpleQueue()
        self._queues: list[queue.SimpleQueue[_Block | None]] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._error: BaseException | None = None
        self._given = 0

    def __enter__(self) -> BlockPipeline:
        """Start the threads."""
        for handler in () if self._inline else self._handlers:
            blocks: queue.SimpleQueue[_Block | None] = queue.SimpleQueue()
            thread = threading.Thread(target=self._run, args=(handler, blocks), name="farm-blocks", daemon=True)
            self._queues.append(blocks)
            self._threads.append(thread)
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait until all blocks are handled. Raises what a handler raised."""
        for blocks in self._queues:
            blocks.put(None)
        for thread in self._threads:
            thread.join()
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
        if self._inline:
            for handler in self._handlers:
                handler(buffer[:count])
            self._free.put(buffer)
            return
        block = _Block(buffer, count, len(self._queues))
        for blocks in self._queues:
            blocks.put(block)

    def _run(self, handler: BlockHandler, blocks: queue.SimpleQueue[_Block | None]) -> None:
        while (block := blocks.get()) is not None:
            if self._error is None:
                try:
                    handler(block.buffer[: block.count])
                except BaseException as error:  # raised in the thread that receives
                    self._error = error
            with self._lock:
                block.waiting -= 1
                done = not block.waiting
            if done:
                self._free.put(block.buffer)


class _Block:
    """A buffer with `count` bytes, which `waiting` handlers have not handled yet."""

    __slots__ = ("buffer", "count", "waiting")

    def __init__(self, buffer: memoryview, count: int, waiting: int) -> None:
        self.buffer = buffer
        self.count = count
        self.waiting = waiting
