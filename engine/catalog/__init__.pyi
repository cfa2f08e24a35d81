"""What the studio knows: projects, deliveries, takes, what is decided about them, and jobs, in one SQLite file."""

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
    HdrMetadata,
    OtherPicture,
    Picture,
    Probe,
    Row,
    Sound,
    Unsupported,
    problems,
)
from .queue import Queue
from .records import Delivery, Job, JobState, Passage, Project, Pulse, Take
from .reviews import Cue, Edit, Marker, Review, Reviews
from .selection import Selection, select_takes
from .shooting_order import camera_number, in_shooting_order, sessions, sort_recordings

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
