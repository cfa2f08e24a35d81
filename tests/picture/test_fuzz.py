"""No damaged file crashes the process: it is read, or refused with an error message."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from fixtures.atoms import Atom, rewrite, tracks

from .damage import damaged
from .reader_process import ReaderProcess
from .samples import exr_samples, movie_samples


@pytest.fixture(scope="module")
def exrs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Intact EXR files of every kind."""
    return exr_samples(tmp_path_factory.mktemp("exr"))


@pytest.fixture(scope="module")
def movies(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Intact movies of every kind."""
    return movie_samples(tmp_path_factory.mktemp("movies"))


@pytest.fixture(scope="module")
def reader() -> Iterator[ReaderProcess]:
    """A process that reads files."""
    with ReaderProcess() as process:
        yield process


def read_damaged_files(reader: ReaderProcess, samples: list[Path], count: int, seed: int, folder: Path) -> None:
    """Reads `count` damaged files; those that fail are kept in the folder and named in the assertion."""
    random = Random(seed)
    whole = {path: path.read_bytes() for path in samples}
    failures = []
    for number in range(count):
        path = random.choice(samples)
        kind, content = damaged(whole[path], whole[random.choice(samples)], random)
        damaged_path = folder / f"{number}-{kind}-{path.name}"
        damaged_path.write_bytes(content)
        result = reader.read(damaged_path)
        if result.ok:
            damaged_path.unlink()
        else:
            failures.append(f"{damaged_path} {result.outcome}: {result.detail}")
    assert not failures, "\n".join(failures)


def test_intact_files_of_every_kind_are_read(reader: ReaderProcess, exrs: list[Path], movies: list[Path]) -> None:
    outcomes = {path.name: reader.read(path).outcome for path in (*exrs, *movies)}

    assert {name for name, outcome in outcomes.items() if outcome != "taken"} == {"deep-lines.exr", "deep-tiles.exr"}
    assert all(outcome in ("taken", "refused") for outcome in outcomes.values())


def test_damaged_exr_files_do_not_crash_the_process(reader: ReaderProcess, exrs: list[Path], tmp_path: Path) -> None:
    read_damaged_files(reader, exrs, 200, 1, tmp_path)


def test_damaged_movies_do_not_crash_the_process(reader: ReaderProcess, movies: list[Path], tmp_path: Path) -> None:
    read_damaged_files(reader, movies, 100, 1, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(2, 6))
def test_thousands_of_damaged_files_do_not_crash_the_process(
    reader: ReaderProcess, exrs: list[Path], movies: list[Path], seed: int, tmp_path: Path
) -> None:
    read_damaged_files(reader, exrs, 3000, seed, tmp_path)
    read_damaged_files(reader, movies, 1500, seed, tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dataWindow", (0, 0, 16383, 16383)),
        ("dataWindow", (0, 0, (1 << 24), 34)),
        ("dataWindow", (-(1 << 31), -(1 << 31), (1 << 31) - 1, (1 << 31) - 1)),
        ("displayWindow", (0, 0, 16383, 8191)),
        ("displayWindow", (0, 0, 36, (1 << 30))),
        ("tiles", (32, 1 << 24)),
        ("tiles", (1 << 27, 1 << 27)),
    ],
)
@pytest.mark.parametrize("compression", ["NO", "ZIP", "DWAB"])
def test_a_small_exr_with_a_huge_declared_size_is_refused(
    reader: ReaderProcess, exrs: list[Path], tmp_path: Path, compression: str, name: str, value: tuple[int, ...]
) -> None:
    whole = next(path for path in exrs if path.name == f"{compression}-tiled.exr").read_bytes()
    kind = b"tiledesc" if name == "tiles" else b"box2i"
    at = whole.index(b"%b\0%b\0" % (name.encode(), kind)) + len(name) + len(kind) + 2 + 4
    form = "<2I" if name == "tiles" else "<4i"
    path = tmp_path / "vast.exr"
    path.write_bytes(whole[:at] + struct.pack(form, *value) + whole[at + struct.calcsize(form) :])

    result = reader.read(path)

    assert result.outcome == "refused", result
    assert "vast.exr" in result.detail


def declare_millions_of_samples(moov: Atom) -> None:
    table = tracks(moov, "vide")[0].child("mdia", "minf", "stbl")
    table.child("stsz").head = struct.pack(">3I", 0, 1, 1 << 24)
    table.child("stsc").head = struct.pack(">5I", 0, 1, 1, 1 << 24, 1)


def repeat_one_edit_thousands_of_times(moov: Atom) -> None:
    edits = tracks(moov, "vide")[0].child("edts", "elst")
    edits.head = struct.pack(">2I", 0, 50_000) + struct.pack(">IiI", 200, 0, 1 << 16) * 50_000


def declare_a_frame_of_days(moov: Atom) -> None:
    tracks(moov, "vide")[0].child("mdia", "minf", "stbl", "stts").head = struct.pack(">4I", 0, 1, 9, 1 << 29)


def declare_millions_of_metadata_keys(moov: Atom) -> None:
    moov.inside.append(Atom("meta", Atom("keys", struct.pack(">2I", 0, 1 << 27)).to_bytes()))


def nest_thousands_of_tracks(moov: Atom) -> None:
    inside = b""
    for _ in range(20_000):
        inside = struct.pack(">I4s", len(inside) + 8, b"trak") + inside
    moov.tail = inside


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (declare_millions_of_samples, "16777216 samples"),
        (repeat_one_edit_thousands_of_times, "repeatedly"),
        (declare_a_frame_of_days, "hours"),
        (declare_millions_of_metadata_keys, "134217728 keys"),
        (nest_thousands_of_tracks, None),
    ],
)
def test_a_movie_with_impossible_counts_does_not_crash_the_process(
    reader: ReaderProcess, movies: list[Path], tmp_path: Path, edit: Callable[[Atom], None], reason: str | None
) -> None:
    path = tmp_path / "bomb.mov"
    shutil.copy(next(sample for sample in movies if sample.name == "h264.mov"), path)
    rewrite(path, edit)

    result = reader.read(path)

    assert result.ok, result
    if reason:
        assert result.outcome == "refused"
        assert reason in result.detail


@pytest.mark.parametrize(
    "content",
    [
        "ffconcat version 1.0\nfile list.mov\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/hostname\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    ],
)
def test_a_playlist_or_session_description_is_refused(reader: ReaderProcess, tmp_path: Path, content: str) -> None:
    (tmp_path / "list.mov").write_text(content)

    assert reader.read(tmp_path / "list.mov").outcome == "refused"
