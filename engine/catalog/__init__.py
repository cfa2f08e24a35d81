"""What the studio knows: projects, deliveries, takes and jobs, in one SQLite file."""

from engine.catalog.media import (
    Capture,
    DataTrack,
    DolbyVision,
    Exact,
    Picture,
    Probe,
    Row,
    Sound,
    problems,
)
from engine.catalog.queue import Queue
from engine.catalog.rows import Delivery, Job, JobState, Passage, Project, Take
from engine.catalog.store import Catalog, migrations
from engine.encoding import Encoding

__all__ = [
    "Capture",
    "Catalog",
    "DataTrack",
    "Delivery",
    "DolbyVision",
    "Encoding",
    "Exact",
    "Job",
    "JobState",
    "Passage",
    "Picture",
    "Probe",
    "Project",
    "Queue",
    "Row",
    "Sound",
    "Take",
    "migrations",
    "problems",
]
