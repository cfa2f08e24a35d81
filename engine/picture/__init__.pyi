"""Picture processing: decodes to scene-linear ACEScg, applies a view and encodes."""

from .alpha_movie import AlphaMode, premultiplied, write_alpha_movie
from .array_view import view_rgb8_of
from .as_shot import Conversion, conversion_of, describe
from .chapters import MovieChapter, chapters_in
from .choices import DWA_LEVEL, Compression, Rendering, View
from .chunk_file import read_chunk
from .chunk_rates import shared_rates
from .chunks import FrameSource, chunk_path, encode_chunk, forget_chunks, measure_chunk, movie_stretches
from .coded_picture import CodedPicture, read_coded_picture
from .color import (
    AP1,
    CONFIG,
    bradford_adaptation,
    color_library_version,
    input_transform,
    matrix_to_acescg,
    rgb_to_xyz,
    to_acescg,
    to_display,
    view_table,
)
from .compositor import Compositor, Layer
from .condition import check_picture
from .container import open_media
from .content import PictureContent, content_of_planes, frames_between_samples, light_content
from .copy_proof import RecordedPictures, insides, recorded_pictures, same_packets
from .decoder import PictureSource
from .deinterlace import DEINTERLACER
from .disparity_track import DisparityMovie, DisparityPicture, media_time_zero
from .draft import write_draft
from .encode import MovieLayout, write_movie
from .encoders import SAMPLE_ENTRY, TAGS, PictureFormat, available_encoders, encoder_for
from .exr import ExrFrame, ExrInfo, exr_info, read_exr, sample_bits, write_exr
from .exr_sequence import (
    frame_number,
    frame_step,
    frame_ticks,
    is_pattern,
    sequence_files,
    sequence_patterns,
    sequence_stem,
)
from .fidelity import ChunkFidelity, PlaneSsim, join_digests, picture_digest
from .frame_graphs import OutputSpec, Overlay
from .frame_signatures import FrameSignatures, assembled_signatures, signatures_from
from .gpu_conformance import ConformanceResult, check_device, require_conformant_device
from .hdr_metadata import AS_SHOT_LIGHT, HDR10_LIGHT, LightMetadata, pq_nits
from .light_output import LightOutput
from .linear import LinearCompositor, LinearPipeline
from .look_source import WHOLE_PICTURE, LookSource, PictureWindow
from .lut import CURVE_DOMAIN, CURVE_STEPS, BakedLut, LutCurves, bake_lut, color_space
from .movie_inspection import MovieInspection, SoundInspection, inspect_movie, read_light_metadata
from .moving_crop import CropWindow, crop_shares
from .overlay_light import overlay_light
from .packet_copy import (
    COPIED_CODECS,
    CopiedStretch,
    RecordedStretch,
    copyable,
    index_stretch,
    keep_long_pieces,
    read_stretch,
)
from .pipeline import Pipeline
from .planes import Planes, YuvPlanes
from .reveal import Direction, Reveal
from .scaling import Fit
from .scene_look import ANALYSED, LookPasses, SceneLook
from .scope_pictures import SCOPES, Scope, draw_scope
from .scopes import (
    LightHistogram,
    ScopeNumbers,
    light_histogram,
    luma,
    scope_numbers,
    to_nits,
    vectorscope,
    waveform,
)
from .seam_frames import flip_of_frames
from .sequence_record import FrameEntry, SequenceRecord, frame_attributes
from .signature_comparison import (
    FrameStretch,
    PictureClipping,
    PictureFaults,
    PictureOffset,
    clipping,
    picture_faults,
    picture_offset,
)
from .small_view import SmallView, small_size
from .stills import SheetFrame, SheetGrid, contact_sheet, filmstrip, jpeg_url, write_png
from .subtitles import CaptionLine, CaptionTrack, captions_in
from .viewer import Viewer, load_gpu

__all__ = [
    "ANALYSED",
    "AP1",
    "AS_SHOT_LIGHT",
    "CONFIG",
    "COPIED_CODECS",
    "CURVE_DOMAIN",
    "CURVE_STEPS",
    "DEINTERLACER",
    "DWA_LEVEL",
    "HDR10_LIGHT",
    "SAMPLE_ENTRY",
    "SCOPES",
    "TAGS",
    "WHOLE_PICTURE",
    "AlphaMode",
    "BakedLut",
    "CaptionLine",
    "CaptionTrack",
    "ChunkFidelity",
    "CodedPicture",
    "Compositor",
    "Compression",
    "ConformanceResult",
    "Conversion",
    "CopiedStretch",
    "CropWindow",
    "Direction",
    "DisparityMovie",
    "DisparityPicture",
    "ExrFrame",
    "ExrInfo",
    "Fit",
    "FrameEntry",
    "FrameSignatures",
    "FrameSource",
    "FrameStretch",
    "Layer",
    "LightHistogram",
    "LightMetadata",
    "LightOutput",
    "LinearCompositor",
    "LinearPipeline",
    "LookPasses",
    "LookSource",
    "LutCurves",
    "MovieChapter",
    "MovieInspection",
    "MovieLayout",
    "OutputSpec",
    "Overlay",
    "PictureClipping",
    "PictureContent",
    "PictureFaults",
    "PictureFormat",
    "PictureOffset",
    "PictureSource",
    "PictureWindow",
    "Pipeline",
    "PlaneSsim",
    "Planes",
    "RecordedPictures",
    "RecordedStretch",
    "Rendering",
    "Reveal",
    "SceneLook",
    "Scope",
    "ScopeNumbers",
    "SequenceRecord",
    "SheetFrame",
    "SheetGrid",
    "SmallView",
    "SoundInspection",
    "View",
    "Viewer",
    "YuvPlanes",
    "assembled_signatures",
    "available_encoders",
    "bake_lut",
    "bradford_adaptation",
    "captions_in",
    "chapters_in",
    "check_device",
    "check_picture",
    "chunk_path",
    "clipping",
    "color_library_version",
    "color_space",
    "contact_sheet",
    "content_of_planes",
    "conversion_of",
    "copyable",
    "crop_shares",
    "describe",
    "draw_scope",
    "encode_chunk",
    "encoder_for",
    "exr_info",
    "filmstrip",
    "flip_of_frames",
    "forget_chunks",
    "frame_attributes",
    "frame_number",
    "frame_step",
    "frame_ticks",
    "frames_between_samples",
    "index_stretch",
    "input_transform",
    "insides",
    "inspect_movie",
    "is_pattern",
    "join_digests",
    "jpeg_url",
    "keep_long_pieces",
    "light_content",
    "light_histogram",
    "load_gpu",
    "luma",
    "matrix_to_acescg",
    "measure_chunk",
    "media_time_zero",
    "movie_stretches",
    "open_media",
    "overlay_light",
    "picture_digest",
    "picture_faults",
    "picture_offset",
    "pq_nits",
    "premultiplied",
    "read_chunk",
    "read_coded_picture",
    "read_exr",
    "read_light_metadata",
    "read_stretch",
    "recorded_pictures",
    "require_conformant_device",
    "rgb_to_xyz",
    "same_packets",
    "sample_bits",
    "scope_numbers",
    "sequence_files",
    "sequence_patterns",
    "sequence_stem",
    "shared_rates",
    "signatures_from",
    "small_size",
    "to_acescg",
    "to_display",
    "to_nits",
    "vectorscope",
    "view_rgb8_of",
    "view_table",
    "waveform",
    "write_alpha_movie",
    "write_draft",
    "write_exr",
    "write_movie",
    "write_png",
]
