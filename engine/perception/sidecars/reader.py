"""Random access to the stored products of a take."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from shlex import quote
from threading import RLock
from types import TracebackType
from typing import Any, Self, TypeVar
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.perception.products import DepthMap, OpticalFlow, PersonFace, PersonMask, ProductKind
from engine.perception.provider import ProviderIdentity
from engine.perception.sidecars.codec import decode_depth, decode_faces, decode_flow, decode_mask
from engine.perception.sidecars.index import (
    INDEX,
    PerceptionIndex,
    ProductRecord,
    quality_from_json,
    quality_path,
    read_index,
    segment_path,
)
from engine.perception.sidecars.segment import read_frame
from engine.perception.track import FrameQuality
from engine.time import format_time

Value = TypeVar("Value")

# Open files, and decoded products: an effect reads two neighbours of each kind.
_KEPT_FILES, _KEPT_PRODUCTS, _KEPT_QUALITIES = 8, 24, 8


class PerceptionReader:
    """The products in one or more folders that `write_perception` filled. Use as a context manager, or call `close`.

    For each kind and tick, the first folder that covers it is read. Frames are numbered by the take's ticks. Threads
    may share a reader. Raises EngineError if a folder has no finished products or cannot be read.
    """

    def __init__(self, *folders: Path) -> None:
        self._stored = [(folder, read_index(folder)) for folder in folders]
        self._lock = RLock()
        self._files: OrderedDict[Path, Any] = OrderedDict()
        self._products: OrderedDict[tuple[ProductKind, int], Any] = OrderedDict()
        self._qualities: OrderedDict[Path, dict[str, dict[int, FrameQuality]]] = OrderedDict()

    @property
    def kinds(self) -> tuple[ProductKind, ...]:
        """The kinds of products that are stored."""
        return tuple(dict.fromkeys(one.kind for _, index in self._stored for one in index.products))

    @property
    def indexes(self) -> tuple[PerceptionIndex, ...]:
        """The indexes of the folders, in their order."""
        return tuple(index for _, index in self._stored)

    def index(self, kind: ProductKind) -> PerceptionIndex:
        """The first index with a kind. Raises EngineError if the kind is not stored."""
        for _, index in self._stored:
            if index.product(kind):
                return index
        raise self._missing(kind)

    def identity(self, kind: ProductKind) -> ProviderIdentity:
        """What made a kind. Raises EngineError if the kind is not stored."""
        record = self.index(kind).product(kind)
        assert record
        return record.identity.identity

    def rate(self, kind: ProductKind) -> Fraction:
        """The ticks per second. Raises EngineError if the kind is not stored."""
        return self.index(kind).rate

    def covers(self, kind: ProductKind, number: int) -> bool:
        """Whether a tick has a product of a kind."""
        return self._place(kind, number) is not None

    def quality(self, kind: ProductKind, number: int) -> FrameQuality:
        """The quality of a tick's product; without a product, a confidence of 0 and the reason."""
        place = self._place(kind, number)
        if place is None:
            return FrameQuality(number, 0.0, reasons=("not analysed",))
        folder, index, _ = place
        path = quality_path(folder, index.segment_start(number))
        with self._lock:
            held = _kept(self._qualities, path, lambda: _read_qualities(path), _KEPT_QUALITIES)
        try:
            return held[kind][number]
        except KeyError:
            raise _damaged(path) from None

    def mask(self, number: int) -> PersonMask:
        """The mask of a tick. Raises EngineError without one."""
        return self._product("person_mask", number, decode_mask)

    def flow(self, number: int) -> OpticalFlow:
        """The flow from a tick to the next one, not valid anywhere before a cut. Raises EngineError without one."""
        return self._product("optical_flow", number, decode_flow)

    def depth(self, number: int) -> DepthMap:
        """The depth of a tick. Raises EngineError without one."""
        return self._product("depth_map", number, decode_depth)

    def faces(self, number: int) -> tuple[PersonFace, ...]:
        """The faces of a tick, the most certain first. Raises EngineError if faces were not looked for."""
        return self._product("face", number, decode_faces)

    def close(self) -> None:
        """Closes the files."""
        with self._lock:
            while self._files:
                self._files.popitem()[1].close()
            self._products.clear()

    def __enter__(self) -> Self:
        """Return the reader."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the files."""
        self.close()

    def _product(self, kind: ProductKind, number: int, decode: Callable[[dict[str, NDArray[Any]]], Value]) -> Value:
        place = self._place(kind, number)
        if place is None:
            raise self._missing(kind, number)
        folder, index, record = place
        number -= (number - index.first) % record.every
        path = segment_path(folder, kind, index.segment_start(number))

        def load() -> Value:
            try:
                return decode(read_frame(self._open(path), number))
            except (KeyError, ValueError, OSError, BadZipFile, EOFError) as error:
                raise _damaged(path) from error

        with self._lock:
            value: Value = _kept(self._products, (kind, number), load, _KEPT_PRODUCTS)
        return value

    def _open(self, path: Path) -> Any:
        opened = _kept(self._files, path, lambda: np.load(path, allow_pickle=False), _KEPT_FILES + 1)
        while len(self._files) > _KEPT_FILES:
            self._files.popitem(last=False)[1].close()
        return opened

    def _place(self, kind: ProductKind, number: int) -> tuple[Path, PerceptionIndex, ProductRecord] | None:
        for folder, index in self._stored:
            record = index.product(kind)
            if record and number in index.ticks:
                return folder, index, record
        return None

    def _missing(self, kind: ProductKind, number: int | None = None) -> EngineError:
        name, option = _NAMES[kind]
        first = self._stored[0][1]
        command = f"cwtui perceive {quote(first.label)} {option}"
        spans = [index.ticks for _, index in self._stored if index.product(kind)]
        if number is None or not spans:
            return EngineError(f"{first.label} has no {name}.", f"Find it: {command}")
        time = format_time(number / first.rate, 2)
        parts = " and ".join(
            f"{format_time(span.start / first.rate, 2)} to {format_time(span.stop / first.rate, 2)}" for span in spans
        )
        return EngineError(
            f"{first.label} was not analysed at {time}.", f"Choose a time from {parts}, or analyse all of it: {command}"
        )


def open_perception(folder: Path) -> PerceptionReader | None:
    """A reader of all finished products below a take's folder, the newest first; None if there are none.

    A set of products that cannot be read is left out.
    """
    found = finished_perception(folder)
    return PerceptionReader(*found) if found else None


def finished_perception(folder: Path) -> list[Path]:
    """The folders below a take's folder that have finished products, the newest first."""
    found: list[tuple[float, Path]] = []
    for path in _indexes(folder):
        with suppress(EngineError, OSError):
            read_index(path.parent)
            found.append((path.stat().st_mtime, path.parent))
    return [path for _, path in sorted(found, key=lambda one: (-one[0], one[1].name))]


def _indexes(folder: Path) -> Iterable[Path]:
    return folder.glob(f"*/{INDEX}")


def _read_qualities(path: Path) -> dict[str, dict[int, FrameQuality]]:
    try:
        stored = json.loads(path.read_bytes())
        return {kind: {int(one["number"]): quality_from_json(one) for one in frames} for kind, frames in stored.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path) from error


def _kept(store: OrderedDict[Any, Value], key: Any, load: Callable[[], Value], most: int) -> Value:
    """The value of a key, loaded if it is not kept; the least recently used values are dropped."""
    if key in store:
        store.move_to_end(key)
        return store[key]
    value = store[key] = load()
    while len(store) > most:
        store.popitem(last=False)
    return value


_NAMES: dict[ProductKind, tuple[str, str]] = {
    "person_mask": ("mask", "--mask"),
    "optical_flow": ("flow", "--flow"),
    "depth_map": ("depth", "--depth"),
    "face": ("faces", "--face"),
}


def _damaged(path: Path) -> EngineError:
    return EngineError(
        f"{path} is missing or damaged.", f"Delete the folder {path.parent}, then run cwtui perceive again."
    )
