"""Writes the files of products, segment by segment, on a thread."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from engine.atomic_files import write_atomic
from engine.perception.products import ProductKind
from engine.perception.sidecars.codec import Product, encode
from engine.perception.sidecars.index import PerceptionIndex, quality_as_json, quality_path, segment_path
from engine.perception.sidecars.segment import SegmentWriter
from engine.perception.track import FrameQuality

FrameProducts = Mapping[ProductKind, tuple[Product | None, FrameQuality]]
"""The products of a frame with their quality, by kind. A product is None if this tick has no result of its own."""

# Frames that wait to be written; more would only use memory.
_WAITING = 8


class ProductWriter:
    """Writes the products of frames in order. Use as a context manager: the last files are complete when it ends.

    Errors of writing are raised by a later call. A segment counts as finished when its quality is written.
    """

    def __init__(self, folder: Path, index: PerceptionIndex) -> None:
        self._folder, self._index = folder, index
        self._thread = ThreadPoolExecutor(1, "sidecars")
        self._waiting: deque[Future[None]] = deque()
        self._files = ExitStack()
        self._open: dict[ProductKind, SegmentWriter] = {}
        self._qualities: dict[str, list[dict[str, Any]]] = {}

    def add(self, number: int, products: FrameProducts) -> None:
        """Adds the frame after the last one."""
        self._waiting.append(self._thread.submit(self._add, number, products))
        while len(self._waiting) > _WAITING:
            self._waiting.popleft().result()

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Waits until all is written. After an error, the unfinished segment is deleted."""
        try:
            for one in self._waiting:
                if error is None:
                    one.result()
                else:
                    one.cancel()
        finally:
            self._thread.shutdown()
            # An open file here belongs to a segment without its last frame.
            self._files.__exit__(Unfinished, Unfinished(), None)

    def _add(self, number: int, products: FrameProducts) -> None:
        start = self._index.segment_start(number)
        if number == start:
            for kind in products:
                path = segment_path(self._folder, kind, start)
                self._open[kind] = self._files.enter_context(SegmentWriter(path))
                self._qualities[kind] = []
        for kind, (product, quality) in products.items():
            if product is not None:
                self._open[kind].add(number, encode(product))
            self._qualities[kind].append(quality_as_json(quality))
        if number + 1 == min(start + self._index.segment, self._index.ticks.stop):
            self._files.close()
            content = json.dumps(self._qualities, separators=(",", ":"))
            write_atomic(quality_path(self._folder, start), content.encode())
            self._open, self._qualities = {}, {}


class Unfinished(Exception):
    """Ends a segment that lacks frames."""
