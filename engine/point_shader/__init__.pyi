"""Point shaders: WGSL functions of one pixel in a checked subset, whose work is known before they are compiled."""

from .shader import ENTRY, MOST_PARAMETERS, MOST_STEPS, SUFFIX, PointShader, module_name, read_point_shader

__all__ = ["ENTRY", "MOST_PARAMETERS", "MOST_STEPS", "SUFFIX", "PointShader", "module_name", "read_point_shader"]
