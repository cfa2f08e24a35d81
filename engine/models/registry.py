"""The registry of known models: Cleanwater's and the user's own."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

from engine.errors import RequestError
from engine.models.names import models_folder
from engine.models.registry_entry import RegistryEntry, read_entry
from engine.resources import resource_root
from engine.validation import parse_toml, read_text

REGISTRY = "registry.toml"


@cache
def shipped() -> dict[str, RegistryEntry]:
    """Return the entries in presets/models, by id."""
    entries = {}
    for path in sorted((resource_root("presets") / "models").glob("*.toml")):
        text = read_text(path)
        entries[path.stem] = read_entry({**parse_toml(text, path.name), "id": path.stem}, path.name, text)
    return entries


def registry() -> dict[str, RegistryEntry]:
    """Return the shipped entries and those in the user's registry.toml in the models folder, by id.

    That file has a `[[model]]` table for each model, with `id` and the keys of presets/models. Raises RequestError
    if it is malformed, or if an id is taken.
    """
    entries = dict(shipped())
    path = models_folder() / REGISTRY
    if not path.is_file():
        return entries
    text = read_text(path)
    table = parse_toml(text, str(path))
    listed = table.pop("model", [])
    if table or not isinstance(listed, list):
        raise RequestError(f"{path} has keys outside [[model]] tables.", "Put each model into its own [[model]] table.")
    for number, one in enumerate(listed):
        entry = read_entry(one, str(path), text, ("model", str(number)))
        if entry.package:
            raise RequestError(f"{entry.id} in {path} has a package.", "List the files of your own models instead.")
        if entry.id in entries:
            raise RequestError(f"The id {entry.id} in {path} is already taken.", "Give your model another id.")
        entries[entry.id] = entry
    return entries


def packaged_folder(entry: RegistryEntry) -> Path | None:
    """Return the model's folder in an installed package, found without running the package's code, or None."""
    if entry.package is None:
        return None
    # find_spec imports only parent packages, and a top-level module has none.
    found = importlib.util.find_spec(entry.package.module)
    for place in (found.submodule_search_locations if found else None) or ():
        if (folder := Path(place) / entry.package.folder).is_dir():
            return folder
    return None


def packaged() -> dict[str, Path]:
    """Return the folders of models in installed packages, by id."""
    return {entry.id: folder for entry in shipped().values() if (folder := packaged_folder(entry))}
