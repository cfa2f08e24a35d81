"""The models that are known: those that come with Cleanwater, and a person's own."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

from engine.errors import RequestError
from engine.models.registry_entry import RegistryEntry, read_entry, read_table
from engine.resources import resource_root

REGISTRY = "registry.toml"


def models_folder() -> Path:
    """Where a person keeps their models, each in a folder of its own name."""
    from platformdirs import user_data_path

    return user_data_path("Cleanwater") / "models"


@cache
def shipped() -> dict[str, RegistryEntry]:
    """The entries in presets/models, by id."""
    entries = {}
    for path in sorted((resource_root("presets") / "models").glob("*.toml")):
        table = read_table(path.read_text(encoding="utf-8"), path.name)
        entries[path.stem] = read_entry({**table, "id": path.stem}, path.name)
    return entries


def registry() -> dict[str, RegistryEntry]:
    """What is shipped, then what the person's registry.toml in the models folder adds, by id.

    Their file holds a table `[[model]]` each, with `id` and the keys of presets/models. RequestError where it is
    malformed, or gives a model an id that is taken.
    """
    entries = dict(shipped())
    path = models_folder() / REGISTRY
    if not path.is_file():
        return entries
    try:
        table = read_table(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise RequestError(f"{path} is not text in UTF-8.", "Save it as UTF-8.") from error
    listed = table.pop("model", [])
    if table or not isinstance(listed, list):
        raise RequestError(f"{path} holds more than [[model]] tables.", "Put each model into a [[model]] of its own.")
    for number, one in enumerate(listed, 1):
        entry = read_entry(one, f"[[model]] {number} of {path}")
        if entry.package:
            raise RequestError(f"{entry.id} in {path} names a package.", "Your own models are named by their files.")
        if entry.id in entries:
            raise RequestError(f"{path} names {entry.id}, which is taken.", "Give your model another id.")
        entries[entry.id] = entry
    return entries


def packaged_folder(entry: RegistryEntry) -> Path | None:
    """Where an installed package keeps this model, found without running any of its code; None where it is not."""
    if entry.package is None:
        return None
    # What is imported on the way would be a parent only, and a plain module has none.
    found = importlib.util.find_spec(entry.package.module)
    for place in (found.submodule_search_locations if found else None) or ():
        if (folder := Path(place) / entry.package.folder).is_dir():
            return folder
    return None


def packaged() -> dict[str, Path]:
    """The folders of models that came with installed packages, by id."""
    return {entry.id: folder for entry in shipped().values() if (folder := packaged_folder(entry))}
