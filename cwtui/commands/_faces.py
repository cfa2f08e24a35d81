"""The state of a face as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.perception import FaceState


def face_json(face: FaceState | None) -> dict[str, Any] | None:
    """The measures of a face and its warnings; None without a face."""
    return {**asdict(face), "warnings": list(face.warnings)} if face else None
