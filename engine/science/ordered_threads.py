"""Runs work in threads, with its results in order and few of them in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

THREADS = 2


def in_order(work: Callable[[T], R], items: Iterable[T], threads: int = THREADS) -> Iterator[R]:
    """The results of `work` for each item, in the order of the items.

    The items are computed in the caller's thread, because readers of files share their place in a file. At most one
    item more than there are threads is in memory.
    """
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(threads, "science") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                # The item belongs to its thread alone: it would stay in memory until the next one exists.
                del item
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for left in waiting:
                left.cancel()
