"""Takes the next items of an iterator on a thread while the last ones are used."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
_END = object()


def prefetched(begin: Callable[[], Iterator[Item]], ahead: int) -> Generator[Item]:
    """The items of the iterator that `begin` returns, in order; up to `ahead` are taken before they are used.

    One thread calls `begin`, takes the items, and closes the iterator. Its errors are raised here.
    """
    with ThreadPoolExecutor(1, "prefetch") as thread:
        items = thread.submit(begin).result()
        waiting: deque[Future[Item | object]] = deque()
        try:
            while True:
                while len(waiting) < ahead:
                    waiting.append(thread.submit(next, items, _END))
                item = waiting.popleft().result()
                if item is _END:
                    return
                yield item  # type: ignore[misc]
        finally:
            for one in waiting:
                one.cancel()
            thread.submit(_close, items).result()


def _close(items: Iterator[Item]) -> None:
    if close := getattr(items, "close", None):
        close()
