"""What every provider of perception must do, whatever it runs on.

A test module parametrizes a test with MASK_CHECKS, DEPTH_CHECKS, FACE_CHECKS or FLOW_CHECKS, and calls each check with
a `Case`: how the provider is opened, and a picture in which it finds something.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.perception import (
    BACKGROUND,
    FOREGROUND,
    UNKNOWN,
    DepthMap,
    DepthProvider,
    FaceProvider,
    FlowProvider,
    MaskProvider,
    PersonFace,
    PersonMask,
    Provider,
    ProviderIdentity,
)

from .frames import frame_of, plain, resized, texture

P = TypeVar("P", bound=Provider)
# Width and height: odd, narrow, upright and tiny.
SIZES = ((161, 91), (40, 120), (9, 7), (2, 2))
# The same picture gives the same numbers up to rounding of the runtime.
_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Case(Generic[P]):
    """A provider under test: `open` makes a new one, and `picture` shows a person, (height, width, 3), uint8.

    `plain` is a picture without one.
    """

    open: Callable[[], P]
    picture: NDArray[np.uint8]
    plain: NDArray[np.uint8]

    @classmethod
    def of(cls, opener: Callable[[], P], picture: NDArray[np.uint8]) -> Case[P]:
        """A case whose plain picture is grey."""
        return cls(opener, picture, plain(picture.shape[1], picture.shape[0]))


def check_identity(case: Case[Any], product: str) -> None:
    """The identity is complete, equal for equal providers, and can be stored as JSON."""
    first, second = case.open(), case.open()
    try:
        first.warm_up()
        identity: ProviderIdentity = first.identity
        assert identity.product == product
        assert identity.name
        assert identity.runtime
        assert identity.device
        assert bool(identity.model) == bool(identity.digest)
        assert all(re.fullmatch("[0-9a-f]{64}", part) for part in identity.digest.split("+") if identity.digest)
        json.dumps(dict(identity.parameters))
        # Before anything is loaded, and after.
        assert second.identity == identity
    finally:
        first.close()
        second.close()
    assert first.identity == identity


def _mask(case: Case[MaskProvider], *pictures: NDArray[np.uint8]) -> list[PersonMask]:
    provider = case.open()
    try:
        return [provider.mask(frame_of(pixels, number)) for number, pixels in enumerate(pictures)]
    finally:
        provider.close()


def _require_mask(found: PersonMask, height: int, width: int) -> None:
    assert (found.alpha.shape, found.alpha.dtype) == ((height, width), np.float32)
    assert (found.trimap.shape, found.trimap.dtype) == ((height, width), np.uint8)
    assert np.isfinite(found.alpha).all()
    assert 0 <= found.alpha.min() <= found.alpha.max() <= 1
    assert set(np.unique(found.trimap)) <= {BACKGROUND, UNKNOWN, FOREGROUND}
    assert (found.alpha[found.trimap == FOREGROUND] > 0.9).all()
    assert (found.alpha[found.trimap == BACKGROUND] < 0.1).all()
    if found.foreground is not None:
        assert (found.foreground.shape, found.foreground.dtype) == ((height, width, 3), np.float32)
        assert np.isfinite(found.foreground).all()


def mask_has_the_size_and_range_of_the_contract(case: Case[MaskProvider]) -> None:
    """It also finds the person, with all three parts of the trimap."""
    (found,) = _mask(case, case.picture)
    _require_mask(found, *case.picture.shape[:2])
    assert (found.alpha > 0.5).mean() > 0.02
    assert set(np.unique(found.trimap)) == {BACKGROUND, UNKNOWN, FOREGROUND}


def mask_of_a_frame_without_a_person_is_empty(case: Case[MaskProvider]) -> None:
    (found,) = _mask(case, case.plain)
    _require_mask(found, *case.plain.shape[:2])
    assert not found.alpha.any()
    assert (found.trimap == BACKGROUND).all()


def mask_accepts_frames_of_all_sizes(case: Case[MaskProvider]) -> None:
    for (width, height), found in zip(SIZES, _mask(case, *_sizes(case)), strict=True):
        _require_mask(found, height, width)


def mask_is_the_same_each_time(case: Case[MaskProvider]) -> None:
    """In one provider, in another one, and in one that was closed in between."""
    first, _, again = _mask(case, case.picture, case.plain, case.picture)
    provider = case.open()
    try:
        frame = frame_of(case.picture)
        third = provider.mask(frame)
        provider.close()
        reopened = provider.mask(frame)
    finally:
        provider.close()
    for other in (again, third, reopened):
        assert np.abs(other.alpha - first.alpha).max() <= _TOLERANCE


def mask_of_the_mirrored_frame_is_mirrored(case: Case[MaskProvider]) -> None:
    first, mirrored = _mask(case, case.picture, case.picture[:, ::-1])
    one, other = first.alpha > 0.5, mirrored.alpha[:, ::-1] > 0.5
    assert np.count_nonzero(one & other) / np.count_nonzero(one | other) >= 0.85


def mask_has_an_identity(case: Case[MaskProvider]) -> None:
    check_identity(case, "person_mask")


MASK_CHECKS: tuple[Callable[[Case[MaskProvider]], None], ...] = (
    mask_has_the_size_and_range_of_the_contract,
    mask_of_a_frame_without_a_person_is_empty,
    mask_accepts_frames_of_all_sizes,
    mask_is_the_same_each_time,
    mask_of_the_mirrored_frame_is_mirrored,
    mask_has_an_identity,
)


def _depth(case: Case[DepthProvider], *pictures: NDArray[np.uint8]) -> list[DepthMap]:
    provider = case.open()
    try:
        return [provider.depth(frame_of(pixels, number)) for number, pixels in enumerate(pictures)]
    finally:
        provider.close()


def _require_depth(found: DepthMap, height: int, width: int) -> None:
    assert (found.values.shape, found.values.dtype) == ((height, width), np.float32)
    assert found.unit in ("relative", "metric")
    known = found.values[~np.isnan(found.values)]
    assert np.isfinite(known).all()
    if found.unit == "relative":
        assert ((known >= 0) & (known <= 1)).all()
    else:
        assert (known > 0).all()


def depth_has_the_size_and_range_of_the_contract(case: Case[DepthProvider]) -> None:
    """It also tells places apart."""
    (found,) = _depth(case, case.picture)
    _require_depth(found, *case.picture.shape[:2])
    assert np.nanstd(found.values) > 0


def depth_of_a_plain_frame_is_a_depth(case: Case[DepthProvider]) -> None:
    found = _depth(case, case.plain, plain(64, 48, 0), plain(64, 48, 255))
    for one, (height, width) in zip(found, (case.plain.shape[:2], (48, 64), (48, 64)), strict=True):
        _require_depth(one, height, width)


def depth_accepts_frames_of_all_sizes(case: Case[DepthProvider]) -> None:
    for (width, height), found in zip(SIZES, _depth(case, *_sizes(case)), strict=True):
        _require_depth(found, height, width)


def depth_is_the_same_each_time(case: Case[DepthProvider]) -> None:
    """In one provider, in another one, and in one that was closed in between; the unit never changes."""
    first, between, again = _depth(case, case.picture, case.plain, case.picture)
    provider = case.open()
    try:
        frame = frame_of(case.picture)
        third = provider.depth(frame)
        provider.close()
        reopened = provider.depth(frame)
    finally:
        provider.close()
    assert {one.unit for one in (first, between, again, third, reopened)} == {first.unit}
    for other in (again, third, reopened):
        assert np.array_equal(np.isnan(other.values), np.isnan(first.values))
        assert np.nanmax(np.abs(other.values - first.values)) <= _TOLERANCE


def depth_of_the_mirrored_frame_is_mirrored(case: Case[DepthProvider]) -> None:
    first, mirrored = _depth(case, case.picture, case.picture[:, ::-1])
    one, other = first.values, mirrored.values[:, ::-1]
    known = np.isfinite(one) & np.isfinite(other)
    assert np.corrcoef(one[known], other[known])[0, 1] >= 0.8


def depth_has_an_identity(case: Case[DepthProvider]) -> None:
    check_identity(case, "depth_map")


DEPTH_CHECKS: tuple[Callable[[Case[DepthProvider]], None], ...] = (
    depth_has_the_size_and_range_of_the_contract,
    depth_of_a_plain_frame_is_a_depth,
    depth_accepts_frames_of_all_sizes,
    depth_is_the_same_each_time,
    depth_of_the_mirrored_frame_is_mirrored,
    depth_has_an_identity,
)


def _faces(case: Case[FaceProvider], *pictures: NDArray[np.uint8]) -> list[tuple[PersonFace, ...]]:
    provider = case.open()
    try:
        return [provider.faces(frame_of(pixels, number)) for number, pixels in enumerate(pictures)]
    finally:
        provider.close()


def _require_faces(found: Iterable[PersonFace]) -> None:
    scores = [face.score for face in found]
    assert scores == sorted(scores, reverse=True)
    for face in found:
        left, top, width, height = face.box
        assert all(map(math.isfinite, face.box))
        assert 0 < face.score <= 1
        assert width > 0
        assert height > 0
        # The box is at least partly in the frame.
        assert left < 1 and top < 1 and left + width > 0 and top + height > 0  # noqa: PT018
        assert len(face.landmarks) in (0, 468)
        if face.landmarks:
            x, y = np.mean(face.landmarks, axis=0)
            assert left - width / 4 < x < left + 1.25 * width
            assert top - height / 4 < y < top + 1.25 * height


def face_is_found_where_it_is(case: Case[FaceProvider]) -> None:
    """The same face is found in a picture of half the size."""
    height, width = case.picture.shape[:2]
    found, smaller = _faces(case, case.picture, resized(case.picture, width // 2, height // 2))
    _require_faces(found)
    _require_faces(smaller)
    assert found
    assert np.abs(np.subtract(found[0].box, smaller[0].box)).max() <= 0.05


def face_is_not_in_a_plain_frame(case: Case[FaceProvider]) -> None:
    assert _faces(case, case.plain, plain(64, 48, 0), plain(64, 48, 255)) == [(), (), ()]


def faces_accept_frames_of_all_sizes(case: Case[FaceProvider]) -> None:
    for found in _faces(case, *_sizes(case)):
        _require_faces(found)


def faces_are_the_same_each_time(case: Case[FaceProvider]) -> None:
    first, _, again = _faces(case, case.picture, case.plain, case.picture)
    provider = case.open()
    try:
        frame = frame_of(case.picture)
        third = provider.faces(frame)
        provider.close()
        reopened = provider.faces(frame)
    finally:
        provider.close()
    for other in (again, third, reopened):
        assert len(other) == len(first)
        for one, same in zip(first, other, strict=True):
            assert np.abs(np.subtract(one.box, same.box)).max() <= _TOLERANCE
            assert len(one.landmarks) == len(same.landmarks)
            assert not one.landmarks or np.abs(np.subtract(one.landmarks, same.landmarks)).max() <= _TOLERANCE


def face_of_the_mirrored_frame_is_mirrored(case: Case[FaceProvider]) -> None:
    (first, *_), (mirrored, *_) = _faces(case, case.picture, case.picture[:, ::-1])
    (x, y), (other_x, other_y) = first.centre, mirrored.centre
    assert abs(1 - other_x - x) <= 0.02
    assert abs(other_y - y) <= 0.02


def faces_have_an_identity(case: Case[FaceProvider]) -> None:
    check_identity(case, "face")


FACE_CHECKS: tuple[Callable[[Case[FaceProvider]], None], ...] = (
    face_is_found_where_it_is,
    face_is_not_in_a_plain_frame,
    faces_accept_frames_of_all_sizes,
    faces_are_the_same_each_time,
    face_of_the_mirrored_frame_is_mirrored,
    faces_have_an_identity,
)


def flow_has_the_size_and_range_of_the_contract(case: Case[FlowProvider]) -> None:
    """A picture that moves by 4 pixels to the right has that flow, and the opposite one backward."""
    wide = texture(140, 90)
    provider = case.open()
    try:
        found = provider.flow(frame_of(wide[:, 8:]), frame_of(wide[:, 4:-4], 1))
    finally:
        provider.close()
    height, width = 90, 132
    for field in (found.forward, found.backward):
        assert (field.shape, field.dtype) == ((height, width, 2), np.float32)
        assert np.isfinite(field).all()
    assert (found.validity.shape, found.validity.dtype) == ((height, width), np.float32)
    assert 0 <= found.validity.min() <= found.validity.max() <= 1
    middle = np.s_[16:-16, 16:-16]
    assert np.allclose(np.median(found.forward[middle], axis=(0, 1)) * height, (4, 0), atol=0.3)
    assert np.allclose(np.median(found.backward[middle], axis=(0, 1)) * height, (-4, 0), atol=0.3)


def flow_accepts_frames_of_all_sizes(case: Case[FlowProvider]) -> None:
    """Between two equal frames nothing moves."""
    provider = case.open()
    try:
        for pixels in (resized(case.picture, 61, 47), case.plain):
            found = provider.flow(frame_of(pixels), frame_of(pixels, 1))
            assert found.forward.shape == (*pixels.shape[:2], 2)
            assert np.abs(found.forward).max() * pixels.shape[0] <= 0.05
    finally:
        provider.close()


def flow_is_the_same_each_time(case: Case[FlowProvider]) -> None:
    first, following = frame_of(texture(96, 64)[:, 2:]), frame_of(texture(96, 64)[:, :-2], 1)
    provider = case.open()
    try:
        one = provider.flow(first, following)
        again = provider.flow(first, following)
        provider.close()
        reopened = provider.flow(first, following)
    finally:
        provider.close()
    for other in (again, reopened):
        assert np.abs(other.forward - one.forward).max() <= _TOLERANCE
        assert np.abs(other.validity - one.validity).max() <= _TOLERANCE


def flow_has_an_identity(case: Case[FlowProvider]) -> None:
    check_identity(case, "optical_flow")


FLOW_CHECKS: tuple[Callable[[Case[FlowProvider]], None], ...] = (
    flow_has_the_size_and_range_of_the_contract,
    flow_accepts_frames_of_all_sizes,
    flow_is_the_same_each_time,
    flow_has_an_identity,
)


def _sizes(case: Case[Any]) -> list[NDArray[np.uint8]]:
    return [resized(case.picture, width, height) for width, height in SIZES]
