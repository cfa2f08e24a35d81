"""The job `proxy` creates a small SDR copy of a take for viewing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from engine.catalog import Take
from engine.deliver import (
    SOFTWARE,
    Deliverable,
    deliver_values,
    load_recipe,
    refuse_occupied,
    software_of_any_device,
    write_receipt,
)
from engine.errors import EngineError, RequestError
from engine.ingest import unconfirmed
from engine.jobs import JobContext, JobRequest, RemoteInput, RemoteWork
from engine.resources import resource_root
from engine.tasks.context import TaskContext
from engine.tasks.deliver import ENCODING_NEEDS, DeliverParameters, is_current, recorded_order, writes
from engine.tasks.deliver import run as deliver
from engine.tasks.graph import delivery_request
from engine.tasks.paths import draft_path, proxy_path
from engine.tasks.remote_inputs import refuse_outside_files, result_inputs, take_inputs
from engine.tasks.requests import LATER
from engine.tasks.source_seals import seal_of_take
from engine.tasks.task import Task

_RECIPE = resource_root("presets") / "proxies" / "proxy.toml"


def _run(context: TaskContext, parameters: DeliverParameters, job: JobContext) -> dict[str, Any]:
    """As the job `deliver`; the proxy replaces the draft."""
    result = deliver(context, parameters, job)
    assert parameters.take
    draft_path(context.paths, context.subjects.take(parameters.take)).unlink(missing_ok=True)
    return result


def _remote(context: TaskContext) -> RemoteWork[DeliverParameters]:
    """On another machine, the proxy is made in a folder of its own; its entry in the receipt is written here."""

    def inputs(parameters: DeliverParameters, results: Mapping[str, Mapping[str, Any]]) -> Iterator[RemoteInput]:
        refuse_outside_files(parameters)
        _refuse_here(context, parameters, results)
        yield from take_inputs(context, parameters)
        yield from result_inputs(context, results.values())

    def outputs(parameters: DeliverParameters, result: Mapping[str, Any]) -> Iterator[Path]:
        delivered = Deliverable.model_validate(result["delivered"])
        yield from (parameters.folder / file.path for file in delivered.files)

    def accept(parameters: DeliverParameters, result: Mapping[str, Any]) -> None:
        delivered = Deliverable.model_validate(result["delivered"])
        made = (result["folder"], delivered.take, delivered.source_digest, delivered.recipe_digest)
        if made != (str(parameters.folder), parameters.label, parameters.source_digest, parameters.recipe.digest):
            raise EngineError("its result is that of another proxy", "")
        assert parameters.take
        take = context.subjects.take(parameters.take)
        seal = seal_of_take(context, take)
        write_receipt(context.paths.folder / parameters.folder, delivered.model_copy(update={"seal": seal}))
        draft_path(context.paths, take).unlink(missing_ok=True)

    return RemoteWork(
        inputs,
        outputs,
        lambda parameters: [parameters.take] if parameters.take else [],
        accept,
        identity=lambda parameters: software_of_any_device().digest(SOFTWARE),
        exact=True,
    )


def _refuse_here(context: TaskContext, parameters: DeliverParameters, results: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise what this machine alone knows: a policy, a file in the way, damage that was found."""
    if context.catalog.conditions.of(parameters.source_digest).damage:
        raise RequestError(f"The damage of {parameters.label} is known on this machine.", "Such a proxy is made here.")
    with ExitStack() as stack:
        subject = context.subjects.of_job(parameters)
        order = recorded_order(context, parameters, subject, results, stack)
        context.gate.require("deliver", **deliver_values(order))
        folder = context.paths.folder / parameters.folder
        refuse_occupied(order, folder, parameters.source_digest, replace=parameters.replace)


TASK = Task(
    name="proxy",
    version=3,
    parameters=DeliverParameters,
    run=_run,
    title=lambda p: f"make the proxy of {p.label}",
    is_current=is_current,
    needs=ENCODING_NEEDS,
    writes=writes,
    remote=_remote,
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
