"""A draft is played until the exact proxy exists."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from engine.studio import Studio, playback_source
from engine.transfer import import_footage


class JobFolder:
    """The context of a job that runs in this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.results: Mapping[str, Mapping[str, Any]] = {}
        self.done = 0

    def progress(self, done: int, total: int, unit: str = "", message: str = "") -> None:
        self.done = done

    def cancelled(self) -> bool:
        return False


def test_a_draft_is_played_until_the_proxy_exists(studio: Studio, small_take: Path, tmp_path: Path) -> None:
    project = studio.new_project("p")
    (take,) = import_footage(studio.catalog, studio.folder, project, [small_take], in_place=True).takes
    request = studio.tasks.draft_request(take)
    assert request
    kind, job = studio.tasks.kinds()["draft"], JobFolder(tmp_path / "job")

    result = kind.run(request.parameters, job)  # type: ignore[arg-type]

    assert job.done > 0
    subject = studio.subject_of(take)
    shown = playback_source(studio, subject, None, Fraction(0))
    assert (shown.draft, shown.proxy, shown.path) == (True, True, studio.folder / result["path"])
    with av.open(str(shown.path)) as movie, av.open(str(small_take)) as source:
        assert [stream.type for stream in movie.streams] == ["video", "audio"]
        assert movie.duration
        assert source.duration
        assert abs(movie.duration - source.duration) < 50_000
    assert kind.is_current(result)
    proxy = shown.path.with_name(f"{take.label}.mp4")
    proxy.write_bytes(b"proxy")
    shown.path.unlink()
    assert kind.is_current(result)
    assert studio.tasks.draft_request(take) is None
    assert playback_source(studio, subject, None, Fraction(0)).path == proxy
