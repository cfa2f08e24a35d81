"""The opening of the mouth and of the eyes from the landmarks of a face."""

from __future__ import annotations

from math import hypot

from engine.perception.products import PersonFace

LANDMARKS = 468
"""The points of MediaPipe's face mesh."""

# Points of the mesh: https://github.com/google-ai-edge/mediapipe, face_mesh_connections.py. Of each eye: the outer
# corner, two points of the upper lid, the inner corner, and the points of the lower lid below them.
_EYES = ((33, 160, 158, 133, 153, 144), (263, 387, 385, 362, 380, 373))
_UPPER_LIP, _LOWER_LIP = 13, 14
# From between the eyes to below the nose: a length that no expression changes.
_BROW, _NOSE = 168, 2


def mouth_opening(face: PersonFace, aspect: float) -> float | None:
    """The gap between the lips as a share of the nose's length; None without landmarks.

    `aspect` is the width of the frame by its height.
    """
    length = _distance(face, _BROW, _NOSE, aspect) if len(face.landmarks) >= LANDMARKS else 0.0
    return _distance(face, _UPPER_LIP, _LOWER_LIP, aspect) / length if length > 0 else None


def eye_openness(face: PersonFace, aspect: float) -> float | None:
    """The height of the more open eye as a share of its width; None without landmarks.

    An open eye has 0.2 to 0.4, a closed one less than 0.15. `aspect` is as in `mouth_opening`. Source: Soukupová and
    Čech, "Real-time eye blink detection using facial landmarks", 2016.
    """
    if len(face.landmarks) < LANDMARKS:
        return None
    ratios = []
    for outer, upper, upper_inner, inner, lower_inner, lower in _EYES:
        width = _distance(face, outer, inner, aspect)
        height = _distance(face, upper, lower, aspect) + _distance(face, upper_inner, lower_inner, aspect)
        ratios.append(height / (2 * width) if width > 0 else 0.0)
    return max(ratios)


def _distance(face: PersonFace, one: int, two: int, aspect: float) -> float:
    """The distance between two landmarks in heights of the frame."""
    (x, y), (u, v) = face.landmarks[one], face.landmarks[two]
    return hypot((x - u) * aspect, y - v)
