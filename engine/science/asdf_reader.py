"""Reads the bands of ASDF files: arrays of two dimensions, with a GWCS if the file has one."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import EngineError, RequestError
from engine.science.band_names import wavelength_of
from engine.science.plane import LoadedPlane, PixelWindow, Samples
from engine.science.quality_flags import flags_of
from engine.science.raster import Band, Observation
from engine.science.sky_grid import SkyGrid

_COMPANIONS = {"err": "error", "weight": "weight", "wht": "weight", "dq": "quality"}
_DEEPEST = 6


def read_asdf(path: Path) -> tuple[Band, ...]:
    """The arrays of the file that are pictures, in the order of its tree.

    Raises EngineError for a damaged file, RequestError for one without an array of two dimensions.
    """
    with _OpenTree(path) as tree:
        arrays = dict(_arrays(tree, ()))
        wcs = _wcs_of(tree)
        pictures = [keys for keys in arrays if keys[-1] not in _COMPANIONS]
        bands = tuple(_band(path, tree, keys, arrays, wcs) for keys in pictures)
    if not bands:
        raise RequestError(
            f"{path} has no picture" + (", only sky coordinates." if wcs is not None else "."),
            "Choose a file with an array of two dimensions.",
        )
    return bands


def read_asdf_grid(path: Path, shape: tuple[int, int]) -> SkyGrid:
    """The GWCS of a file for a picture of `shape` (rows, columns). Raises RequestError if the file has none."""
    with _OpenTree(path) as tree:
        wcs = _wcs_of(tree)
    if wcs is None:
        raise RequestError(f"{path} has no GWCS.", "Choose the file with the sky coordinates.")
    return SkyGrid(wcs, shape)


def _band(path: Path, tree: Any, keys: tuple[str, ...], arrays: Mapping[tuple[str, ...], Any], wcs: Any) -> Band:
    shape = _shape(arrays[keys])
    meta = _meta(tree, keys[:-1])
    optics = meta.get("instrument", {}) if isinstance(meta.get("instrument"), Mapping) else {}
    target = meta.get("target")
    name = str(optics.get("optical_element") or optics.get("filter") or "") or ".".join(keys)
    wavelength, bandwidth = wavelength_of(name, {})
    beside: dict[str, LoadedPlane] = {}
    for other, role in _COMPANIONS.items():
        place = (*keys[:-1], other)
        if place in arrays and _shape(arrays[place]) == shape:
            flags = str(meta.get("telescope", "")) if role == "quality" else None
            beside[role] = LoadedPlane(shape, partial(_load, path, place, flags))
    return Band(
        name=name,
        samples=LoadedPlane(shape, partial(_load, path, keys, None)),
        unit=str(getattr(arrays[keys], "unit", "") or meta.get("bunit_data") or ""),
        wavelength=wavelength,
        bandwidth=bandwidth,
        grid=None if wcs is None else SkyGrid(wcs, shape),
        observation=Observation(
            target=str(target.get("catalog_name", "")) if isinstance(target, Mapping) else "",
            telescope=str(meta.get("telescope", "")),
            instrument=str(optics.get("name", "")),
        ),
        error=beside.get("error"),
        weight=beside.get("weight"),
        quality=beside.get("quality"),
    )


def _load(path: Path, keys: tuple[str, ...], flags: str | None, window: PixelWindow) -> Samples:
    with _OpenTree(path) as tree:
        found = tree
        for key in keys:
            found = found[key]
        stored = getattr(found, "value", found)[window.top : window.bottom, window.left : window.right]
        return np.ascontiguousarray(stored if flags is None else flags_of(np.asarray(stored), flags), np.float32)


class _OpenTree:
    """The tree of a file while it is open. Raises EngineError for what the libraries raise about a damaged file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Any:
        import asdf

        self._quiet = warnings.catch_warnings()
        self._quiet.__enter__()
        warnings.simplefilter("ignore")
        try:
            self._file = asdf.open(self._path, lazy_load=True, memmap=True)
        except FileNotFoundError:
            self._quiet.__exit__(None, None, None)
            raise RequestError(f"{self._path} does not exist.", "Check the name.") from None
        except Exception as problem:
            self._quiet.__exit__(None, None, None)
            raise _unreadable(self._path, problem) from problem
        return self._file.tree

    def __exit__(self, kind: Any, problem: BaseException | None, trace: Any) -> None:
        self._file.close()
        self._quiet.__exit__(None, None, None)
        if isinstance(problem, Exception) and not isinstance(problem, EngineError):
            raise _unreadable(self._path, problem) from problem


def _unreadable(path: Path, problem: Exception) -> EngineError:
    said = str(problem).strip().splitlines() or [type(problem).__name__]
    return EngineError(f"{path} cannot be read: {said[0]}", "Copy or download the file again.")


def _arrays(node: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The arrays of two dimensions in a tree, by their keys."""
    if len(keys) > _DEEPEST:
        return
    if isinstance(node, Mapping):
        for key, below in node.items():
            yield from _arrays(below, (*keys, str(key)))
    elif keys and len(getattr(node, "shape", ())) == 2 and 0 not in node.shape and np.dtype(node.dtype).kind in "iuf":
        yield keys, node


def _shape(array: Any) -> tuple[int, int]:
    return int(array.shape[0]), int(array.shape[1])


def _meta(tree: Any, keys: tuple[str, ...]) -> Mapping[str, Any]:
    node = tree
    for key in keys:
        node = node[key]
    meta = node.get("meta", {}) if isinstance(node, Mapping) else {}
    return meta if isinstance(meta, Mapping) else {}


def _wcs_of(node: Any, depth: int = 0) -> Any:
    """The first GWCS of a tree."""
    if hasattr(node, "forward_transform"):
        return node
    if isinstance(node, Mapping) and depth < _DEEPEST:
        for below in node.values():
            if (found := _wcs_of(below, depth + 1)) is not None:
                return found
    return None
