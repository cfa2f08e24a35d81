"""Names of projects and their folders."""

from __future__ import annotations

from collections.abc import Sequence

from engine.catalog.records import Project
from engine.errors import RequestError
from engine.slug import slug

_EXAMPLE = 'For example: cwtui new "Harbour walk"'
_LONGEST_NAME = 100


def project_folder(name: str, projects: Sequence[Project]) -> str:
    """The folder of a new project beside others. Raises RequestError if its name is invalid or taken."""
    name = name.strip()
    if not name.isprintable():
        raise RequestError("The project name contains control characters.", _EXAMPLE)
    folder = slug(name)
    if not folder or len(name) > _LONGEST_NAME:
        raise RequestError(f"A project needs a name of 1 to {_LONGEST_NAME} characters.", _EXAMPLE)
    if name in {project.name for project in projects}:
        raise RequestError(f"Project “{name}” already exists.", f'Use it with -p "{name}", or choose another name.')
    taken = {project.folder for project in projects}
    if folder in taken:
        return next(f"{folder}-{n}" for n in range(2, len(taken) + 3) if f"{folder}-{n}" not in taken)
    return folder
