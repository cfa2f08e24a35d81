"""Edits the index (`moov`) of a QuickTime/MP4 file in memory, and computes the sizes of its boxes.

Chunk offsets stay valid only if the media data stays in place: the index is at the end of the file or keeps its size.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import BinaryIO

from engine.errors import EngineError
from engine.isobmff.boxes import FileBox, child_boxes, find_index

# Boxes that contain boxes, and the size of the fields before these.
_PARENTS = {"moov": 0, "trak": 0, "mdia": 0, "minf": 0, "stbl": 0, "stsd": 8}


@dataclass(slots=True)
class EditableBox:
    """A box: its fields (of a box without children, its whole payload), then its children."""

    kind: str
    fields: bytes = b""
    children: list[EditableBox] = field(default_factory=list)

    @classmethod
    def parse(cls, kind: str, payload: memoryview) -> EditableBox:
        """Parse a payload. A box that would not return to the same bytes keeps them as fields, without children."""
        fields = _PARENTS.get(kind, len(payload))
        inner = list(child_boxes(payload[fields:]))
        if fields + sum(8 + len(body) for _, body in inner) != len(payload):
            return cls(kind, bytes(payload))
        return cls(kind, bytes(payload[:fields]), [cls.parse(*child) for child in inner])

    def payload(self) -> bytes:
        """Return the fields and children as bytes."""
        return self.fields + b"".join(child.to_bytes() for child in self.children)

    def to_bytes(self) -> bytes:
        """Return the box with its header. Sizes have 32 bits."""
        payload = self.payload()
        return struct.pack(">I4s", len(payload) + 8, self.kind.encode("latin-1")) + payload

    def all(self, kind: str) -> list[EditableBox]:
        """Return the children of this kind."""
        return [child for child in self.children if child.kind == kind]

    def find(self, *path: str) -> EditableBox:
        """Return the first box at a path of kinds. Raises EngineError if there is none."""
        box = self
        for kind in path:
            found = next((child for child in box.children if child.kind == kind), None)
            if found is None:
                raise EngineError(f"The movie's index has no {'/'.join(path)}.", "Create the movie again.")
            box = found
        return box

    def insert_after(self, kind: str, box: EditableBox) -> None:
        """Insert a child after the first one of this kind. Raises EngineError if there is none."""
        self.children.insert(self.children.index(self.find(kind)) + 1, box)

    def remove(self, kind: str) -> None:
        """Remove the children of this kind."""
        self.children = [child for child in self.children if child.kind != kind]


def read_index(file: BinaryIO) -> tuple[FileBox, EditableBox] | None:
    """Return the place and the boxes of an open file's index, or None if it has none."""
    place = find_index(file)
    return None if place is None else (place, EditableBox.parse(place.kind, place.read(file)))
