"""Products over time: keyframes from a provider, warped by flow between them, with a confidence for each frame."""

from .cuts import is_cut
from .depths import track_depth
from .foreground import estimate_foreground
from .masks import track_masks
from .options import TrackOptions
from .trimap import trimap_of

__all__ = ["TrackOptions", "estimate_foreground", "is_cut", "track_depth", "track_masks", "trimap_of"]
