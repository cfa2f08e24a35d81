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
)
from engine.catalog.rows import Delivery, Job, JobState, Project, Take
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
    "Picture",
    "Probe",
    "Project",
    "Row",
    "Sound",
    "Take",
    "migrations",
]
