"""Saboteurs of what a file shows and plays over time: against its source, not against the recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.deliver import DeliverableRequest
from engine.deliver.checks import Finished
from tests.deliver.sabotage.files import recode_picture, replace_samples, track_of
from tests.deliver.sabotage.saboteur import saboteur
from tests.deliver.sabotage.sound import rewrite_wav

_RATE = 48_000
_FRAMES = 30
_ENCODED_AGAIN = "the frames are not those that were encoded"

Picture = NDArray[np.uint8]


@saboteur("av-offset", "lively")
def late_sound(_: Finished, path: Path) -> None:
    """The sound is four packets late, 85 ms."""
    found = track_of(path, "soun")
    replace_samples(path, "soun", [found.samples[1]] * 4 + found.samples[:-4])


@saboteur("av-offset", "lively", also=("frame-digests",), because=_ENCODED_AGAIN)
def late_frames(_: Finished, path: Path) -> None:
    """The picture is three frames late, and its last frames are missing."""
    shown: list[Picture] = []

    def late(number: int, frame: Picture) -> Picture:
        shown.append(frame.copy())
        return shown[max(0, number - 3)]

    _change_frames(path, late)


@saboteur("black-picture", "lively", also=("frame-digests",), because=_ENCODED_AGAIN)
def black_second(_: Finished, path: Path) -> None:
    """The picture is black for a second."""

    def black(number: int, frame: Picture) -> Picture:
        if 2 <= number / _FRAMES < 3:
            height = frame.shape[0] * 2 // 3
            frame[:height], frame[height:] = 16, 128
        return frame

    _change_frames(path, black)


@saboteur("frozen-picture", "lively", also=("frame-digests",), because=_ENCODED_AGAIN)
def frozen_second(_: Finished, path: Path) -> None:
    """The picture stands for a second."""
    _change_frames(path, _standing(range(2 * _FRAMES, 3 * _FRAMES)))


@saboteur("repeated-frames", "lively", also=("frame-digests",), because=_ENCODED_AGAIN)
def doubled_frames(_: Finished, path: Path) -> None:
    """Three frames are shown twice, in the place of the next ones."""
    _change_frames(path, _standing((40, 41, 70)))


@saboteur("clipped-picture", "lively", also=("frame-digests",), because=_ENCODED_AGAIN)
def harder_contrast(_: Finished, path: Path) -> None:
    """The picture was taken for one of full range: its ends are clipped."""

    def harder(_: int, frame: Picture) -> Picture:
        height = frame.shape[0] * 2 // 3
        frame[:height] = np.clip((frame[:height].astype(float) - 128) * 1.5 + 128, 16, 235).astype(np.uint8)
        return frame

    _change_frames(path, harder)


@saboteur("burnt-captions", "lively", also=("frame-digests",), because=_ENCODED_AGAIN)
def painted_over_captions(_: Finished, path: Path) -> None:
    """The captions are painted over."""

    def paint(_: int, frame: Picture) -> Picture:
        rows = frame.shape[0] * 2 // 3
        frame[rows // 2 : rows] = frame[rows // 2]
        return frame

    _change_frames(path, paint)


@saboteur("lost-sound", "lively wav")
def muted_second(_: Finished, path: Path) -> None:
    """The sound is silent for a second."""

    def mute(samples: NDArray[np.float32]) -> NDArray[np.float32]:
        samples[:, _RATE : 2 * _RATE] = 0
        return samples

    rewrite_wav(path, mute)


@saboteur("lost-channel", "lively wav")
def silent_right_channel(_: Finished, path: Path) -> None:
    """The right channel is silent."""
    rewrite_wav(path, lambda samples: samples * np.float32([[1], [0]]))


@saboteur("lost-channel", "lively wav")
def one_channel_twice(_: Finished, path: Path) -> None:
    """Both channels have the left one."""
    rewrite_wav(path, lambda samples: np.repeat(samples[:1], 2, axis=0) * np.float32(0.8))


@saboteur("swapped-channels", "lively wav")
def swapped_sides(_: Finished, path: Path) -> None:
    """Left and right are swapped."""
    rewrite_wav(path, lambda samples: samples[::-1])


@saboteur("inverted-channel", "lively wav")
def inverted_right_channel(_: Finished, path: Path) -> None:
    """The right channel is inverted."""
    rewrite_wav(path, lambda samples: samples * np.float32([[1], [-1]]))


def _change_frames(path: Path, change: Callable[[int, Picture], Picture]) -> None:
    """Encodes the picture again with frames that `change` returns for their number and planes (rows, columns)."""
    numbers = iter(range(10_000))
    recode_picture(path, {"qp": "16", "g": "15"}, frame=lambda frame: change(next(numbers), frame))


def _standing(frames: range | tuple[int, ...]) -> Callable[[int, Picture], Picture]:
    """Shows the last other frame in the place of these ones."""
    last: list[Picture] = []

    def stand(number: int, frame: Picture) -> Picture:
        if number not in frames:
            last[:] = [frame.copy()]
        return last[0].copy()

    return stand


@saboteur("speaker-in-safe-area", "movie")
def crop_beside_the_speaker(good: Finished, path: Path) -> Finished:
    """The crop is at the left edge, and the speaker in the middle of the picture."""
    assert isinstance(good.order, DeliverableRequest)
    assert good.order.follow
    plan = good.order.follow.plan
    crop = replace(plan.path, x=np.zeros_like(plan.path.x), zoom=np.full_like(plan.path.x, 4.0))
    follow = replace(good.order.follow, plan=replace(plan, path=crop))
    return replace(good.moved_to(path), order=replace(good.order, follow=follow))
