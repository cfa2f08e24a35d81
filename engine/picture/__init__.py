"""Pictures: decoded to scene-linear ACEScg at the door, seen through a view, encoded at the far door."""

from __future__ import annotations

from engine.picture.as_shot import Conversion, Rendering, conversion_of, describe
from engine.picture.chunks import Frames, forget_chunks
from engine.picture.color import CONFIG, View, input_transform, to_acescg, to_display, view_table
from engine.picture.condition import check_picture
from engine.picture.container import open_media
from engine.picture.content import PictureContent, content_of_planes, frames_between_looks
from engine.picture.deinterlace import DEINTERLACER
from engine.picture.door import PictureSource
from engine.picture.encode import Layout, write_movie
from engine.picture.encoders import SAMPLE_ENTRY, TAGS, PictureFormat, available_encoders
from engine.picture.exr import DWA_LEVEL, Compression, ExrFrame, ExrInfo, exr_info, read_exr, write_exr
from engine.picture.exr_sequence import (
    frame_number,
    frame_step,
    frame_ticks,
    is_pattern,
    sequence_files,
    sequence_patterns,
    sequence_stem,
)
from engine.picture.fidelity import ChunkFidelity, PlaneSsim, join_digests, picture_digest
from engine.picture.light import AS_SHOT_LIGHT, HDR10_LIGHT, LightMetadata
from engine.picture.oracle import Verdict, demand_true_device, examine_device
from engine.picture.pipeline import OutputSpec, Overlay, Pipeline
from engine.picture.planes import Planes, YuvPlanes
from engine.picture.scaling import Fit
from engine.picture.stills import Grid, Shown, contact_sheet, filmstrip, write_png
from engine.picture.subtitles import CaptionLine, CaptionTrack, captions_in
from engine.picture.survey import MovieSurvey, light_of, survey_movie
from engine.picture.viewing import Viewer

__all__ = [
    "AS_SHOT_LIGHT",
    "CONFIG",
    "DEINTERLACER",
    "DWA_LEVEL",
    "HDR10_LIGHT",
    "SAMPLE_ENTRY",
    "TAGS",
    "CaptionLine",
    "CaptionTrack",
    "ChunkFidelity",
    "Compression",
    "Conversion",
    "ExrFrame",
    "ExrInfo",
    "Fit",
    "Frames",
    "Grid",
    "Layout",
    "LightMetadata",
    "MovieSurvey",
    "OutputSpec",
    "Overlay",
    "PictureContent",
    "PictureFormat",
    "PictureSource",
    "Pipeline",
    "PlaneSsim",
    "Planes",
    "Rendering",
    "Shown",
    "Verdict",
    "View",
    "Viewer",
    "YuvPlanes",
    "available_encoders",
    "captions_in",
    "check_picture",
    "contact_sheet",
    "content_of_planes",
    "conversion_of",
    "demand_true_device",
    "describe",
    "examine_device",
    "exr_info",
    "filmstrip",
    "forget_chunks",
    "frame_number",
    "frame_step",
    "frame_ticks",
    "frames_between_looks",
    "input_transform",
    "is_pattern",
    "join_digests",
    "light_of",
    "open_media",
    "picture_digest",
    "read_exr",
    "sequence_files",
    "sequence_patterns",
    "sequence_stem",
    "survey_movie",
    "to_acescg",
    "to_display",
    "view_table",
    "write_exr",
    "write_movie",
    "write_png",
]
