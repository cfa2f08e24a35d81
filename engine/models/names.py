"""The models folder and the ids in it, known without reading a model."""

from __future__ import annotations

from pathlib import Path

from engine.resources import resource_root


def models_folder() -> Path:
    """Return the user's models folder, which has a folder for each model, named by its id."""
    from platformdirs import user_data_path

    return user_data_path("Cleanwater") / "models"


def installed_folders() -> list[Path]:
    """Return the folders in the models folder, by name, without hidden ones, which are unfinished or not models."""
    kept = models_folder()
    if not kept.is_dir():
        return []
    return sorted(folder for folder in kept.iterdir() if folder.is_dir() and not folder.name.startswith("."))


def model_names() -> list[str]:
    """Return the ids of the shipped registry and of the installed models, sorted."""
    shipped = (resource_root("presets") / "models").glob("*.toml")
    return sorted({path.stem for path in shipped} | {folder.name for folder in installed_folders()})
