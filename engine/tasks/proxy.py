"""The job `proxy` creates a small SDR copy of a take for viewing."""

from __future__ import annotations

from typing import Any

from engine.catalog import Take
from engine.deliver import load_recipe
from engine.ingest import unconfirmed
from engine.jobs import JobContext, JobRequest
from engine.resources import resource_root
from engine.tasks.context import TaskContext
from engine.tasks.deliver import ENCODING_NEEDS, DeliverParameters, is_current, writes
from engine.tasks.deliver import run as deliver
from engine.tasks.graph import delivery_request
from engine.tasks.paths import draft_path, proxy_path
from engine.tasks.requests import LATER
from engine.tasks.task import Task

_RECIPE = resource_root("presets") / "proxies" / "proxy.toml"


def _run(context: TaskContext, parameters: DeliverParameters, job: JobContext) -> dict[str, Any]:
    """As the job `deliver`; the proxy replaces the draft."""
    result = deliver(context, parameters, job)
    assert parameters.take
    draft_path(context.paths, context.subjects.take(parameters.take)).unlink(missing_ok=True)
    return result


TASK = Task(
    name="proxy",
    version=3,
    parameters=DeliverParameters,
    run=_run,
    title=lambda p: f"make the proxy of {p.label}",
    is_current=is_current,
    needs=ENCODING_NEEDS,
    writes=writes,
)


def proxy_request(context: TaskContext, take: Take) -> JobRequest | None:
    """Requests a proxy. It is blocked until the input transform is confirmed. None without a supported picture."""
    picture = take.probe.picture
    if picture is None or picture.unsupported is not None:
        return None
    return delivery_request(
        context,
        context.subjects.opened(take),
        load_recipe(str(_RECIPE)),
        proxy_path(context.paths, take).parent,
        input_transform=take.input_transform,
        task=TASK,
        priority=LATER,
        damaged=True,
        waits_for=unconfirmed(take.label, picture) if take.needs_director else None,
    )
