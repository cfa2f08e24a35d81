"""What the studio knows: projects, deliveries, takes, what is decided about them, and jobs, in one SQLite file."""

from engine.catalog.conditions import (
    UNCHECKED,
    Condition,
    Conditions,
    damage_within,
    describe_damage,
    summarize_damage,
)
from engine.catalog.media import (
    Capture,
    Damage,
    DataTrack,
    DolbyVision,
    Exact,
    HdrMetadata,
    OtherPicture,
    Picture,
    Probe,
    Row,
    Sound,
    Unsupported,
    problems,
)
from engine.catalog.order import camera_number, in_shooting_order, sessions, sort_recordings
from engine.catalog.queue import Queue
from engine.catalog.reviews import Cue, Edit, Marker, Review, Reviews
from engine.catalog.rows import Delivery, Job, JobState, Passage, Project, Pulse, Take
from engine.catalog.selection import Selection, select_takes
from engine.catalog.store import Catalog, migrations
from engine.encoding import Encoding

__all__ = [
    "UNCHECKED",
    "Capture",
    "Catalog",
    "Condition",
    "Conditions",
    "Cue",
    "Damage",
    "DataTrack",
    "Delivery",
    "DolbyVision",
    "Edit",
    "Encoding",
    "Exact",
    "HdrMetadata",
    "Job",
    "JobState",
    "Marker",
    "OtherPicture",
    "Passage",
    "Picture",
    "Probe",
    "Project",
    "Pulse",
    "Queue",
    "Review",
    "Reviews",
    "Row",
    "Selection",
    "Sound",
    "Take",
    "Unsupported",
    "camera_number",
    "damage_within",
    "describe_damage",
    "in_shooting_order",
    "migrations",
    "problems",
    "select_takes",
    "sessions",
    "sort_recordings",
    "summarize_damage",
]
