"""Renders a take by a recipe, checks the finished files and writes a receipt."""

from .build import build_deliverable
from .condition import SourceCondition, accept_command, damaged_gate
from .cut_build import build_cut
from .cut_condition import CutCondition, accept_cut_command
from .cut_request import CutRequest, CutTake, cut_codecs, refuse_impossible_cut
from .cut_sound import cut_tracks, master_cut, recorded_sounds
from .dialog import cleaning_notes
from .estimate import Estimate, estimate_cut, estimate_deliverable
from .library import (
    RecipeLibrary,
    StoredRecipe,
    copy_recipe,
    load_library,
    own_recipe_paths,
    refuse_built_in,
    remove_recipe,
)
from .master import dialog_track, master_stretch, required_codecs
from .outputs import MasteredSound
from .ownership import ExistingFile, find_existing_files, refuse_occupied, targets
from .permission import deliver_values
from .receipt import RECEIPT, Check, Deliverable, DeliverableFile, Receipt, read_receipt
from .recipe import (
    OWN_RECIPES,
    CaptionStyle,
    Recipe,
    SoundRecipe,
    find_problems,
    load_recipe,
    recipe_names,
    variant_names,
)
from .request import DeliverableRequest, refuse_impossible, stretch_label
from .speed import Speed, keeps_sound, rate_divisor, refuse_unanswered, with_speed

__all__ = [
    "OWN_RECIPES",
    "RECEIPT",
    "CaptionStyle",
    "Check",
    "CutCondition",
    "CutRequest",
    "CutTake",
    "Deliverable",
    "DeliverableFile",
    "DeliverableRequest",
    "Estimate",
    "ExistingFile",
    "MasteredSound",
    "Receipt",
    "Recipe",
    "RecipeLibrary",
    "SoundRecipe",
    "SourceCondition",
    "Speed",
    "StoredRecipe",
    "accept_command",
    "accept_cut_command",
    "build_cut",
    "build_deliverable",
    "cleaning_notes",
    "copy_recipe",
    "cut_codecs",
    "cut_tracks",
    "damaged_gate",
    "deliver_values",
    "dialog_track",
    "estimate_cut",
    "estimate_deliverable",
    "find_existing_files",
    "find_problems",
    "keeps_sound",
    "load_library",
    "load_recipe",
    "master_cut",
    "master_stretch",
    "own_recipe_paths",
    "rate_divisor",
    "read_receipt",
    "recipe_names",
    "recorded_sounds",
    "refuse_built_in",
    "refuse_impossible",
    "refuse_impossible_cut",
    "refuse_occupied",
    "refuse_unanswered",
    "remove_recipe",
    "required_codecs",
    "stretch_label",
    "targets",
    "variant_names",
    "with_speed",
]
