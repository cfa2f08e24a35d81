"""Renders a take by a recipe, checks the finished files and writes a receipt."""

from .approvals import (
    APPROVALS,
    Approval,
    ApprovalList,
    approve,
    packages_digest,
    read_approvals,
    review_standings,
)
from .archive import build_archive
from .archive_files import ArchiveItem
from .archive_recipe import ArchiveRecipe
from .build import build_deliverable
from .caption_recipe import CaptionStyle
from .checks import KINDS, CheckRule, Finished, check_ids, check_rules, find_rule, run_checks
from .condition import SourceCondition, accept_command, damaged_gate
from .copy_estimate import estimate_copies
from .cover import cover_digest
from .cut_build import build_cut
from .cut_condition import CutCondition, accept_cut_command
from .cut_request import CutRequest, CutTake, cut_codecs, refuse_impossible_cut
from .cut_sound import cut_tracks, master_cut, recorded_sounds
from .cut_titles import CutTitles, shows_captions
from .dialog import cleaning_notes
from .differences import Difference, recipe_differences
from .estimate import Estimate, estimate_cut, estimate_deliverable
from .explain import Statement, explain_recipe
from .failure import FAILED, stop_after
from .followed_take import FollowedTake
from .frame_plans import explain_frame, frame_confidence
from .frame_proof import check_sequence, file_is_whole, frames_are_whole
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
from .movie_parts import (
    MovieRequest,
    add_part,
    copied_frames,
    has_part,
    measure_part,
    movie_format,
    part_stretches,
    refuse_parts,
    render_part,
)
from .outputs import MasteredSound
from .ownership import ARCHIVE_SEAL, FRAMES_SUFFIX, ExistingFile, find_existing_files, refuse_occupied, targets
from .perception_use import PerceptionGate, PerceptionUse, perception_record
from .permission import deliver_values
from .platform_verdict import PlatformVerdict, judge
from .platforms import Platform, load_platform, platform_names
from .preview import DeliveryFrames
from .provenance import DeviceFacts, ModelUse, ToolVersion
from .readiness import planned_readiness
from .receipt import (
    RECEIPT,
    Check,
    Deliverable,
    DeliverableFile,
    Receipt,
    Role,
    Signature,
    read_receipt,
    write_receipt,
)
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
from .recipe_looks import clip_looks, cut_looks, layer_look, looks_as_json, looks_from_json, recipe_look
from .recipe_schema import recipe_schema
from .rendered_parts import FarmParts, RenderedPart, Seam
from .request import DeliverableRequest, refuse_impossible, stretch_label
from .running_checks import publish_checks, read_running_checks, withdraw_checks
from .safe_zones import PictureZone, safe_zones, with_outlines
from .signing import check_manifest, signing_certificate
from .software import SOFTWARE, Identity, Part, different_parts, software_identity, software_of_any_device
from .source_seal import SourceSeal, newest_seal
from .speed import Speed, keeps_sound, rate_divisor, refuse_unanswered, with_speed
from .used_package import UsedPackage, credits_of

__all__ = [
    "APPROVALS",
    "ARCHIVE_SEAL",
    "FAILED",
    "FRAMES_SUFFIX",
    "KINDS",
    "OWN_RECIPES",
    "RECEIPT",
    "SOFTWARE",
    "Approval",
    "ApprovalList",
    "ArchiveItem",
    "ArchiveRecipe",
    "CaptionStyle",
    "Check",
    "CheckRule",
    "CutCondition",
    "CutRequest",
    "CutTake",
    "CutTitles",
    "Deliverable",
    "DeliverableFile",
    "DeliverableRequest",
    "DeliveryFrames",
    "DeviceFacts",
    "Difference",
    "Estimate",
    "ExistingFile",
    "FarmParts",
    "Finished",
    "FollowedTake",
    "Identity",
    "MasteredSound",
    "ModelUse",
    "MovieRequest",
    "Part",
    "PerceptionGate",
    "PerceptionUse",
    "PictureZone",
    "Platform",
    "PlatformVerdict",
    "Receipt",
    "Recipe",
    "RecipeLibrary",
    "RenderedPart",
    "Role",
    "Seam",
    "Signature",
    "SoundRecipe",
    "SourceCondition",
    "SourceSeal",
    "Speed",
    "Statement",
    "StoredRecipe",
    "ToolVersion",
    "UsedPackage",
    "accept_command",
    "accept_cut_command",
    "add_part",
    "approve",
    "build_archive",
    "build_cut",
    "build_deliverable",
    "check_ids",
    "check_manifest",
    "check_rules",
    "check_sequence",
    "cleaning_notes",
    "clip_looks",
    "copied_frames",
    "copy_recipe",
    "cover_digest",
    "credits_of",
    "cut_codecs",
    "cut_looks",
    "cut_tracks",
    "damaged_gate",
    "deliver_values",
    "dialog_track",
    "different_parts",
    "estimate_copies",
    "estimate_cut",
    "estimate_deliverable",
    "explain_frame",
    "explain_recipe",
    "file_is_whole",
    "find_existing_files",
    "find_problems",
    "find_rule",
    "frame_confidence",
    "frames_are_whole",
    "has_part",
    "judge",
    "keeps_sound",
    "layer_look",
    "load_library",
    "load_platform",
    "load_recipe",
    "looks_as_json",
    "looks_from_json",
    "master_cut",
    "master_stretch",
    "measure_part",
    "movie_format",
    "new_recipe_text",
    "newest_seal",
    "own_recipe_paths",
    "packages_digest",
    "part_stretches",
    "perception_record",
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
    "recipe_look",
    "recipe_names",
    "recipe_path",
    "recipe_schema",
    "recorded_sounds",
    "refuse_built_in",
    "refuse_impossible",
    "refuse_impossible_cut",
    "refuse_occupied",
    "refuse_parts",
    "refuse_unanswered",
    "remove_recipe",
    "render_part",
    "required_codecs",
    "review_standings",
    "run_checks",
    "safe_zones",
    "shows_captions",
    "signing_certificate",
    "software_identity",
    "software_of_any_device",
    "stop_after",
    "stored_recipe",
    "stretch_label",
    "targets",
    "variant_names",
    "with_outlines",
    "with_speed",
    "withdraw_checks",
    "write_receipt",
]
