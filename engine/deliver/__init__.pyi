"""Renders a take by a recipe, checks the finished files and writes a receipt."""

from .approvals import APPROVALS, Approval, ApprovalList, approve, read_approvals
from .build import build_deliverable
from .caption_recipe import CaptionStyle
from .checks import KINDS, CheckRule, Finished, check_rules, find_rule, run_checks
from .condition import SourceCondition, accept_command, damaged_gate
from .copy_estimate import estimate_copies
from .cut_build import build_cut
from .cut_condition import CutCondition, accept_cut_command
from .cut_request import CutRequest, CutTake, cut_codecs, refuse_impossible_cut
from .cut_sound import cut_tracks, master_cut, recorded_sounds
from .dialog import cleaning_notes
from .differences import Difference, recipe_differences
from .estimate import Estimate, estimate_cut, estimate_deliverable
from .explain import Statement, explain_recipe
from .library import (
    RecipeLibrary,
    StoredRecipe,
    copy_recipe,
    load_library,
    new_recipe_text,
    own_recipe_paths,
    refuse_built_in,
    remove_recipe,
    stored_recipe,
)
from .master import dialog_track, master_stretch, required_codecs
from .outputs import MasteredSound
from .ownership import ExistingFile, find_existing_files, refuse_occupied, targets
from .permission import deliver_values
from .platform_verdict import PlatformVerdict, judge
from .platforms import Platform, load_platform, platform_names
from .preview import DeliveryFrames
from .readiness import planned_readiness
from .receipt import RECEIPT, Check, Deliverable, DeliverableFile, Receipt, read_receipt
from .recipe import Recipe, SoundRecipe
from .recipe_files import (
    OWN_RECIPES,
    find_problems,
    load_recipe,
    read_recipe,
    recipe_lineage,
    recipe_names,
    recipe_path,
    variant_names,
)
from .recipe_schema import recipe_schema
from .request import DeliverableRequest, refuse_impossible, stretch_label
from .running_checks import publish_checks, read_running_checks, withdraw_checks
from .safe_zones import SafeZone, safe_zones, with_outlines
from .speed import Speed, keeps_sound, rate_divisor, refuse_unanswered, with_speed

__all__ = [
    "APPROVALS",
    "KINDS",
    "OWN_RECIPES",
    "RECEIPT",
    "Approval",
    "ApprovalList",
    "CaptionStyle",
    "Check",
    "CheckRule",
    "CutCondition",
    "CutRequest",
    "CutTake",
    "Deliverable",
    "DeliverableFile",
    "DeliverableRequest",
    "DeliveryFrames",
    "Difference",
    "Estimate",
    "ExistingFile",
    "Finished",
    "MasteredSound",
    "Platform",
    "PlatformVerdict",
    "Receipt",
    "Recipe",
    "RecipeLibrary",
    "SafeZone",
    "SoundRecipe",
    "SourceCondition",
    "Speed",
    "Statement",
    "StoredRecipe",
    "accept_command",
    "accept_cut_command",
    "approve",
    "build_cut",
    "build_deliverable",
    "check_rules",
    "cleaning_notes",
    "copy_recipe",
    "cut_codecs",
    "cut_tracks",
    "damaged_gate",
    "deliver_values",
    "dialog_track",
    "estimate_copies",
    "estimate_cut",
    "estimate_deliverable",
    "explain_recipe",
    "find_existing_files",
    "find_problems",
    "find_rule",
    "judge",
    "keeps_sound",
    "load_library",
    "load_platform",
    "load_recipe",
    "master_cut",
    "master_stretch",
    "new_recipe_text",
    "own_recipe_paths",
    "planned_readiness",
    "platform_names",
    "publish_checks",
    "rate_divisor",
    "read_approvals",
    "read_receipt",
    "read_recipe",
    "read_running_checks",
    "recipe_differences",
    "recipe_lineage",
    "recipe_names",
    "recipe_path",
    "recipe_schema",
    "recorded_sounds",
    "refuse_built_in",
    "refuse_impossible",
    "refuse_impossible_cut",
    "refuse_occupied",
    "refuse_unanswered",
    "remove_recipe",
    "required_codecs",
    "run_checks",
    "safe_zones",
    "stored_recipe",
    "stretch_label",
    "targets",
    "variant_names",
    "with_outlines",
    "with_speed",
    "withdraw_checks",
]
