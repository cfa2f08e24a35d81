"""Writes HDR10 boxes (mastering display, light levels) to the container, where players read them before decoding."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import av
import numpy as np
from av.bitstream import BitStreamFilterContext

from engine.isobmff.editor import EditableBox, read_index
from engine.picture.encoders import PictureFormat, add_video_stream
from engine.picture.hdr_metadata import LightMetadata


def add_hdr10_stream(movie: Any, wanted: PictureFormat, light: LightMetadata) -> Any:
    """Adds a video stream as `add_video_stream` does, with `mdcv` and `clli` in its sample entry.

    FFmpeg's muxer writes these boxes only for a stream copied from a file that has them, and PyAV cannot set them.
    Therefore the stream is copied from a file of a few frames, to which the boxes are added first.
    """
    with av.open(BytesIO(_with_light(_a_few_frames(wanted), light)), "r") as model:
        # Opaque, because the template has a decoder and no encoder.
        stream = movie.add_stream_from_template(model.streams.video[0], opaque=True)
        if wanted.codec == "hevc":
            # The encoder's packets have start codes, but FFmpeg assumes none for a stream whose header has none.
            BitStreamFilterContext("hevc_mp4toannexb", model.streams.video[0], stream)
        return stream


def model_movie(wanted: PictureFormat) -> bytes:
    """A black movie of a few frames in this format, whose sample entry has the boxes of the format."""
    movie = _a_few_frames(wanted)
    return _with_light(movie, wanted.light) if wanted.view == "pq" and wanted.light else movie


def _with_light(movie: bytes, light: LightMetadata) -> bytes:
    boxes = EditableBox("mdcv", light.mdcv).to_bytes() + EditableBox("clli", light.clli).to_bytes()
    return with_entry_boxes(movie, boxes)


def with_entry_boxes(file: bytes, boxes: bytes) -> bytes:
    """Adds `boxes` to the end of the sample entry of an MP4 with one track and its index at the end."""
    found = read_index(BytesIO(file))
    if found is None:
        raise ValueError("no moov in the file")
    place, moov = found
    moov.find("trak", "mdia", "minf", "stbl", "stsd").children[0].fields += boxes
    return file[: place.start] + moov.to_bytes() + file[place.end :]


def _a_few_frames(wanted: PictureFormat) -> bytes:
    """A black movie of 10 frames, enough for x265's reordering."""
    file = BytesIO()
    kind = "mov" if wanted.codec == "prores" else "mp4"
    with av.open(file, "w", format=kind, options={"fflags": "+bitexact"}) as movie:
        stream = add_video_stream(movie, wanted)
        for number in range(10):
            frame = av.VideoFrame(wanted.width, wanted.height, stream.codec_context.pix_fmt)
            deep = wanted.bit_depth == 10
            for plane, code in zip(frame.planes, (16, 128, 128), strict=True):
                np.frombuffer(memoryview(plane), np.uint16 if deep else np.uint8)[:] = code * (4 if deep else 1)
            frame.pts, frame.time_base = number, 1 / wanted.rate
            movie.mux(stream.encode(frame))
        movie.mux(stream.encode())
    return file.getvalue()
