from .bezier import parameter_at
from .clock_guard import WallClockError, without_clock
from .curve import INTERPOLATIONS, Interpolation, Keyframe, KeyframeCurve, Tangent
from .model import KeyframeModel, KeyTime, TangentModel, curve_from_keys, keys_of_curve

__all__ = [
    "INTERPOLATIONS",
    "Interpolation",
    "KeyTime",
    "Keyframe",
    "KeyframeCurve",
    "KeyframeModel",
    "Tangent",
    "TangentModel",
    "WallClockError",
    "curve_from_keys",
    "keys_of_curve",
    "parameter_at",
    "without_clock",
]
