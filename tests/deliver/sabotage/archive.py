"""Saboteurs of archives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.deliver import ArchiveItem
from engine.deliver.checks import Finished
from tests.deliver.sabotage.saboteur import saboteur


@saboteur("archive-files", "archive")
def foreign_file(_: Finished, place: Path) -> None:
    """Somebody leaves a file in the archive."""
    (place / "transcripts" / "other.json").write_text("{}")


@saboteur("archive-files", "archive", also=("archive-timeline",), because="the timeline names the original")
def lost_original(_: Finished, place: Path) -> None:
    """Somebody removes the original."""
    next(place.glob("originals/*.MOV")).unlink()


@saboteur("archive-originals", "archive")
def no_originals(good: Finished, place: Path) -> Finished:
    """The archive was requested without an original."""
    return _of(good, place, lambda item: replace(item, kind="sidecar") if item.kind == "original" else item)


@saboteur("archive-digests", "archive")
def changed_original(good: Finished, place: Path) -> Finished:
    """The original had another digest when it was ingested."""
    return _of(good, place, lambda item: replace(item, digest="0" * 32) if item.digest else item)


@saboteur("archive-seal", "archive")
def lost_seal(_: Finished, place: Path) -> None:
    """Somebody removes the manifest of the seal."""
    manifest = next((place / "ascmhl").glob("*.mhl"))
    manifest.chmod(0o644)
    manifest.unlink()


@saboteur("archive-timeline", "archive")
def short_timeline(_: Finished, place: Path) -> None:
    """The timeline ends early."""
    _shorten(place / "timeline" / "film.otio")


@saboteur("archive-json", "archive")
def short_transcript(_: Finished, place: Path) -> None:
    """A transcript ends early."""
    _shorten(place / "transcripts" / "1.json")


def _shorten(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-5])


def _of(good: Finished, place: Path, change: Callable[[ArchiveItem], ArchiveItem]) -> Finished:
    assert good.archive
    return replace(good.moved_to(place), archive=replace(good.archive, items=[*map(change, good.archive.items)]))
