"""Faces over a take: tracks, speaking, eyes, sharpness and exposure."""

from .crowns import crown_above, with_crowns
from .face_quality import FaceQuality, measure_face
from .face_state import EyesClosed, FaceState, closed_eyes, face_state
from .head import Box, HeadBox, head_box
from .landmarks import LANDMARKS, eye_openness, mouth_opening
from .measure import measure_faces
from .speaking import SpeakerFace, SpokenSpan, match_speakers, mouth_activity, spans_by_mouths
from .stored_faces import StoredFaces
from .take_faces import FaceSample, FaceTrack, TakeFaces
from .tracking import FaceTracker, TrackedFaces

__all__ = [
    "LANDMARKS",
    "Box",
    "EyesClosed",
    "FaceQuality",
    "FaceSample",
    "FaceState",
    "FaceTrack",
    "FaceTracker",
    "HeadBox",
    "SpeakerFace",
    "SpokenSpan",
    "StoredFaces",
    "TakeFaces",
    "TrackedFaces",
    "closed_eyes",
    "crown_above",
    "eye_openness",
    "face_state",
    "head_box",
    "match_speakers",
    "measure_face",
    "measure_faces",
    "mouth_activity",
    "mouth_opening",
    "spans_by_mouths",
    "with_crowns",
]
