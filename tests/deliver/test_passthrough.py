"""The master contains every original sound track: same packets, same sample description, in sync with the picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from engine.deliver import DeliverableRequest, build_deliverable, load_recipe, refuse_impossible
from engine.deliver.checks import Finished, run_checks
from engine.errors import RequestError
from engine.ingest import inspect
from engine.sound import read_blocks
from fixtures import clips
from fixtures.atoms import movie, rewrite, sample_entry, tracks
from fixtures.recorder import SoundTrack
from tests.permissions import DELIVER

_RATE = 48_000


def chirps(channels: int, seconds: float = 2) -> Any:
    """Mid-frequency sweeps with another start per channel. Not noise, because AAC synthesizes noise."""
    time = np.arange(round(seconds * _RATE)) / _RATE
    return np.stack([0.2 * np.sin(2 * np.pi * (300 + 170 * n) * (time + time**2)) for n in range(channels)]).astype(
        np.float32
    )


@pytest.fixture(scope="session")
def spatial_take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stereo AAC, first-order AmbiX in 24-bit PCM (language: English) and 5.1 AAC. Read-only."""
    path = tmp_path_factory.mktemp("camera") / "IMG_0201.MOV"
    sounds = [
        SoundTrack(chirps(2)),
        SoundTrack(chirps(4), "pcm_s24le", "4.0"),
        SoundTrack(chirps(6), "aac", "5.1", bit_rate=320_000),
    ]
    clips.take_with(path, sounds, 2, ambisonic=True)

    def english(moov: Any) -> None:
        header = tracks(moov, "soun")[1].child("mdia", "mdhd")
        header.head = header.head[:20] + (0x15C7).to_bytes(2, "big") + header.head[22:]

    rewrite(path, english)
    return path


def make_request(path: Path, recipe: str = "master-prores", **more: Any) -> DeliverableRequest:
    footage = inspect(path)
    assert footage.probe.picture
    return DeliverableRequest(footage, footage.name, load_recipe(recipe), footage.probe.picture.input_transform, **more)


def packets(path: Path, index: int) -> bytes:
    with av.open(str(path), options={"ignore_editlist": "1"}) as file:
        return b"".join(bytes(packet) for packet in file.demux(file.streams[index]) if packet.size)


def read_samples(path: Path, index: int, **more: Any) -> Any:
    return np.concatenate(list(read_blocks(path, index, **more)))


def failed(delivered: Any) -> list[Any]:
    return [check for check in delivered.checks if not check.passed]


def test_every_original_track_follows_the_dialog(spatial_take: Path, tmp_path: Path) -> None:
    delivered = build_deliverable(DELIVER, make_request(spatial_take), tmp_path)

    assert failed(delivered) == []
    master = tmp_path / "IMG_0201.mov"
    with av.open(str(master)) as file:
        sounds = file.streams.audio
        names = [stream.metadata["handler_name"] for stream in sounds]
        assert names == ["dialog", "original 1: stereo", "original 2: 4-channel ambisonic", "original 3: 5.1"]
        assert [bool(stream.disposition & stream.disposition.default) for stream in sounds] == [
            True,
            False,
            False,
            False,
        ]
        assert sounds[2].metadata["language"] == "eng"
    for before, after in ((1, 2), (2, 3), (3, 4)):
        assert packets(spatial_take, before) == packets(master, after)
        original, copied = (
            sample_entry(movie(path).all("trak")[n]) for path, n in ((spatial_take, before), (master, after))
        )
        assert original.to_bytes() == copied.to_bytes()
    assert [track.described for track in delivered.carried] == ["as it was"] * 3


def test_a_master_starts_with_moov_and_has_no_encoder_comment(spatial_take: Path, tmp_path: Path) -> None:
    build_deliverable(DELIVER, make_request(spatial_take), tmp_path)
    content = (tmp_path / "IMG_0201.mov").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    assert b"\xa9cmt" not in content


def test_the_same_request_gives_the_same_bytes(spatial_take: Path, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        build_deliverable(DELIVER, make_request(spatial_take), tmp_path / folder)
    one, two = ((tmp_path / folder / "IMG_0201.mov").read_bytes() for folder in ("one", "two"))
    assert one == two


def test_a_range_is_exact_to_the_sample(spatial_take: Path, tmp_path: Path) -> None:
    start, end = Fraction(19, 30), Fraction(47, 30)
    delivered = build_deliverable(DELIVER, make_request(spatial_take, start=start, end=end), tmp_path)

    assert failed(delivered) == []
    for before, after, allowed in ((1, 2, 1e-4), (2, 3, 0), (3, 4, 1e-4)):
        expected = read_samples(spatial_take, before, start=start, end=end)
        copied = read_samples(tmp_path / "IMG_0201.mov", after)
        assert len(copied) == len(expected) == round((end - start) * _RATE)
        assert np.abs(copied - expected).max() <= allowed
    dialog = read_samples(tmp_path / "IMG_0201.mov", 1)
    assert np.corrcoef(dialog[:, 0], read_samples(tmp_path / "IMG_0201.mov", 2)[:, 0])[0, 1] > 0.999


def test_an_undecodable_track_is_copied(tmp_path: Path) -> None:
    source = clips.apac_lookalike(tmp_path / "IMG_0202.MOV")
    delivered = build_deliverable(DELIVER, make_request(source), tmp_path)

    assert failed(delivered) == []
    assert packets(source, 2) == packets(tmp_path / "IMG_0202.mov", 3)
    entry = sample_entry(movie(tmp_path / "IMG_0202.mov").all("trak")[3])
    assert (entry.kind, entry.child("chan").head) == (
        "apac",
        sample_entry(movie(source).all("trak")[2]).child("chan").head,
    )
    assert delivered.carried[1].name == "original 2: 4-channel APAC"


def test_footage_without_dialog_keeps_its_original_track(tmp_path: Path) -> None:
    source = clips.take_with(tmp_path / "IMG_0203.MOV", [SoundTrack(chirps(2, 1))])
    with av.open(str(source)) as file:
        assert file.streams.audio[0].codec_context is not None
    source.write_bytes(source.read_bytes().replace(b"mp4a", b"apac").replace(b"esds", b"dapa"))
    delivered = build_deliverable(DELIVER, make_request(source), tmp_path / "made")

    assert failed(delivered) == []
    assert [track.codec for track in delivered.carried] == ["apac"]
    assert packets(source, 1) == packets(tmp_path / "made" / "IMG_0203.mov", 1)


@pytest.mark.parametrize("end", [None, Fraction(6, 10)], ids=["whole", "cut"])
def test_a_track_that_starts_late_is_delivered_late(tmp_path: Path, end: Fraction | None) -> None:
    source = tmp_path / "late.mov"
    with (
        av.open(str(clips.plain_take(tmp_path / "plain.MOV", sound=False))) as plain,
        av.open(str(source), "w") as file,
    ):
        video = file.add_stream_from_template(plain.streams.video[0])
        audio: Any = file.add_stream("pcm_s16le", rate=_RATE, layout="mono")
        for packet in plain.demux(video=0):
            if packet.size:
                packet.stream = video
                file.mux(packet)
        wave = np.rint(chirps(1, 0.5)[:, :24_000] * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = _RATE, Fraction(1, _RATE), 12_000
        file.mux(audio.encode(frame))
        file.mux(audio.encode(None))
    delivered = build_deliverable(DELIVER, make_request(source, start=Fraction(1, 10), end=end), tmp_path / "made")

    assert failed(delivered) == []
    (track,) = delivered.carried
    assert float(track.start) == pytest.approx(0.15, abs=0.001)
    assert float(track.start + track.duration) == pytest.approx(0.5 if end else 0.65, abs=0.001)
    expected, copied = read_samples(source, 1, start=Fraction(1, 10)), read_samples(tmp_path / "made" / "late.mov", 2)
    assert np.array_equal(copied, expected[: len(copied)])


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le", "flac"])
def test_matroska_tracks_get_new_descriptions_in_quicktime(tmp_path: Path, codec: str) -> None:
    source = tmp_path / "take.mkv"
    plain = clips.take_with(tmp_path / "take.MOV", [SoundTrack(chirps(2))], 2)
    with av.open(str(plain)) as opened, av.open(str(source), "w") as file:
        video = file.add_stream_from_template(opened.streams.video[0])
        audio: Any = file.add_stream(codec, rate=_RATE, layout="stereo")
        for packet in opened.demux(video=0):
            if packet.size:
                packet.stream = video
                file.mux(packet)
        opened.seek(0)
        for frame in opened.decode(audio=0):
            for resampled in av.AudioResampler(format=audio.format, layout="stereo").resample(frame):
                file.mux(audio.encode(resampled))
        file.mux(audio.encode(None))
    if codec == "flac":
        with pytest.raises(RequestError, match=r"\(flac\) cannot be copied into a QuickTime movie"):
            refuse_impossible(make_request(source))
        return
    delivered = build_deliverable(DELIVER, make_request(source), tmp_path / "made")
    assert failed(delivered) == []
    assert [track.described for track in delivered.carried] == ["anew"]
    expected, copied = read_samples(source, 1), read_samples(tmp_path / "made" / "take.mov", 2)
    # Matroska's time base is 1 ms.
    lag = max(
        range(-60, 61), key=lambda by: float(np.dot(expected[9600 + by : 57_600 + by, 0], copied[9600:57_600, 0]))
    )
    assert abs(lag) <= 48


def recipe_file(folder: Path, sound: str, container: str = "", picture: bool = True) -> str:
    path = folder / "own.toml"
    picture_table = (
        '[picture]\nview = "sdr"\ncodec = "h264"\nlong_edge = 192\nshort_edge = 108\nquality = 30\n' if picture else ""
    )
    path.write_text(
        f'title = "x"\n{picture_table}[sound]\ncodec = "{sound}"\nlufs = -20\ntrue_peak_dbtp = -1\ncarry = "all"\n'
        f"[container]\n{container}"
    )
    return str(path)


def test_an_mp4_contains_the_tracks_it_supports(tmp_path: Path) -> None:
    source = clips.take_with(
        tmp_path / "IMG_0204.MOV", [SoundTrack(chirps(2, 1)), SoundTrack(chirps(6, 1), "aac", "5.1")], seconds=1
    )
    delivered = build_deliverable(DELIVER, make_request(source, recipe_file(tmp_path, "aac")), tmp_path / "made")
    assert failed(delivered) == []
    assert [track.described for track in delivered.carried] == ["anew", "anew"]
    assert packets(source, 2) == packets(tmp_path / "made" / "IMG_0204.mp4", 3)


def test_tracks_unsupported_by_the_container_are_refused_first(tmp_path: Path) -> None:
    source = clips.apac_lookalike(tmp_path / "IMG_0205.MOV")
    request = make_request(source, recipe_file(tmp_path, "aac"))
    with pytest.raises(
        RequestError, match=r"Sound track 2 of IMG_0205\.MOV \(apac\) cannot be copied into an MP4"
    ) as refused:
        build_deliverable(DELIVER, request, tmp_path / "made")
    assert 'container.format = "mov"' in refused.value.hint
    assert not (tmp_path / "made").exists()


def test_a_recipe_that_cannot_copy_original_sound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="original sound needs an edit list"):
        load_recipe(recipe_file(tmp_path, "aac", "edit_list = false"))
    with pytest.raises(RequestError, match="this recipe has no picture"):
        load_recipe(recipe_file(tmp_path, "aac", picture=False))
    assert load_recipe("youtube-4k").sound.carry == "none"  # type: ignore[union-attr]


def test_a_changed_packet_does_not_pass(spatial_take: Path, tmp_path: Path) -> None:
    found: list[Finished] = []
    build_deliverable(
        DELIVER, make_request(spatial_take), tmp_path, examined=lambda finished, _: found.append(finished)
    )
    path = tmp_path / "IMG_0201.mov"
    content = path.read_bytes()
    sample = packets(spatial_take, 2)[30_000:30_064]
    at = content.index(sample)
    path.write_bytes(content[:at] + bytes(64) + content[at + 64 :])
    assert [(check.id, check.name) for check in run_checks(found[0]) if not check.passed] == [
        ("carried-packets", "original 2: 4-channel ambisonic: packets unchanged")
    ]


def test_the_downmix_is_in_the_receipt(tmp_path: Path) -> None:
    source = clips.take_with(tmp_path / "IMG_0206.MOV", [SoundTrack(chirps(6, 1), "aac", "5.1")])
    delivered = build_deliverable(DELIVER, make_request(source, "podcast"), tmp_path)
    assert delivered.downmix
    assert delivered.downmix.rule == "Rec. ITU-R BS.775-4"
    assert dict(zip(delivered.downmix.channels, delivered.downmix.gains[0], strict=True))["FC"] == pytest.approx(
        0.5**0.5
    )
