"""Checks where commands may write: never over footage, and over other files only with --replace."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cwtui.commands._options import studio_folder

if TYPE_CHECKING:
    from engine.transfer import Subject


def refuse_outputs(
    outputs: Iterable[Path | None], subjects: Iterable[Subject], studio: Path | None, *, replace: bool
) -> None:
    """Raises RequestError for an output that is footage (under any name), FileInTheWayError for one that exists.

    Footage is the files that the command reads, everything below a seal, and the takes that the studio ingested in
    place. With `replace`, other files may exist.
    """
    from engine.atomic_files import refuse_existing
    from engine.ingest import refuse_to_replace
    from engine.studio import refuse_original

    wanted, read = [path for path in outputs if path is not None], list(subjects)
    for path in wanted:
        for subject in read:
            refuse_to_replace(subject.footage, path)
        refuse_original(studio_folder(studio), path)
        refuse_existing(path, replace=replace)
