"""A studio folder with its catalog and jobs: the façade that combines the engine's packages."""

from .delivery import (
    DeliveryOutcome,
    DeliveryRequest,
    deliver_all,
    plan_delivery,
    plan_with_answers,
    run_plans,
    submit_deliveries,
)
from .playback import playback_source
from .search import (
    SEARCH_SCOPES,
    SearchResult,
    SearchScope,
    TakeMatches,
    group_by_take,
    search_project,
    suggest_phrase,
)
from .studio import JOB_KINDS, Studio, is_file_reference, parse_seconds

__all__ = [
    "JOB_KINDS",
    "SEARCH_SCOPES",
    "DeliveryOutcome",
    "DeliveryRequest",
    "SearchResult",
    "SearchScope",
    "Studio",
    "TakeMatches",
    "deliver_all",
    "group_by_take",
    "is_file_reference",
    "parse_seconds",
    "plan_delivery",
    "plan_with_answers",
    "playback_source",
    "run_plans",
    "search_project",
    "submit_deliveries",
    "suggest_phrase",
]
