"""The studio's catalog in one SQLite file: projects, ingest batches, takes, reviews, conditions and jobs."""

from .catalog import Catalog, migrations
from .conditions import (
    UNCHECKED,
    Condition,
    Conditions,
    damage_within,
    describe_damage,
    summarize_damage,
)
from .farm import Farm, FarmFault, FarmLease, FarmListener, FarmMachine, FinishedLease, LeaseState, MachineState
from .farm_codes import MOST_TRIES, FarmCode, FarmCodes
from .journal import Edit, Journal, JournalledList
from .media import (
    Capture,
    Damage,
    DataTrack,
    DolbyVision,
    Encoding,
    Exact,
    FrozenModel,
    HdrMetadata,
    OtherPicture,
    Picture,
    Probe,
    Sound,
    Unsupported,
)
from .names import ListedName, device_names, job_names, project_names, take_names
from .observations import ObservationRecord, ObservedBand, refuse_observation
from .phones import PhoneDevice, PhoneListener, Phones
from .policies import Policies, RecordedDecision
from .project_name import project_folder
from .queue import Queue
from .ranges import KeptRange, Span, range_at, range_ending_after, range_starting_before, span_text
from .records import ChangeCounters, IngestBatch, Job, JobEvent, JobState, Project, Take
from .review_records import Marker, RetakeCue, Review
from .reviews import Reviews
from .selection import Rule, Selection, select_takes
from .shooting_order import camera_number, in_shooting_order, sessions, sort_recordings
from .speeds import Speeds, work_amount
from .take_list import TAKE_FILTERS, TAKE_SORTS, matches_filter, sort_takes
from .verifications import DEFAULT_DAYS, SealedFolder, SealProblem, Verifications, due_at

__all__ = [
    "DEFAULT_DAYS",
    "MOST_TRIES",
    "TAKE_FILTERS",
    "TAKE_SORTS",
    "UNCHECKED",
    "Capture",
    "Catalog",
    "ChangeCounters",
    "Condition",
    "Conditions",
    "Damage",
    "DataTrack",
    "DolbyVision",
    "Edit",
    "Encoding",
    "Exact",
    "Farm",
    "FarmCode",
    "FarmCodes",
    "FarmFault",
    "FarmLease",
    "FarmListener",
    "FarmMachine",
    "FinishedLease",
    "FrozenModel",
    "HdrMetadata",
    "IngestBatch",
    "Job",
    "JobEvent",
    "JobState",
    "Journal",
    "JournalledList",
    "KeptRange",
    "LeaseState",
    "ListedName",
    "MachineState",
    "Marker",
    "ObservationRecord",
    "ObservedBand",
    "OtherPicture",
    "PhoneDevice",
    "PhoneListener",
    "Phones",
    "Picture",
    "Policies",
    "Probe",
    "Project",
    "Queue",
    "RecordedDecision",
    "RetakeCue",
    "Review",
    "Reviews",
    "Rule",
    "SealProblem",
    "SealedFolder",
    "Selection",
    "Sound",
    "Span",
    "Speeds",
    "Take",
    "Unsupported",
    "Verifications",
    "camera_number",
    "damage_within",
    "describe_damage",
    "device_names",
    "due_at",
    "in_shooting_order",
    "job_names",
    "matches_filter",
    "migrations",
    "project_folder",
    "project_names",
    "range_at",
    "range_ending_after",
    "range_starting_before",
    "refuse_observation",
    "select_takes",
    "sessions",
    "sort_recordings",
    "sort_takes",
    "span_text",
    "summarize_damage",
    "take_names",
    "work_amount",
]
