"""Framing: the part of a picture that a crop of another shape keeps, over time."""

from .crop_path import CropPath
from .follow import FollowPlan, face_is_inside, plan_follow
from .follow_options import FollowOptions, Switch
from .manual_keys import with_manual_keys
from .reframe_key import ReframeKey
from .schedule import SeenTurn, ShownSpan, schedule
from .smooth_path import PathLimits, PathWishes, SmoothPath, solve_path

__all__ = [
    "CropPath",
    "FollowOptions",
    "FollowPlan",
    "PathLimits",
    "PathWishes",
    "ReframeKey",
    "SeenTurn",
    "ShownSpan",
    "SmoothPath",
    "Switch",
    "face_is_inside",
    "plan_follow",
    "schedule",
    "solve_path",
    "with_manual_keys",
]
