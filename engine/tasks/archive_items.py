"""What belongs into the archive of a take or a cut: originals, seals, timeline, transcripts, captions, receipts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from engine.catalog import IngestBatch, Take
from engine.deliver import APPROVALS, RECEIPT, ArchiveItem, ArchiveRecipe
from engine.errors import EngineError
from engine.tasks.context import TaskContext
from engine.tasks.paths import find_project, transcript_path, translation_path
from engine.timeline import Cut, MediaFile, media_of, write_otio
from engine.timeline.exchange import caption_file
from engine.transfer import SEAL_FOLDER, recording_files, sealed_digests

if TYPE_CHECKING:
    from engine.speech import Transcript
    from engine.transfer import Subject


def archive_items(
    context: TaskContext, recipe: ArchiveRecipe, subjects: Sequence[Subject], cut: Cut | None, folder: Path
) -> list[ArchiveItem]:
    """The files for an archive of these subjects, in the order in which they are copied.

    `folder` is that of the archive; its own receipt is left out. Raises EngineError if an original is missing.
    """
    items: dict[str, ArchiveItem] = {}
    originals = [(subject, _originals(context, subject)) for subject in subjects]
    for _, found in originals:
        items |= {one.target: one for one in found}
    takes = [subject.take for subject in subjects if subject.take]
    transcripts = _transcripts(context, takes)
    if cut is not None:
        media = {subject.take.id: found[0].target for subject, found in originals if subject.take}
        items |= {one.target: one for one in _timeline(cut, takes, media)}
    if recipe.transcripts:
        items |= {one.target: one for one in _transcript_files(context, takes)}
    for one in _captions(recipe, subjects, cut, transcripts):
        items[one.target] = one
    if recipe.receipts and takes:
        items |= {one.target: one for one in _receipts(context, takes[0].project_id, folder)}
    about = _about(subjects, cut, list(items.values()))
    return [about, *items.values()]


def items_digest(items: Sequence[ArchiveItem]) -> str:
    """Identifies the state of what an archive would contain, without reading the originals."""
    digest = hashlib.sha256()
    for item in items:
        state = hashlib.sha256(item.content).hexdigest()
        if item.source:
            about = item.source.stat()
            state = f"{about.st_size} {about.st_mtime_ns}"
        digest.update(f"{item.target} {state}\n".encode())
    return digest.hexdigest()[:32]


def _originals(context: TaskContext, subject: Subject) -> list[ArchiveItem]:
    """The files of a recording and its sidecars, with the seals of its ingest."""
    take = subject.take
    if take is None:
        files = recording_files(subject.footage.path)
        whole = subject.digest() if files == [subject.footage.path] else ""
        return [ArchiveItem(f"originals/{path.name}", "original", path, digest=whole) for path in files]
    path = context.paths.folder / take.path
    batch = _batch(context, take)
    files = recording_files(path)
    alone = take.digest if files == [path] else ""
    if batch is None:
        under = f"originals/{take.label}"
        found = [ArchiveItem(f"{under}/{file.name}", "original", file, digest=alone) for file in files]
        found += [ArchiveItem(f"{under}/{one.name}", "sidecar", context.paths.folder / one) for one in take.sidecars]
        return found
    home = context.paths.folder / batch.folder
    name = home.name
    with suppress(Exception):  # a damaged seal is found by cwtui verify, and the take has a digest of its own
        sealed = sealed_digests(home)
        return [
            *(_sealed(file, "original", home, sealed, alone) for file in files),
            *(_sealed(context.paths.folder / one, "sidecar", home, sealed, "") for one in take.sidecars),
            *(
                ArchiveItem(f"seals/{name}/{seal.name}", "seal", seal)
                for seal in sorted((home / SEAL_FOLDER).iterdir())
                if seal.is_file()
            ),
        ]
    return [_sealed(file, "original", home, {}, alone) for file in files]


def _sealed(path: Path, kind: str, home: Path, sealed: Mapping[Path, str], otherwise: str) -> ArchiveItem:
    relative = path.relative_to(home)
    target = f"originals/{home.name}/{relative.as_posix()}"
    digest = sealed.get(relative, otherwise)
    return ArchiveItem(target, "original" if kind == "original" else "sidecar", path, digest=digest)


def _batch(context: TaskContext, take: Take) -> IngestBatch | None:
    project = find_project(context.catalog, take.project_id)
    found = next((one for one in context.catalog.batches(project) if one.id == take.batch_id), None)
    return found if found and found.sealed_at else None


def _timeline(cut: Cut, takes: Sequence[Take], media: Mapping[str, str]) -> Iterator[ArchiveItem]:
    """The cut, whose clips name the originals in the archive."""
    files = {take.id: MediaFile(media_of(take), quote(f"../{media[take.id]}")) for take in takes if take.id in media}
    yield ArchiveItem(f"timeline/{cut.name}.otio", "timeline", content=write_otio(cut, files))


def _transcripts(context: TaskContext, takes: Sequence[Take]) -> dict[str, Transcript]:
    from engine.speech import Transcript

    found = {}
    for take in takes:
        path = transcript_path(context.paths, take.id, take.label, take.digest)
        if path.is_file():
            with suppress(ValueError):
                found[take.id] = Transcript.model_validate_json(path.read_bytes())
    return found


def _transcript_files(context: TaskContext, takes: Sequence[Take]) -> Iterator[ArchiveItem]:
    for take in takes:
        for find in (transcript_path, translation_path):
            path = find(context.paths, take.id, take.label, take.digest)
            if path.is_file():
                # Its content, because it may be corrected while the archive is written.
                yield ArchiveItem(f"transcripts/{path.name}", "transcript", content=path.read_bytes())


def _captions(
    recipe: ArchiveRecipe, subjects: Sequence[Subject], cut: Cut | None, transcripts: Mapping[str, Transcript]
) -> Iterator[ArchiveItem]:
    from engine.speech import cues_from, write_captions

    for form in recipe.captions:
        if cut is not None:
            with suppress(EngineError):
                content = caption_file(cut, transcripts, form)
                yield ArchiveItem(f"captions/{cut.name}.{form}", "captions", content=content)
            continue
        for subject in subjects:
            words = transcripts.get(subject.take.id) if subject.take else None
            if words is None or not words.words:
                continue
            grid = subject.footage.grid
            cues = cues_from(words, frame=1 / grid.rate if grid else None)
            content = write_captions(cues, form, words.language)
            yield ArchiveItem(f"captions/{subject.label}.{form}", "captions", content=content)


def _receipts(context: TaskContext, project: str, folder: Path) -> Iterator[ArchiveItem]:
    """The receipts and approvals of the project's deliverables."""
    deliverables = context.paths.project_folder(project) / "deliverables"
    for name in (RECEIPT, APPROVALS):
        for path in sorted(deliverables.glob(f"*/{name}")):
            if path.parent != folder:
                yield ArchiveItem(f"receipts/{path.parent.name}/{name}", "receipt", content=path.read_bytes())


def _about(subjects: Sequence[Subject], cut: Cut | None, items: Sequence[ArchiveItem]) -> ArchiveItem:
    """A text about the archive for somebody who has no Cleanwater."""
    what = f"the cut “{cut.name}”" if cut else ", ".join(subject.label for subject in subjects)
    folders = {
        "original": "originals/    the recordings as the camera made them, with their sidecars",
        "seal": "seals/        the ASC MHL seals of their ingest",
        "timeline": "timeline/     the cut (OpenTimelineIO); its clips name the originals",
        "transcript": "transcripts/  the words with their times (JSON)",
        "captions": "captions/     the captions",
        "receipt": "receipts/     the receipts of the deliverables",
    }
    kinds = {item.kind for item in items}
    lines = [
        f"This is the archive of {what}.",
        "",
        *(line for kind, line in folders.items() if kind in kinds),
        "ascmhl/       the ASC MHL seal of everything here: any ASC MHL tool verifies it (ascmhl verify)",
        "",
    ]
    return ArchiveItem("README.txt", "about", content="\n".join(lines).encode())
