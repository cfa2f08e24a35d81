"""Extents: the missing part of a cut file is reported with its time, and an intact file has no findings."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import av.error
import pytest

from engine.errors import EngineError, RequestError
from engine.ingest import inspect
from engine.ingest.extents import check_extents
from fixtures import clips
from fixtures.atoms import Atom, rewrite, top_level, tracks
from fixtures.noise_media import write_media

# (name, container, picture, sound, the muxer's options)
PICTURES = [
    ("faststart.mp4", "mp4", "mpeg4", "aac", {"movflags": "faststart"}),
    ("h264.mp4", "mp4", "libx264", "aac", {"movflags": "faststart"}),
    ("pcm.mov", "mov", "mjpeg", "pcm_s16le", {"movflags": "faststart"}),
    ("fragments.mp4", "mp4", "mpeg4", "aac", {"movflags": "frag_keyframe+empty_moov+default_base_moof"}),
    ("dash.mp4", "mp4", "mpeg4", "aac", {"movflags": "dash+frag_keyframe"}),
    ("film.mkv", "matroska", "mpeg4", "pcm_s16le", {"cluster_time_limit": "200"}),
    ("cues.mkv", "matroska", "mpeg4", "aac", {"cues_to_front": "1"}),
    ("film.webm", "webm", "libvpx", "libopus", {}),
    ("film.avi", "avi", "mjpeg", "pcm_s16le", {}),
    ("mp3.avi", "avi", "mpeg4", "mp3", {}),
    ("film.mxf", "mxf", "mpeg2video", "pcm_s16le", {}),
]
SOUNDS = [
    ("a.wav", "wav", None, "pcm_s16le", {}),
    ("adpcm.wav", "wav", None, "adpcm_ms", {}),
    ("rf64.wav", "wav", None, "pcm_s24le", {"rf64": "always"}),
    ("a.w64", "w64", None, "pcm_s16le", {}),
    ("a.aiff", "aiff", None, "pcm_s16be", {}),
    ("a.caf", "caf", None, "pcm_s16be", {}),
    ("a.flac", "flac", None, "flac", {}),
    ("a.mp3", "mp3", None, "mp3", {}),
    ("plain.mp3", "mp3", None, "mp3", {"write_xing": "0"}),
    ("a.m4a", "mp4", None, "aac", {"movflags": "faststart"}),
]
LIVE = [
    ("live.mkv", "matroska", "mpeg4", "aac", {"live": "1"}),
    ("copied.mkv", "matroska", "mpeg4", "aac", {"reserve_index_space": "4000"}),
    ("every.mp4", "mp4", "mpeg4", "aac", {"movflags": "frag_every_frame+empty_moov"}),
    ("edit.mov", "mov", "libx264", "alac", {}),
    ("prores.mov", "mov", "prores_ks", "pcm_s24le", {}),
    ("film.flv", "flv", "flv", "mp3", {}),
    ("a.ogg", "ogg", None, "libopus", {}),
    ("alac.caf", "caf", None, "alac", {}),
    ("mulaw.wav", "wav", None, "pcm_mulaw", {}),
]  # fmt: skip
Recipe = tuple[str, str, str | None, str | None, dict[str, str]]


@pytest.fixture(scope="module")
def make_clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Recipe], Path]:
    folder = tmp_path_factory.mktemp("whole")

    def write(recipe: Recipe) -> Path:
        name, container, picture, sound, options = recipe
        path = folder / name
        return path if path.exists() else write_media(path, container, picture, sound, options=options)

    return write


def test_intact_files_of_every_container_have_no_damage(make_clip: Callable[[Recipe], Path], tmp_path: Path) -> None:
    for recipe in [*PICTURES, *SOUNDS, *LIVE]:
        path = make_clip(recipe)
        assert inspect(path).probe.damage == (), path.name
        # Tags and padding after the media are not damage.
        if path.suffix in (".mp4", ".mov", ".mp3", ".wav", ".m4a"):
            padded = tmp_path / path.name
            tail = b"\0\0\0\x10free" + bytes(8) if path.suffix in (".mp4", ".mov", ".m4a") else b"TAG" + bytes(125)
            padded.write_bytes(path.read_bytes() + tail)
            assert inspect(padded).probe.damage == (), path.name


@pytest.mark.parametrize("recipe", [*PICTURES, *SOUNDS], ids=lambda recipe: recipe[0])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_truncated_file_is_damaged_from_its_end(
    make_clip: Callable[[Recipe], Path], tmp_path: Path, recipe: Recipe, share: float
) -> None:
    whole = make_clip(recipe).read_bytes()
    path = tmp_path / recipe[0]
    path.write_bytes(whole[: int(len(whole) * share)])
    probe = inspect(path).probe
    assert {one.kind for one in probe.damage} == {"missing"}
    start = min(one.start for one in probe.damage if one.start is not None)
    assert float(start) == pytest.approx(decoded_until(path), abs=0.3)
    if recipe in PICTURES and probe.picture is not None:
        assert float(probe.duration) == pytest.approx(decoded_until(path), abs=0.3)


def decoded_until(path: Path) -> float:
    """Return the end of decoding the first track in seconds, by FFmpeg, without an index."""
    last = Fraction(0)
    with av.open(str(path)) as container:
        stream = (container.streams.video or container.streams.audio)[0]
        try:
            for packet in container.demux(stream):
                for frame in packet.decode():
                    if frame.pts is not None:
                        last = max(last, (frame.pts or 0) * Fraction(frame.time_base or 1))
        except av.error.FFmpegError:
            pass
    return float(last)


def keep_boxes(path: Path, out: Path, keep: Callable[[int, str], bool]) -> Path:
    """Write a copy with the top-level boxes for which `keep(fragments before, kind)` is true."""
    content, fragment, parts = path.read_bytes(), 0, []
    for kind, start, end in top_level(path):
        fragment += kind == "moof"
        if keep(fragment, kind):
            parts.append(content[start - 8 : end])
    out.write_bytes(b"".join(parts))
    return out


def test_missing_fragments_are_found_by_number_and_time(make_clip: Callable[[Recipe], Path], tmp_path: Path) -> None:
    # Not bit-exact, so that FFmpeg writes its name, and ends a complete movie with an index.
    movflags = "frag_keyframe+empty_moov+default_base_moof"
    path = make_clip(("signed.mp4", "mp4", "mpeg4", "aac", {"movflags": movflags, "fflags": "+genpts"}))
    middle = inspect(
        keep_boxes(path, tmp_path / "m.mp4", lambda n, kind: kind not in ("moof", "mdat") or n < 4 or n > 6)
    )
    picture = next(one for one in middle.probe.damage if one.media == "picture")
    assert picture.start is not None
    assert picture.end is not None
    assert (float(picture.start), float(picture.end)) == pytest.approx((0.6, 1.2), abs=0.04)
    assert picture.count == pytest.approx(15, abs=1)
    assert any(one.media == "sound" for one in middle.probe.damage)
    assert any("the file has 35" in note for note in middle.probe.notes)
    for name, index in (("indexed", True), ("crashed", False)):
        end = keep_boxes(
            path, tmp_path / f"{name}.mp4", lambda n, kind, index=index: n < 6 if kind != "mfra" else index
        )
        (cut,) = inspect(end).probe.damage
        assert cut.start is not None
        assert float(cut.start) == pytest.approx(1.0, abs=0.1)


def _halve_sizes(table: Atom) -> None:
    body = table.child("stsz").head
    count = struct.unpack_from(">I", body, 8)[0] // 2
    table.child("stsz").head = body[:8] + struct.pack(">I", count) + body[12 : 12 + 4 * count]


def _cut_chunks(table: Atom) -> None:
    body = table.child("stco").head
    count = struct.unpack_from(">I", body, 4)[0] * 6 // 10
    table.child("stco").head = body[:4] + struct.pack(">I", count) + body[8 : 8 + 4 * count]


def _cut_everything(table: Atom) -> None:
    _halve_sizes(table)
    count = struct.unpack_from(">I", table.child("stsz").head, 8)[0]
    table.child("stts").head = struct.pack(">IIII", 0, 1, count, 1024)


def _point_past_the_end(table: Atom) -> None:
    body = table.child("stco").head
    count = struct.unpack_from(">I", body, 4)[0]
    offsets = list(struct.unpack_from(f">{count}I", body, 8))
    offsets[count // 2] = 0x7FFFFFFF
    table.child("stco").head = body[:8] + struct.pack(f">{count}I", *offsets)


@pytest.mark.parametrize(
    ("handler", "edit", "start", "end"),
    [
        ("vide", _halve_sizes, 1.0, 2.0),
        ("soun", _halve_sizes, 1.0, 2.0),
        ("vide", _cut_chunks, 1.2, 2.0),
        ("soun", _cut_everything, 1.0, 2.0),
        ("vide", _point_past_the_end, 1.0, 1.04),
        ("soun", _point_past_the_end, 1.0, 1.02),
    ],
)
def test_contradicting_tables_are_damage_of_their_track_at_its_time(
    make_clip: Callable[[Recipe], Path],
    tmp_path: Path,
    handler: str,
    edit: Callable[[Atom], None],
    start: float,
    end: float,
) -> None:
    source = make_clip(("tables.mov", "mov", "mpeg4", "aac", {}))
    path = tmp_path / "tables.mov"
    path.write_bytes(source.read_bytes())
    rewrite(path, lambda moov: edit(tracks(moov, handler)[0].child("mdia", "minf", "stbl")))
    probe = inspect(path).probe
    (damage,) = probe.damage
    assert (damage.media, damage.kind) == ("picture" if handler == "vide" else "sound", "missing")
    assert damage.start is not None
    assert damage.end is not None
    assert (float(damage.start), float(damage.end)) == pytest.approx((start, end), abs=0.1)
    assert damage.count
    # Missing data in one track does not affect the other.
    assert probe.picture is not None
    assert probe.picture.frames == 50 - (damage.count if handler == "vide" else 0)
    if edit is _cut_everything:
        assert any("the sound ends 1.0 s before the picture" in note for note in probe.notes)


@pytest.mark.parametrize("rate", [Fraction(1), Fraction(1, 4)])
def test_slow_footage_with_reordered_frames_has_no_damage(tmp_path: Path, rate: Fraction) -> None:
    """The edit list skips two frames of delay, which are seconds at this rate."""
    take = clips.plain_take(tmp_path / "slow.MOV", 64, 64, rate=rate, seconds=20)

    assert inspect(take).probe.damage == ()


def test_sound_without_data_is_refused(make_clip: Callable[[Recipe], Path], tmp_path: Path) -> None:
    wave = make_clip(SOUNDS[0]).read_bytes()
    path = tmp_path / "empty.wav"
    path.write_bytes(wave[: wave.index(b"data") + 8])
    with pytest.raises(RequestError, match=r"empty\.wav"):
        inspect(path)


def test_an_unfinished_header_is_a_note_and_not_damage(make_clip: Callable[[Recipe], Path], tmp_path: Path) -> None:
    wave = bytearray(make_clip(SOUNDS[0]).read_bytes())
    for size in (b"\0\0\0\0", b"\xff\xff\xff\xff"):
        wave[4:8] = size
        position = wave.index(b"data") + 4
        wave[position : position + 4] = size
        path = tmp_path / "streamed.wav"
        path.write_bytes(wave)
        probe = inspect(path).probe
        assert probe.damage == ()
        assert any("unfinished header" in note for note in probe.notes)


@pytest.mark.parametrize("recipe", [PICTURES[0], PICTURES[3], PICTURES[5], PICTURES[8], PICTURES[10], *SOUNDS[:8:2]],
                         ids=lambda recipe: recipe[0])  # fmt: skip
def test_corrupt_bytes_do_not_crash_the_reader(
    make_clip: Callable[[Recipe], Path], tmp_path: Path, recipe: Recipe
) -> None:
    """A file that is not refused is a take with something that decodes."""
    content, rng = make_clip(recipe).read_bytes(), random.Random(16)
    path = tmp_path / recipe[0]
    for _ in range(12):
        broken = bytearray(content[: rng.choice([len(content), rng.randrange(100, len(content))])])
        for _ in range(rng.choice([1, 8, 60])):
            broken[rng.randrange(len(broken))] = rng.choice([0, 1, 0x7F, 0xFF, rng.randrange(256)])
        path.write_bytes(broken)
        check_extents(path, recipe[1].replace("mp4", "mov"))
        with suppress(EngineError):
            probe = inspect(path).probe
            assert probe.picture or any(track.decodable for track in probe.sound)


def test_damage_times_are_relative_to_the_start_of_the_take(tmp_path: Path) -> None:
    path = write_media(tmp_path / "late.mkv", "matroska", "mpeg4", None, options={"output_ts_offset": "3600"})
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    (damage,) = inspect(path).probe.damage
    assert damage.start is not None
    assert 0 < damage.start < 2
