from .look import Look, LookEffect, look_from_json
from .look_changes import change_own_look, create_look_from, with_parameters
from .look_energy import EffectLight, effect_light
from .look_files import (
    OWN_LOOKS,
    LookHeader,
    kind_of,
    load_look,
    look_names,
    look_path,
    look_problems,
    merged_look,
    read_look,
)
from .look_frame import ClipLook, Curves, TakeLook, effects_at
from .look_library import StoredLook, create_look, load_looks, new_look_text, stored_look
from .look_schema import look_schema, look_schema_text
from .orders import ORDERS, Order, staged_kinds
from .parameters import Parameter, check_value, parameter_named, parameters_of
from .take_sources import TakeMoments, TakeSources, load_sources, perceive_command, products_of, require_sources

__all__ = [
    "ORDERS",
    "OWN_LOOKS",
    "ClipLook",
    "Curves",
    "EffectLight",
    "Look",
    "LookEffect",
    "LookHeader",
    "Order",
    "Parameter",
    "StoredLook",
    "TakeLook",
    "TakeMoments",
    "TakeSources",
    "change_own_look",
    "check_value",
    "create_look",
    "create_look_from",
    "effect_light",
    "effects_at",
    "kind_of",
    "load_look",
    "load_looks",
    "load_sources",
    "look_from_json",
    "look_names",
    "look_path",
    "look_problems",
    "look_schema",
    "look_schema_text",
    "merged_look",
    "new_look_text",
    "parameter_named",
    "parameters_of",
    "perceive_command",
    "products_of",
    "read_look",
    "require_sources",
    "staged_kinds",
    "stored_look",
    "with_parameters",
]
