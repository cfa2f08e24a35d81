"""Joins encoded chunks and copied stretches to one picture track.

The encoder and each recording have parameter sets of their own. A run of packets with the same ones gets a sample
entry, for decoders that read them there. A copy stands before each sync picture, for decoders that read only the
first sample entry (docs/cut.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import av
from av.bitstream import BitStreamFilterContext

from engine.isobmff.sample_entries import SampleRun, reserve
from engine.picture.chunk_file import Chunk, Coded, packets, reordering
from engine.picture.encoders import PictureFormat
from engine.picture.fidelity import packet_of
from engine.picture.hdr10 import model_movie
from engine.picture.packet_copy import CopiedStretch, copied_contents
from engine.picture.parameter_sets import ParameterSets, length_prefixed, linked


@dataclass(slots=True)
class JoinedPicture:
    """The picture track of a film with copied stretches: `chunks` and `copies` have all of its frames once.

    `add_stream` comes first; `runs` are known afterwards.
    """

    wanted: PictureFormat
    chunks: Sequence[Chunk]
    copies: Sequence[CopiedStretch]
    _encoder: bytes = b""

    @property
    def runs(self) -> list[SampleRun]:
        """The configuration of each run of packets; empty for a codec without one."""
        if self.wanted.codec == "prores":
            return []
        found: list[SampleRun] = []
        for piece in self._pieces:
            configuration = piece.source.configuration if isinstance(piece, CopiedStretch) else self._encoder
            before = found[-1] if found else None
            if before and before.configuration == configuration:
                found[-1] = SampleRun(before.samples + len(piece.frames), configuration)
            else:
                found.append(SampleRun(len(piece.frames), configuration))
        return found

    def add_stream(self, movie: Any) -> Any:
        """Adds the track to an open container, whose packets have lengths instead of start codes."""
        with av.open(BytesIO(model_movie(self.wanted)), "r") as model:
            template = model.streams.video[0]
            self._encoder = bytes(template.codec_context.extradata or b"")
            # Opaque, because the template has a decoder and no encoder. The filter keeps the sample entry's name.
            stream = movie.add_stream_from_template(template, opaque=True)
            BitStreamFilterContext("null", template, stream)
        for field, spaces in reserve(self.runs).items() if self.runs else ():
            movie.metadata[field] = spaces
        return stream

    def packets(self, stream: Any) -> Iterator[Any]:
        """The packets: PTS is the frame number, and DTS is never later than PTS."""
        rate = self.wanted.rate
        delay = max(
            piece.delay if isinstance(piece, CopiedStretch) else reordering(piece, rate) for piece in self._pieces
        )
        for piece in self._pieces:
            contents = self._copied(piece) if isinstance(piece, CopiedStretch) else self._encoded(piece)
            for order, (content, frame, key) in enumerate(contents, piece.frames.start):
                packet = packet_of(content)
                packet.stream, packet.time_base, packet.is_keyframe = stream, 1 / rate, key
                packet.pts, packet.dts, packet.duration = frame, order - delay, 1
                yield packet

    @property
    def _pieces(self) -> list[Chunk | CopiedStretch]:
        both: list[Chunk | CopiedStretch] = [*self.chunks, *self.copies]
        return sorted(both, key=lambda piece: piece.frames.start)

    def _encoded(self, chunk: Chunk) -> Iterator[tuple[bytes, int, bool]]:
        sets = ParameterSets.of(self.wanted.codec, self._encoder)
        coded: Coded
        for coded in packets([chunk]):
            content, key = bytes(coded.packet), coded.packet.is_keyframe
            if sets:
                content = length_prefixed(content)
                content = sets.insert(content) if key else content
            yield content, coded.frame, key

    def _copied(self, stretch: CopiedStretch) -> Iterator[tuple[bytes, int, bool]]:
        sets = ParameterSets.of(stretch.source.codec, stretch.source.configuration)
        for number, (packet, content) in enumerate(zip(stretch.packets, copied_contents(stretch), strict=True)):
            recorded = packet.recorded
            if number == 0 and stretch.is_open:
                content = linked(content)
            if sets and recorded.sync:
                content = sets.insert(content)
            yield content, packet.frame, recorded.key or recorded.sync is not None
