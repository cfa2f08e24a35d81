"""The disparity track of a Cinematic clip through AVFoundation and Cinematic, on macOS 14 or later.

A sample's pixel buffer is valid until its reader is released: each is copied at once, in an autorelease pool.
"""

from __future__ import annotations

import platform
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import AVFoundation
import Cinematic
import CoreMedia
import objc
import Quartz
from Foundation import NSURL

from engine.errors import EngineError
from engine.perception.apple.core_video import pixel_map
from engine.perception.apple.disparity import disparity_values
from engine.perception.apple.pixel_map import format_code
from engine.perception.phone_depth import DisparitySource
from engine.picture import DisparityPicture

_SECONDS_TO_LOAD = 60
_TIMESCALE = 90_000
_READING = 1


def open_cinematic(path: Path, time_zero: Fraction) -> DisparitySource:
    """The disparity of a clip whose time zero is at `time_zero` seconds of the file.

    Raises EngineError if macOS finds no disparity, for example because a copy has lost it.
    """
    return _CinematicClip(path, time_zero)


class _CinematicClip:
    """An asset and its disparity track."""

    def __init__(self, path: Path, time_zero: Fraction) -> None:
        self._path, self._zero = path, time_zero
        url = NSURL.fileURLWithPath_(str(path.absolute()))
        self._asset = AVFoundation.AVURLAsset.URLAssetWithURL_options_(url, None)
        self._track = _loaded(self._asset, path).cinematicDisparityTrack()

    @property
    def runtime(self) -> str:
        return f"macOS {platform.mac_ver()[0]}, Cinematic"

    def pictures(self, start: Fraction = Fraction(0)) -> Iterator[DisparityPicture]:
        with objc.autorelease_pool():
            reader, output = self._reader(start)
        try:
            while True:
                with objc.autorelease_pool():
                    picture = self._next(output)
                if picture is None:
                    break
                yield picture
            if reader.error() is not None:
                raise self._unreadable(reader.error())
        finally:
            if reader.status() == _READING:
                reader.cancelReading()

    def _next(self, output: Any) -> DisparityPicture | None:
        while (sample := output.copyNextSampleBuffer()) is not None:
            buffer = CoreMedia.CMSampleBufferGetImageBuffer(sample)
            # A sample without a picture marks an edit.
            if buffer is not None:
                time = CoreMedia.CMSampleBufferGetPresentationTimeStamp(sample)
                return DisparityPicture(
                    Fraction(int(time.value), int(time.timescale)) - self._zero, disparity_values(pixel_map(buffer))
                )
        return None

    def _reader(self, start: Fraction) -> tuple[Any, Any]:
        reader, error = AVFoundation.AVAssetReader.alloc().initWithAsset_error_(self._asset, None)
        if reader is None:
            raise self._unreadable(error)
        settings = {Quartz.kCVPixelBufferPixelFormatTypeKey: format_code("hdis")}
        kind = AVFoundation.AVAssetReaderTrackOutput
        output = kind.alloc().initWithTrack_outputSettings_(self._track, settings)
        output.setAlwaysCopiesSampleData_(False)
        reader.addOutput_(output)
        first = CoreMedia.CMTimeMake(int((start + self._zero) * _TIMESCALE), _TIMESCALE)
        reader.setTimeRange_(CoreMedia.CMTimeRangeMake(first, CoreMedia.kCMTimePositiveInfinity))
        if not reader.startReading():
            raise self._unreadable(reader.error())
        return reader, output

    def _unreadable(self, error: Any) -> EngineError:
        reason = error.localizedDescription() if error is not None else "no reason was given"
        return EngineError(
            f"macOS cannot read the disparity of {self._path.name}: {reason}.", "Choose a depth model with --model ID."
        )


def _loaded(asset: Any, path: Path) -> Any:
    """The CNAssetInfo of an asset, which macOS returns on another thread."""
    ended, found = threading.Event(), []

    def done(information: Any, error: Any) -> None:
        found.append((information, error))
        ended.set()

    Cinematic.CNAssetInfo.loadFromAsset_completionHandler_(asset, done)
    if not ended.wait(_SECONDS_TO_LOAD):
        raise EngineError(f"macOS does not answer about the depth of {path.name}.", "Restart the Mac.")
    information, error = found[0]
    if information is None:
        reason = error.localizedDescription() if error is not None else "it is not a Cinematic clip"
        raise EngineError(f"{path.name} has no depth: {reason}.", "Choose a depth model with --model ID.")
    return information
