"""The job kinds of a studio and the ids of their jobs, which must not change."""

from __future__ import annotations

import hashlib
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import engine.tasks
from engine.errors import Cancelled, RequestError
from engine.studio import Studio
from engine.tasks import find_tasks

from ..cli.takes import a_take

ROOT = Path(__file__).resolve().parents[2]
SUBJECT = {"take": "t1", "source": "originals/IMG_0001.MOV", "source_digest": "d1", "label": "001"}
TRANSCRIPT = {**SUBJECT, "words": "w1", "voices": "v1"}

# Kind, version, cores, parameters, id, title, mutex. The results of earlier jobs are found by id: change an id only
# together with its version.
JOBS: list[tuple[str, int, int, dict[str, Any], str, str, str | None]] = [
    (
        "ingest", 2, 1,
        {"project": "walk", "paths": ["/card/A.MOV", "/card/B.MOV"], "input_transform": None, "in_place": False,
         "prepare": True, "asked_at": "2026-01-01T00:00:00Z"},
        "13dde1c2fcf3c5a9", "ingest A.MOV and 1 more", "ingest walk",
    ),
    (
        "offload", 1, 1,
        {"project": "walk", "source": "/card", "also": ["/backup"], "input_transform": None, "prepare": True,
         "asked_at": "2026-01-01T00:00:00Z"},
        "340b0e71e331ca12", "offload card to 2 destinations", "ingest walk",
    ),
    (
        "usb", 1, 1,
        {"project": "walk", "source": "usb:F2L", "name": "Ada's iPhone", "since": "2026-01-01T00:00:00Z",
         "names": ["IMG_0042"], "everything": False, "also": ["/backup"], "input_transform": None, "prepare": True,
         "asked_at": "2026-01-01T00:00:00Z"},
        "fd17deb1812aa8f5", "import from Ada's iPhone", "ingest walk",
    ),
    (
        "verify", 1, 0,
        {"project": "walk", "folder": "walk/originals/2026-01-01-01-CARD", "proven_at": "2026-01-01T00:00:00Z"},
        "d4b78bb9e723ad63", "verify 2026-01-01-01-CARD again", "verify",
    ),
    (
        "watch", 1, 0,
        {"project": "walk", "folder": "/drop", "only_new": False, "in_place": False, "prepare": True, "settle": 5.0},
        "65eb4de08733361c", "watch drop", "watch walk /drop",
    ),
    (
        "phone", 1, 0,
        {"project": "walk", "interface": "en0", "address": "192.168.1.2", "port": 0, "until": "2026-01-01T01:00:00Z",
         "idle_minutes": 30, "announce": True, "asked_at": "2026-01-01T00:00:00Z"},
        "d16573018b983d3b", "receive from phones on en0", "phone",
    ),
    ("probe", 1, 1, SUBJECT, "a79266c3685a9195", "read the frame times of 001", None),
    ("condition", 1, 0, SUBJECT, "8504318bc7dc4c62", "check 001 for damage", "condition"),
    ("levels", 3, 1, SUBJECT, "948c4ffcfb81784d", "measure the sound of 001", None),
    (
        "transcribe", 6, 2, {**SUBJECT, "model": "tiny", "model_digest": "m1", "language": "en", "glossary": ["Ahab"]},
        "2dfd1a22a1174205", "transcribe 001", None,
    ),
    (
        "diarize", 6, 2, {**SUBJECT, "model": "pair", "model_digest": "m2", "speakers": 2},
        "7c753e2d1f386deb", "detect the speakers in 001", None,
    ),
    ("transcript", 3, 1, TRANSCRIPT, "36d115f085677d0f", "write the transcript of 001", "transcript t1"),
    ("translation", 1, 1, TRANSCRIPT, "b7262e6918f6fb18", "write the translation of 001", "translation t1"),
    (
        "caption", 5, 1, {**TRANSCRIPT, "speakers": True, "frame": "1/30"},
        "59e22636ee9288cb", "write the captions of 001", None,
    ),
    (
        "perceive", 2, 2,
        {**SUBJECT, "input_transform": "hlg", "products": ["person_mask", "optical_flow"], "first": 0, "frames": 30,
         "mask_model": "selfie", "mask_digest": "m3"},
        "68a588d7e8fcb73e", "find people and motion in 001", None,
    ),
    (
        "render", 3, 2,
        {**SUBJECT, "input_transform": "apple-log", "first_tick": 3, "frames": 2, "first_number": 9, "folder": "/out",
         "pattern": "shot.####.exr", "half": True, "compression": "zip", "level": 45.0, "replace": False},
        "578eb9c6c586b77b", "render 001, 2 frames to shot.####.exr", "render /out",
    ),
]  # fmt: skip


@pytest.mark.parametrize("job", JOBS, ids=[job[0] for job in JOBS])
def test_a_job_keeps_its_id(tmp_path: Path, job: tuple[Any, ...]) -> None:
    name, version, cpu, raw, job_id, title, mutex = job
    kind = Studio(tmp_path).tasks.kinds()[name]
    parameters = kind.parameters.model_validate(raw)
    assert (kind.version, kind.needs.cpu, kind.content_id(parameters)) == (version, cpu, job_id)
    assert (kind.title(parameters), kind.mutex(parameters)) == (title, mutex)


@pytest.mark.parametrize("field", ["source", "also"])
def test_a_folder_whose_name_is_not_utf_8_is_refused_by_name(tmp_path: Path, field: str) -> None:
    bad = Path("/caf\udce9")
    raw = {**JOBS[1][3], field: bad if field == "source" else [bad]}
    with pytest.raises(RequestError, match=r"/caf\\xe9 is not valid UTF-8"):
        Studio(tmp_path).tasks.kinds()["offload"].parameters.model_validate(raw)


def test_every_kind_of_the_package_is_found(tmp_path: Path) -> None:
    named = {job[0] for job in JOBS} | {"audition", "clean", "master", "deliver", "draft", "proxy"}
    named |= {
        "cut-captions",
        "cut-copies",
        "cut-deliver",
        "cut-render-chunk",
        "cut-sound",
        "faces",
        "market-install",
        "market-measure",
        "perceive",
        "render-chunk",
        "science",
        "science-trailer",
    }
    assert set(Studio(tmp_path).tasks.kinds()) == named


@pytest.fixture
def documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The example module of docs/architecture.md, imported as a module of engine.tasks."""
    section = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("## Add a job kind")[1]
    example = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert example
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "checksum.py").write_text(example[1], encoding="utf-8")
    monkeypatch.setattr(engine.tasks, "__path__", [*engine.tasks.__path__, str(tmp_path / "more")])
    find_tasks.cache_clear()
    yield importlib.import_module("engine.tasks.checksum")
    find_tasks.cache_clear()
    del sys.modules["engine.tasks.checksum"]
    del engine.tasks.checksum  # type: ignore[attr-defined]


class FakeJobContext:
    def __init__(self, stop: bool = False) -> None:
        self.folder, self.results, self.reports, self._stop = Path(), dict[str, Any](), list[tuple[int, int]](), stop

    def progress(self, done: int, total: int, unit: str = "", message: str = "") -> None:
        self.reports.append((done, total))

    def cancelled(self) -> bool:
        return self._stop


def test_the_documented_example_is_a_job_kind(documented: Any, tmp_path: Path) -> None:
    studio = Studio(tmp_path / "studio")
    take = a_take(studio.new_project("Walk"), 1, None)
    take = take.model_copy(update={"probe": take.probe.model_copy(update={"picture": None})})
    studio.catalog.add_take(take)
    footage = studio.folder / take.path
    footage.parent.mkdir(parents=True)
    footage.write_bytes(b"footage" * 500_000)
    request = documented.checksum_request(studio.tasks.context, studio.subject_unprobed(take))
    kind = studio.tasks.kinds()["checksum"]
    job = FakeJobContext()

    result = kind.run(request.parameters, job)

    assert (studio.folder / result["path"]).read_text() == hashlib.sha256(footage.read_bytes()).hexdigest()
    assert job.reports[-1] == (3_500_000, 3_500_000)
    assert request.as_job().title == f"checksum of {take.label}"
    assert kind.is_current(result)
    (studio.folder / result["path"]).write_text("changed")
    assert not kind.is_current(result)
    with pytest.raises(Cancelled):
        kind.run(request.parameters, FakeJobContext(stop=True))
