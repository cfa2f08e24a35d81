"""An interrupted delivery resumes and produces the same file as an uninterrupted one."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engine.catalog import UNCHECKED
from engine.deliver import (
    DeliverableRequest,
    MasteredSound,
    Recipe,
    SourceCondition,
    build_deliverable,
    load_recipe,
    master_stretch,
    required_codecs,
)
from engine.deliver.caption_recipe import CaptionsRecipe
from engine.deliver.dialog import cleaned_sound
from engine.deliver.ownership import SOUND_SUFFIXES
from engine.errors import Cancelled, GateError
from engine.ingest import Footage, inspect
from engine.sound import Codec
from engine.speech import Cue
from fixtures import clips
from tests.permissions import DELIVER

SIX_SECONDS = """
import os, sys
from pathlib import Path
from engine.deliver import DeliverableRequest, load_recipe, build_deliverable
from engine.ingest import inspect
from tests.permissions import DELIVER

def progress(done, total, unit, what):
    if done == 55:
        print("in the second chunk", flush=True)
        sys.stdin.read()

footage = inspect(Path(sys.argv[1]))
order = DeliverableRequest(footage, footage.name, load_recipe(sys.argv[2]), footage.probe.picture.input_transform)
build_deliverable(DELIVER, order, Path(sys.argv[3]), work=Path(sys.argv[4]), progress=progress)
"""

# Each test has one encoder in `make check` and both in `make test-slow`.
with_hevc = pytest.mark.parametrize("recipe", ["youtube-4k", pytest.param("review-proxy", marks=pytest.mark.slow)])
with_h264 = pytest.mark.parametrize("recipe", ["review-proxy", pytest.param("youtube-4k", marks=pytest.mark.slow)])


@pytest.fixture(scope="module")
def six_seconds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of a small HLG take with sound: a chunk of 48 frames and a half. Read-only."""
    path = tmp_path_factory.mktemp("camera") / "IMG_0102.MOV"
    return clips.plain_take(path, 160, 90, Fraction(12), Fraction(6), codec="hevc")


@pytest.fixture(scope="module")
def uninterrupted(six_seconds: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The digest of the deliverable of an uninterrupted run, by recipe."""
    digests: dict[str, str] = {}

    def of(recipe: str) -> str:
        if recipe not in digests:
            digests[recipe] = (
                build_deliverable(DELIVER, make_request(six_seconds, recipe), tmp_path_factory.mktemp("made"))
                .files[0]
                .sha256
            )
        return digests[recipe]

    return of


def make_request(path: Path, recipe: str) -> DeliverableRequest:
    footage = inspect(path)
    picture = footage.probe.picture
    return DeliverableRequest(footage, footage.name, load_recipe(recipe), picture.input_transform if picture else None)


def cancel_after(frames: int) -> Callable[[int, int, str, str], None]:
    """A progress callback that cancels after `frames` frames."""

    def progress(done: int, total: int, unit: str, what: str) -> None:
        if done == frames:
            raise Cancelled("Stopped.")

    return progress


def mastered(request: DeliverableRequest, codec: Codec, path: Path) -> MasteredSound:
    assert request.recipe.sound
    source, preset = request.footage.path, request.recipe.sound.dialog
    if preset:
        source, _ = cleaned_sound(request, preset, path.parent, None)
    master = master_stretch(
        source,
        request.recipe.sound,
        codec,
        path,
        start=request.begin,
        duration=request.duration,
        edit_list=request.recipe.container.edit_list,
    )
    return MasteredSound(path, master)


@with_h264
def test_a_cancelled_delivery_resumes(
    six_seconds: Path, tmp_path: Path, uninterrupted: Callable[[str], str], recipe: str
) -> None:
    request, folder, work = make_request(six_seconds, recipe), tmp_path / "made", tmp_path / "work"
    with pytest.raises(Cancelled):
        build_deliverable(DELIVER, request, folder, work=work, progress=cancel_after(55))
    assert list(folder.iterdir()) == []
    chunks = [path.name for path in work.glob("*.nut")]
    assert len(chunks) == 1

    reported: list[int] = []
    result = build_deliverable(DELIVER, request, folder, work=work, progress=lambda done, *_: reported.append(done))
    assert reported[:2] == [48, 49]
    assert result.passed
    assert result.files[0].sha256 == uninterrupted(recipe)
    assert hashlib.sha256((folder / "IMG_0102.mp4").read_bytes()).hexdigest() == uninterrupted(recipe)
    assert [path.name for path in work.iterdir()] == ["checks.json"]


@with_hevc
def test_a_killed_delivery_resumes(
    six_seconds: Path, tmp_path: Path, uninterrupted: Callable[[str], str], recipe: str
) -> None:
    folder, work = tmp_path / "made", tmp_path / "work"
    command = [sys.executable, "-c", SIX_SECONDS, str(six_seconds), recipe, str(folder), str(work)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "in the second chunk\n"
        os.kill(process.pid, signal.SIGKILL)
    assert not (folder / "IMG_0102.mp4").exists()
    assert len([path for path in work.glob("*.nut") if not path.name.startswith(".")]) == 1

    reported: list[int] = []
    result = build_deliverable(
        DELIVER, make_request(six_seconds, recipe), folder, work=work, progress=lambda done, *_: reported.append(done)
    )
    assert reported[:2] == [48, 49]
    assert result.files[0].sha256 == uninterrupted(recipe)
    assert [path.name for path in folder.glob("*.mp4")] == ["IMG_0102.mp4"]
    assert not list(work.glob("*.nut"))


@with_h264
def test_sound_mastered_before_gives_the_same_movie(
    six_seconds: Path, tmp_path: Path, uninterrupted: Callable[[str], str], recipe: str
) -> None:
    request = make_request(six_seconds, recipe)
    sound = mastered(request, "aac", tmp_path / "sound.m4a")
    before = sound.path.read_bytes()
    result = build_deliverable(DELIVER, request, tmp_path / "made", masters={"aac": sound})
    assert result.files[0].sha256 == uninterrupted(recipe)
    assert result.gain_db == sound.master.gain.db
    assert sound.path.read_bytes() == before


def test_a_sound_deliverable_is_a_copy_of_its_masters(small_take: Path, tmp_path: Path) -> None:
    request = make_request(small_take, "podcast")
    request = replace(request, recipe=request.recipe.model_copy(update={"tags": None}))
    masters = {
        codec: mastered(request, codec, tmp_path / f"sound{SOUND_SUFFIXES[codec]}")
        for codec in required_codecs(request)
    }
    from_masters = build_deliverable(DELIVER, request, tmp_path / "handed", masters=masters)
    direct = build_deliverable(DELIVER, request, tmp_path / "own")
    assert from_masters.passed
    assert from_masters.files == direct.files
    assert from_masters.gain_db == direct.gain_db
    for sound, file in zip(masters.values(), from_masters.files, strict=True):
        assert sound.path.read_bytes() == (tmp_path / "handed" / file.path).read_bytes()


def test_a_request_lists_its_required_codecs(small_take: Path, tmp_path: Path) -> None:
    assert required_codecs(make_request(small_take, "youtube-4k")) == ("aac",)
    assert required_codecs(make_request(small_take, "podcast")) == ("aac", "mp3", "wav")
    assert required_codecs(make_request(small_take, "captions")) == ()
    assert required_codecs(make_request(clips.picture_only(tmp_path / "mute.MOV"), "youtube-4k")) == ()


def test_a_full_disk_keeps_complete_chunks(tmp_path: Path) -> None:
    """A file size limit interrupts the encoder like a full disk: first in a chunk, then in the movie, with captions."""
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from engine.deliver import DeliverableRequest, load_recipe, build_deliverable\n"
        "from engine.errors import EngineError\n"
        "from tests.permissions import DELIVER\n"
        "from engine.ingest import inspect\n"
        "from engine.text import upright\n"
        "folder, work = Path(sys.argv[2]), Path(sys.argv[3])\n"
        "upright()\n"
        "footage = inspect(Path(sys.argv[1]))\n"
        "from tests.deliver.test_resume import captioned\n"
        "order = captioned(footage)\n"
        "for limit in (1000, 8000):\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))\n"
        "    try: build_deliverable(DELIVER, order, folder, work=work)\n"
        "    except EngineError as error:\n"
        "        chunks = len(list(work.glob('*.nut'))) if work.exists() else 0\n"
        "        print(chunks, len(list(folder.iterdir())), error.message)\n"
    )
    silent = clips.plain_take(tmp_path / "mute.MOV", 320, 180, sound=False)
    folder, work = tmp_path / "made", tmp_path / "work"
    command = [sys.executable, "-c", script, str(silent), str(folder), str(work)]
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    in_the_chunk, in_the_movie = process.stdout.splitlines()
    for line, complete in ((in_the_chunk, 0), (in_the_movie, 1)):
        assert line.startswith(f"{complete} 0 ")
        assert "could not be written" in line
    assert list(folder.iterdir()) == []
    # The findings about the decoded source are stored beside the chunks.
    assert {path.suffix for path in work.iterdir()} <= {".nut", ".json"}
    assert build_deliverable(DELIVER, captioned(inspect(silent)), folder, work=work).passed


def captioned(footage: Footage) -> DeliverableRequest:
    """A small movie whose captions take more space than its picture."""
    recipe = load_recipe("review-proxy")
    assert recipe.picture
    assert footage.probe.picture
    plain = recipe.picture.model_copy(update={"burn_in": ()})
    captions = CaptionsRecipe(embed=True)
    recipe = recipe.model_copy(update={"picture": plain, "captions": captions})
    cues = [Cue(Fraction(0), Fraction(1), "Many words. " * 500)]
    return DeliverableRequest(footage, "x", recipe, footage.probe.picture.input_transform, cues=cues)


def test_damage_found_before_cancelling_is_in_the_receipt(tmp_path: Path) -> None:
    """A frame in the first chunk does not decode. A resumed attempt does not decode that chunk again."""
    path = tmp_path / "take.mov"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("png", rate=12)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb24"
        for number in range(75):
            grey = np.full((48, 64, 3), 40 + 2 * number, np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        file.mux(stream.encode(None))
    with av.open(str(path)) as file:
        third = bytes([packet for packet in file.demux(video=0) if packet.size][2])
    path.write_bytes(path.read_bytes().replace(third, b"\xff" * len(third)))

    request = replace(make_request(path, "review-proxy"), recipe=_silent(load_recipe("review-proxy")))
    with pytest.raises(GateError, match="1 frame does not decode"):
        build_deliverable(DELIVER, request, tmp_path / "unanswered")
    uninterrupted = build_deliverable(DELIVER, request, tmp_path / "undisturbed", source=accepted(request))
    with pytest.raises(Cancelled):
        build_deliverable(
            DELIVER,
            request,
            tmp_path / "made",
            work=tmp_path / "work",
            source=accepted(request),
            progress=cancel_after(60),
        )
    result = build_deliverable(DELIVER, request, tmp_path / "made", work=tmp_path / "work", source=accepted(request))
    assert result.files == uninterrupted.files
    assert result.damage == uninterrupted.damage
    (damage,) = result.damage
    assert (damage.start, damage.end, damage.count) == (Fraction(1, 6), Fraction(1, 4), 1)
    (verdict,) = (check for check in result.checks if check.name == "source complete")
    assert (verdict.passed, verdict.accepted, result.complete, result.passed) == (False, True, False, True)
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["checks.json"]


def accepted(request: DeliverableRequest) -> SourceCondition:
    return SourceCondition(request, UNCHECKED, accepted=True)


def _silent(recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"sound": None})
