"""The private studio folder in which a machine runs a job of its host, and the answers that it keeps."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from engine.atomic_files import make_folder, write_atomic
from engine.catalog import Catalog, Project, Take
from engine.farm.work_order import WorkAnswer, WorkOrder
from engine.file_digest import sha256_of

_ANSWER = "answer.json"
_CATALOG = "catalog.sqlite"
_TEMPLATE = "template.sqlite"
# Job kinds expect these folders in a project.
_FOLDERS = ("originals", "proxies", "work", "transcripts", "timeline", "deliverables")
_KEPT_S = 24 * 3600.0


class ScratchStudios:
    """The folders of jobs, below one folder. A job that comes again finds its folder, and what it had done."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self) -> None:
        """Make the empty catalog of which each job gets a copy, and remove folders older than a day."""
        make_folder(self._folder)
        self._folder.chmod(0o700)
        for folder in self._folder.iterdir():
            with suppress(OSError):
                if folder.is_dir() and time.time() - folder.stat().st_mtime > _KEPT_S:
                    shutil.rmtree(folder, ignore_errors=True)
        template = self._folder / _TEMPLATE
        template.unlink(missing_ok=True)
        Catalog(template).close()

    def open(self, order: WorkOrder) -> Path:
        """Return the studio folder of a job, with its rows in the catalog. Raises ValueError for rows that are none."""
        folder = self._folder / f"{order.job_id}-{_fingerprint(order)}"
        if not (folder / _CATALOG).exists():
            make_folder(folder)
            projects = [Project.model_validate(row) for row in order.rows.get("project", ())]
            takes = [Take.model_validate(row) for row in order.rows.get("take", ())]
            part = folder / "part.sqlite"
            shutil.copyfile(self._folder / _TEMPLATE, part)
            with closing(Catalog(part)) as catalog:
                catalog.adopt(projects, takes)
            for project in projects:
                for name in _FOLDERS:
                    make_folder(inside(folder, Path(project.folder) / name))
            part.rename(folder / _CATALOG)
        return folder

    def keep(self, folder: Path, answer: WorkAnswer) -> None:
        """Keep an answer until the host has taken it, so that the work is not lost if it cannot be reached."""
        write_atomic(folder / _ANSWER, answer.model_dump_json().encode())

    def kept(self, folder: Path) -> WorkAnswer | None:
        """Return the answer that is kept in a folder, if all its files are still there."""
        try:
            answer = WorkAnswer.model_validate_json((folder / _ANSWER).read_bytes())
            whole = all(sha256_of(inside(folder, Path(one.path))) == one.sha256 for one in answer.files)
        except (OSError, ValueError):
            return None
        return answer if whole else None

    def all_kept(self) -> Iterator[tuple[Path, WorkAnswer]]:
        """The folders with an answer that no host has taken yet."""
        for path in sorted(self._folder.glob(f"*/{_ANSWER}")):
            if answer := self.kept(path.parent):
                yield path.parent, answer

    def remove_inputs(self, folder: Path, order: WorkOrder) -> None:
        """Remove the inputs of a job that has ended; the rest of its folder may be kept."""
        for one in order.files:
            with suppress(OSError):
                inside(folder, Path(one.path)).unlink()

    def remove(self, folder: Path) -> None:
        """Remove the folder of a job that is over."""
        shutil.rmtree(folder, ignore_errors=True)


def inside(folder: Path, path: Path) -> Path:
    """Return a path below a folder. Raises ValueError for one that leads out of it."""
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{path} is outside the folder of the job.")
    return folder / path


def _fingerprint(order: WorkOrder) -> str:
    """A digest of what a job must do, whatever its lease and attempt."""
    asked = order.model_dump(mode="json", exclude={"lease", "attempt", "title"})
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
