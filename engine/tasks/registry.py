"""Finds the job kinds of this package and binds them to a studio."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from engine.jobs import JobKind
from engine.tasks.audition import audition_request
from engine.tasks.clean import clean_request
from engine.tasks.context import TaskContext
from engine.tasks.cut_graph import cut_delivery_request
from engine.tasks.diarize import diarize_request
from engine.tasks.draft import draft_request
from engine.tasks.faces import faces_request
from engine.tasks.graph import delivery_request
from engine.tasks.ingest import ingest_request, preparation
from engine.tasks.levels import levels_request
from engine.tasks.offload import offload_request
from engine.tasks.perceive import perceive_request
from engine.tasks.phone import phone_request
from engine.tasks.render import render_request
from engine.tasks.science import science_request
from engine.tasks.science_trailer import science_trailer_request
from engine.tasks.speech_annotations import SpeechAnnotations
from engine.tasks.task import Task
from engine.tasks.transcript import transcript_request
from engine.tasks.translation import translation_request
from engine.tasks.usb import usb_request


@cache
def find_tasks() -> Mapping[str, Task[Any]]:
    """The `TASK` of every module in this package, by the name of its kind.

    This imports all the modules, so none of them imports a media library at its top.
    """
    found: dict[str, Task[Any]] = {}
    package = importlib.import_module("engine.tasks")
    for module in pkgutil.iter_modules(package.__path__, "engine.tasks."):
        task = getattr(importlib.import_module(module.name), "TASK", None)
        if isinstance(task, Task):
            assert task.name not in found, f"two job kinds have the name {task.name}"
            found[task.name] = task
    return found


class TaskRegistry:
    """The job kinds of one studio, and the requests for their jobs."""

    def __init__(self, context: TaskContext) -> None:
        self.context = context
        self.speech = SpeechAnnotations(context.paths)
        self.preparation = partial(preparation, context)
        self.ingest_request = partial(ingest_request, context)
        self.offload_request = partial(offload_request, context)
        self.usb_request = partial(usb_request, context)
        self.draft_request = partial(draft_request, context)
        self.levels_request = partial(levels_request, context)
        self.diarize_request = partial(diarize_request, context)
        self.faces_request = partial(faces_request, context)
        self.transcript_request = partial(transcript_request, context)
        self.translation_request = partial(translation_request, context)
        self.audition_request = partial(audition_request, context)
        self.clean_request = partial(clean_request, context)
        self.delivery_request = partial(delivery_request, context)
        self.cut_delivery_request = partial(cut_delivery_request, context)
        self.perceive_request = partial(perceive_request, context)
        self.phone_request = partial(phone_request, context)
        self.render_request = partial(render_request, context)
        self.science_request = partial(science_request, context)
        self.science_trailer_request = partial(science_trailer_request, context)

    def kinds(self) -> Mapping[str, JobKind[Any]]:
        """All job kinds, by name."""
        return {name: task.bind(self.context) for name, task in find_tasks().items()}
