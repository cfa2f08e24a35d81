"""A studio folder with its catalog and jobs: the façade that combines the engine's packages."""

from .arrivals import ARRIVAL_KINDS, Arrivals, ArrivalsReader, PhoneUpload, retry_arrivals
from .comparison import ComparedTake, TakeComparison, compare_takes
from .cut_delivery import forecast_cut, plan_cut_delivery
from .cut_exchange import CutExchange, FileFormat, ImportedCut, ImportOptions
from .cut_playback import CutPlayback, cut_playback
from .cut_stills import CutStill, cut_sheet, cut_still, write_cut_picture
from .cut_words import ProjectWords
from .cuts import ProjectCuts
from .delivery import (
    DeliveryPlan,
    DeliveryRequest,
    deliver_all,
    plan_delivery,
    plan_with_answers,
    run_plans,
    submit_deliveries,
)
from .delivery_frames import FrameViewer
from .delivery_history import LastDelivery
from .delivery_outcome import DeliveryOutcome
from .expert_reviews import ImportedVerdict, export_review, import_verdict
from .farm import (
    FarmOptions,
    drain_machine,
    farm_listener,
    find_machine,
    forgive_machine,
    new_farm_code,
    require_farm,
    revoke_machine,
    switch_farm_off,
    switch_farm_on,
)
from .forecast import DeliveryForecast, OutputFile, forecast_delivery, forecast_subjects
from .ingest_plan import plan_ingest, recent_sources
from .market import (
    OfferedPackage,
    audit_market,
    find_offer,
    hosts_of,
    install_package,
    require_market,
    search_market,
    trust_ages,
    trust_repository,
    trusted_repositories,
)
from .market_lock import (
    LockChange,
    lock_project,
    locks_of,
    preset_of_package,
    remove_package,
    restore_packages,
    update_lock,
    update_market,
)
from .market_trial import known_trial, read_trial, trial_of, try_package
from .market_verify import MarketFinding, verify_market
from .originals import refuse_original
from .phones import (
    Pairing,
    PhoneOptions,
    current_listener,
    find_device,
    new_pairing,
    switch_phones_off,
    switch_phones_on,
)
from .playback import playback_source
from .proof import DeliveryProof, prove_receipt
from .proof_link import LinkState, ProofLink
from .references import is_file_reference, parse_seconds
from .reframe import ReframeChange, change_reframe, follow_of
from .search import SEARCH_SCOPES, SearchResult, SearchScope, TakeMatches, group_by_take, search_project, suggest_phrase
from .stored_sources import StoredSources
from .stretches import Stretch, take_stretches
from .studio import JOB_KINDS, REMOTE_POOL, Studio
from .usb import UsbImport, start_usb_import, usb_devices, usb_files
from .verification import restore_lost, verify_folder
from .verification_schedule import ScheduledFolder, queue_due_verifications, schedule_verifications, scheduled_folders
from .watches import FolderWatch, WatchRequest, end_watch, start_watch, watches
from .words import correct_words, name_speaker, name_voices_of, reassign_speaker, remove_last_correction

__all__ = [
    "ARRIVAL_KINDS",
    "JOB_KINDS",
    "REMOTE_POOL",
    "SEARCH_SCOPES",
    "Arrivals",
    "ArrivalsReader",
    "ComparedTake",
    "CutExchange",
    "CutPlayback",
    "CutStill",
    "DeliveryForecast",
    "DeliveryOutcome",
    "DeliveryPlan",
    "DeliveryProof",
    "DeliveryRequest",
    "FarmOptions",
    "FileFormat",
    "FolderWatch",
    "FrameViewer",
    "ImportOptions",
    "ImportedCut",
    "ImportedVerdict",
    "LastDelivery",
    "LinkState",
    "LockChange",
    "MarketFinding",
    "OfferedPackage",
    "OutputFile",
    "Pairing",
    "PhoneOptions",
    "PhoneUpload",
    "ProjectCuts",
    "ProjectWords",
    "ProofLink",
    "ReframeChange",
    "ScheduledFolder",
    "SearchResult",
    "SearchScope",
    "StoredSources",
    "Stretch",
    "Studio",
    "TakeComparison",
    "TakeMatches",
    "UsbImport",
    "WatchRequest",
    "audit_market",
    "change_reframe",
    "compare_takes",
    "correct_words",
    "current_listener",
    "cut_playback",
    "cut_sheet",
    "cut_still",
    "deliver_all",
    "drain_machine",
    "end_watch",
    "export_review",
    "farm_listener",
    "find_device",
    "find_machine",
    "find_offer",
    "follow_of",
    "forecast_cut",
    "forecast_delivery",
    "forecast_subjects",
    "forgive_machine",
    "group_by_take",
    "hosts_of",
    "import_verdict",
    "install_package",
    "is_file_reference",
    "known_trial",
    "lock_project",
    "locks_of",
    "name_speaker",
    "name_voices_of",
    "new_farm_code",
    "new_pairing",
    "parse_seconds",
    "plan_cut_delivery",
    "plan_delivery",
    "plan_ingest",
    "plan_with_answers",
    "playback_source",
    "preset_of_package",
    "prove_receipt",
    "queue_due_verifications",
    "read_trial",
    "reassign_speaker",
    "recent_sources",
    "refuse_original",
    "remove_last_correction",
    "remove_package",
    "require_farm",
    "require_market",
    "restore_lost",
    "restore_packages",
    "retry_arrivals",
    "revoke_machine",
    "run_plans",
    "schedule_verifications",
    "scheduled_folders",
    "search_market",
    "search_project",
    "start_usb_import",
    "start_watch",
    "submit_deliveries",
    "suggest_phrase",
    "switch_farm_off",
    "switch_farm_on",
    "switch_phones_off",
    "switch_phones_on",
    "take_stretches",
    "trial_of",
    "trust_ages",
    "trust_repository",
    "trusted_repositories",
    "try_package",
    "update_lock",
    "update_market",
    "usb_devices",
    "usb_files",
    "verify_folder",
    "verify_market",
    "watches",
    "write_cut_picture",
]
