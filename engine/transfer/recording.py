"""The files of one recording: a movie, or the frames of a sequence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import xxhash

from engine.catalog import Catalog, Damage, Encoding, IngestBatch, Project, Take
from engine.ingest import Footage, digest_file
from engine.picture import is_pattern, sequence_files


def recording_files(path: Path) -> list[Path]:
    """Return a recording's files: its file, or the frames of a sequence."""
    if path.is_dir():
        return sorted(p for p in path.iterdir() if p.is_file())
    return sorted(sequence_files(path)) if is_pattern(path) else [path]


def has_frames(path: Path) -> bool:
    """Return whether a recording's path is a folder of frames, or a pattern."""
    return path.is_dir() or is_pattern(path)


def recording_size(path: Path) -> int:
    """Return the bytes of a recording's files, without its sidecars."""
    return sum(file.stat().st_size for file in recording_files(path))


def join_digests(path: Path, parts: Sequence[str]) -> str:
    """Return a recording's digest: its file's, or for a sequence the digest of its frames' names and digests."""
    if not has_frames(path):
        return parts[0]
    lines = (f"{file.name} {digest}\n" for file, digest in zip(recording_files(path), parts, strict=True))
    return xxhash.xxh3_128_hexdigest("".join(lines).encode())


def take_digest(
    path: Path, progress: Callable[[int], None] | None = None, cancelled: Callable[[], bool] | None = None
) -> str:
    """Return the digest of a take of this file or frame sequence."""
    return join_digests(path, [digest_file(file, progress, cancelled) for file in recording_files(path)])


def captured_at(footage: Footage) -> datetime:
    """Return the capture time, or the file's modification time if there is none."""
    return footage.probe.capture.time or datetime.fromtimestamp(recording_files(footage.path)[0].stat().st_mtime, UTC)


def input_transform_of(footage: Footage, asked: Encoding | None) -> Encoding | None:
    """Return the picture's input transform: from its tags, or else the user's answer."""
    picture = footage.probe.picture
    if picture is None:
        return None
    return asked if picture.input_transform is None else picture.input_transform


def new_take(
    catalog: Catalog,
    project: Project,
    footage: Footage,
    *,
    path: Path,
    digest: str,
    size: int,
    batch: IngestBatch | None,
    sidecars: tuple[Path, ...],
    damage: Sequence[Damage],
    input_transform: Encoding | None,
) -> Take:
    """Return the take of a recording, with the project's next number. Without a `batch` it is used in place."""
    return Take(
        id=xxhash.xxh3_128_hexdigest(f"{project.id}/{digest}".encode())[:16],
        project_id=project.id,
        batch_id=batch.id if batch else None,
        number=catalog.next_take_number(project),
        session=0,
        name=footage.name,
        path=path,
        in_place=batch is None,
        digest=digest,
        size=size,
        captured_at=captured_at(footage),
        input_transform=input_transform_of(footage, input_transform),
        probe=footage.probe.model_copy(update={"damage": (*footage.probe.damage, *damage)}),
        sidecars=sidecars,
        arrived_at=datetime.now(UTC),
    )
