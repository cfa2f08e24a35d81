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
from .names import ListedName, job_names, project_names, take_names
from .queue import Queue
from .records import ChangeCounters, IngestBatch, Job, JobEvent, JobState, Project, Take
from .reviews import Edit, Marker, RetakeCue, Review, Reviews
from .selection import Selection, select_takes
from .shooting_order import camera_number, in_shooting_order, sessions, sort_recordings

__all__ = [
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
    "FrozenModel",
    "HdrMetadata",
    "IngestBatch",
    "Job",
    "JobEvent",
    "JobState",
    "ListedName",
    "Marker",
    "OtherPicture",
    "Picture",
    "Probe",
    "Project",
    "Queue",
    "RetakeCue",
    "Review",
    "Reviews",
    "Selection",
    "Sound",
    "Take",
    "Unsupported",
    "camera_number",
    "damage_within",
    "describe_damage",
    "in_shooting_order",
    "job_names",
    "migrations",
    "project_names",
    "select_takes",
    "sessions",
    "sort_recordings",
    "summarize_damage",
    "take_names",
]
