"""Finished deliverables match their recipes, measured with independent tools."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pyloudnorm
import pytest

from engine.catalog import Encoding
from engine.deliver import (
    CaptionStyle,
    DeliverableRequest,
    Recipe,
    build_deliverable,
    load_recipe,
    read_receipt,
    targets,
)
from engine.deliver.caption_look import caption_look
from engine.errors import Cancelled, EngineError, RequestError
from engine.ingest import inspect
from engine.isobmff import has_edit_list
from engine.picture import captions_in
from engine.speech import Cue, CueWord, write_captions
from engine.time import FrameGrid
from fixtures import clips
from tests.permissions import DELIVER


def make_request(path: Path, recipe: str | Recipe, **more: object) -> DeliverableRequest:
    footage = inspect(path)
    picture = footage.probe.picture
    transform = picture.input_transform if picture else None
    loaded = load_recipe(recipe) if isinstance(recipe, str) else recipe
    return DeliverableRequest(footage, footage.name, loaded, transform, **more)  # type: ignore[arg-type]


def brightness(frame: av.VideoFrame) -> float:
    return float(frame.to_ndarray(format="gray")[frame.height // 2].mean())


def sound_of(path: Path) -> tuple[np.ndarray, int]:
    with av.open(str(path)) as file:
        planar = av.AudioResampler(format="fltp")
        frames = [part.to_ndarray() for frame in file.decode(audio=0) for part in planar.resample(frame)]
        return np.concatenate(frames, axis=1).T, file.streams.audio[0].rate


def test_youtube_4k_is_hlg_hevc_without_an_edit_list(small_take: Path, tmp_path: Path) -> None:
    result = build_deliverable(DELIVER, make_request(small_take, "youtube-4k"), tmp_path)
    assert result.passed, [check for check in result.checks if not check.passed]
    path = tmp_path / "IMG_0101.mp4"
    assert not has_edit_list(path)
    with av.open(str(path)) as movie:
        video, audio = movie.streams.video[0].codec_context, movie.streams.audio[0]
        assert (video.name, video.profile, video.codec_tag) == ("hevc", "Main 10", "hvc1")
        assert (int(video.color_primaries), int(video.color_trc), int(video.colorspace)) == (9, 18, 9)
        assert (audio.codec_context.name, audio.rate, audio.channels) == ("aac", 48000, 2)
        assert movie.metadata.keys().isdisjoint({"location", "com.apple.quicktime.make", "creation_time"})
        keys = [frame.pts * frame.time_base for frame in movie.decode(video=0) if frame.key_frame]
    assert keys == [Fraction(0), Fraction(1, 2)]


@pytest.mark.parametrize(
    ("recipe", "name", "codec", "pixel_format", "sound"),
    [
        ("youtube-hdr10", "take.mp4", "hevc", "yuv420p10le", "aac"),
        ("web-av1", "take.mp4", "av1", "yuv420p", "aac"),
        ("master-prores", "take.mov", "prores", "yuv422p10le", "pcm_s24le"),
    ],
)
def test_hdr10_av1_and_prores_files_pass_their_checks(
    small_take: Path, tmp_path: Path, recipe: str, name: str, codec: str, pixel_format: str, sound: str
) -> None:
    delivered = build_deliverable(DELIVER, make_request(small_take, recipe), tmp_path)

    assert [file.path for file in delivered.files if file.role == "movie"] == [name.replace("take", delivered.take)]
    assert [check.name for check in delivered.checks if not check.passed] == []
    with av.open(str(tmp_path / delivered.files[0].path)) as movie:
        assert movie.streams.video[0].codec_context.codec.canonical_name == codec
        assert movie.streams.video[0].codec_context.pix_fmt == pixel_format
        assert movie.streams.audio[0].codec_context.name == sound


def test_a_recipe_can_be_delivered_in_sdr(small_take: Path, tmp_path: Path) -> None:
    request = make_request(small_take, "youtube-4k")
    result = build_deliverable(
        DELIVER, DeliverableRequest(request.footage, "x", request.recipe.in_sdr(), request.input_transform), tmp_path
    )
    assert result.passed
    with av.open(str(tmp_path / "x.mp4")) as movie:
        video = movie.streams.video[0].codec_context
        assert (int(video.color_primaries), int(video.color_trc), int(video.colorspace)) == (1, 1, 1)
        assert video.format.name == "yuv420p"


def test_a_short_fills_a_vertical_frame(small_take: Path, tmp_path: Path) -> None:
    result = build_deliverable(DELIVER, make_request(small_take, "shorts-vertical", end=Fraction(1, 10)), tmp_path)
    assert result.passed
    with av.open(str(tmp_path / "IMG_0101.mp4")) as movie:
        frame = next(movie.decode(video=0))
        assert (frame.width, frame.height) == (1080, 1920)
        assert movie.streams.video[0].codec_context.name == "h264"
        corners = frame.to_ndarray(format="gray")[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.min() > 30


def test_footage_longer_than_the_maximum_is_refused_unless_cut(tmp_path: Path) -> None:
    path = clips.plain_take(tmp_path / "long.MOV", 64, 64, rate=1, seconds=5)
    brief = load_recipe("review-proxy").model_copy(update={"max_seconds": 4})
    with pytest.raises(RequestError, match=r"long is 5\.0 s long; review-proxy allows at most 4 s"):
        build_deliverable(DELIVER, make_request(path, brief), tmp_path)
    result = build_deliverable(DELIVER, make_request(path, brief, start=Fraction(2), end=Fraction(4)), tmp_path)
    assert result.passed
    assert result.duration == 2


def test_the_review_proxy_burns_in_name_timecode_and_captions(small_take: Path, tmp_path: Path) -> None:
    cue = Cue(Fraction(0), Fraction(1, 2), "The water is completely flat.")
    plain = make_request(small_take, "review-proxy")
    build_deliverable(
        DELIVER,
        DeliverableRequest(plain.footage, plain.label, plain.recipe, plain.input_transform, cues=[cue]),
        tmp_path,
    )
    with av.open(str(tmp_path / "IMG_0101.mp4")) as movie:
        frames = [frame.to_ndarray(format="gray").astype(int) for frame in movie.decode(video=0)]
    captioned, bare = frames[6], frames[24]
    height, width = bare.shape
    caption = np.abs(captioned - bare)[height * 3 // 4 :, width // 4 : width * 3 // 4]
    timecode = np.abs(captioned - frames[8])[: height // 8, width * 3 // 4 :]
    assert caption.max() > 60
    assert timecode.max() > 60
    assert bare[: height // 8, : width // 4].max() > 180


@pytest.mark.parametrize("recipe", ["youtube-4k", "review-proxy"])
def test_picture_and_sound_of_uneven_frame_times_are_in_sync(tmp_path: Path, recipe: str) -> None:
    """Flashes and clicks in the decoded file are within half a frame of each other at start, middle and end."""
    path = tmp_path / "IMG_0001.MOV"
    flashes = clips.flash_and_click(path)
    build_deliverable(DELIVER, make_request(path, recipe), tmp_path)
    flash_times, click_times = [], []
    with av.open(str(tmp_path / "IMG_0001.mp4")) as movie:
        dark = True
        for frame in movie.decode(video=0):
            middle = frame.to_ndarray(format="gray")[frame.height // 2].mean()
            if dark and middle > 120:
                flash_times.append(frame.pts * frame.time_base)
            dark = middle < 120
        rate = movie.streams.video[0].average_rate
    with av.open(str(tmp_path / "IMG_0001.mp4")) as movie:
        first = None
        chunks = []
        for frame in movie.decode(audio=0):
            first = frame.pts * frame.time_base if first is None else first
            chunks.append(np.abs(frame.to_ndarray()).max(axis=0))
    loud = np.concatenate(chunks)
    for flash in flashes:
        nearby = slice(max(0, int((flash - Fraction(1, 5)) * 48000)), int((flash + Fraction(1, 5)) * 48000))
        onset = np.flatnonzero(loud[nearby] > loud[nearby].max() / 2)[0]
        click_times.append(first + Fraction(int(nearby.start + onset), 48000))
    offsets = [float(s - h) for s, h in zip(flash_times, click_times, strict=True)]
    assert max(abs(offset) for offset in offsets) <= float(1 / rate) / 2, offsets


@pytest.mark.parametrize(("recipe", "lufs"), [("podcast", -16), ("youtube-4k", -14)])
def test_pyloudnorm_confirms_the_loudness_target(small_take: Path, tmp_path: Path, recipe: str, lufs: float) -> None:
    result = build_deliverable(DELIVER, make_request(small_take, recipe), tmp_path)
    checks = {(check.name, check.file): check for check in result.checks}
    for file in result.files:
        assert checks["true peak", file.path].measured <= -1.0
        if result.gain_held_by == "target":
            samples, rate = sound_of(tmp_path / file.path)
            assert pyloudnorm.Meter(rate).integrated_loudness(samples) == pytest.approx(lufs, abs=0.15)
            assert checks["loudness", file.path].measured == pytest.approx(lufs, abs=0.1)


def test_a_podcast_is_aac_and_wav(small_take: Path, tmp_path: Path) -> None:
    result = build_deliverable(DELIVER, make_request(small_take, "podcast"), tmp_path)
    assert [file.path for file in result.files] == ["IMG_0101.m4a", "IMG_0101.wav"]
    assert result.passed
    samples, rate = sound_of(tmp_path / "IMG_0101.wav")
    assert rate == 48000
    assert len(samples) == 48000


def test_caption_files_are_written_and_moved_by_the_range(small_take: Path, tmp_path: Path) -> None:
    base = make_request(small_take, "captions")
    cues = [Cue(Fraction(1, 5), Fraction(7, 10), "One."), Cue(Fraction(4, 5), Fraction(1), "Two.")]
    request = DeliverableRequest(base.footage, "x", base.recipe, None, start=Fraction(1, 2), cues=cues)
    result = build_deliverable(DELIVER, request, tmp_path)
    assert result.passed
    assert [file.path for file in result.files] == ["x.srt", "x.vtt"]
    assert "00:00:00,000 --> 00:00:00,200\nOne." in (tmp_path / "x.srt").read_text()


def test_translated_captions_are_files_and_a_track_of_their_own(small_take: Path, tmp_path: Path) -> None:
    base = make_request(small_take, "web-av1")
    assert base.recipe.captions
    captions = base.recipe.captions.model_copy(update={"formats": ("srt", "vtt"), "embed": True, "translate": True})
    recipe = base.recipe.model_copy(update={"captions": captions})
    request = replace(
        base, recipe=recipe, language="de", cues=[Cue(Fraction(1, 5), Fraction(1), "Guten Tag.")],
        translation=[Cue(Fraction(1, 5), Fraction(1), "Good day.")],
    )  # fmt: skip
    assert build_deliverable(DELIVER, request, tmp_path).passed
    names = {"IMG_0101.srt", "IMG_0101.vtt", "IMG_0101.en.srt", "IMG_0101.en.vtt", "IMG_0101.mp4"}
    assert set(targets(request)) == names == {path.name for path in tmp_path.glob("IMG_*")}
    assert "Guten Tag." in (tmp_path / "IMG_0101.srt").read_text()
    assert "Good day." in (tmp_path / "IMG_0101.en.srt").read_text()
    with av.open(str(tmp_path / "IMG_0101.mp4")) as movie:
        assert [track.language for track in movie.streams.subtitles] == ["deu", "eng"]
    assert [captions_in(tmp_path / "IMG_0101.mp4", n)[0][2] for n in (0, 1)] == ["Guten Tag.", "Good day."]


def test_an_ass_file_has_the_style_of_the_burnt_in_captions(small_take: Path, tmp_path: Path) -> None:
    recipe = load_recipe("shorts-words")
    assert recipe.captions
    assert recipe.picture
    files = recipe.captions.model_copy(update={"formats": ("ass",)})
    cue = Cue(Fraction(1, 2), Fraction(1), "we", words=(CueWord(0, 2, Fraction(1, 2), Fraction(1)),))
    request = replace(make_request(small_take, recipe.model_copy(update={"captions": files})), start=Fraction(1, 2))
    script = write_captions(replace(request, cues=[cue]).shifted_cues, "ass", "en", caption_look(request)).decode()
    assert {"PlayResX: 1080", "PlayResY: 1920"} <= set(script.splitlines())
    # The margin above the platforms' buttons, and the yellow of the spoken word.
    assert ",2,86,86,461,1" in script
    assert r"0:00:00.00,0:00:00.50,Default,,0,0,0,,{\1c&H4DD8FF&}we{\r}" in script


def test_captions_are_embedded_as_a_track(small_take: Path, tmp_path: Path) -> None:
    base = make_request(small_take, "web-av1")
    cues = [Cue(Fraction(1, 5), Fraction(7, 10), "ماء هادئ\n–and flat."), Cue(Fraction(7, 10), Fraction(1), "Two.")]
    request = replace(base, start=Fraction(1, 2), cues=cues, language="ar")
    result = build_deliverable(DELIVER, request, tmp_path)
    assert result.passed
    assert {check.name for check in result.checks} >= {"embedded captions", "embedded caption timing"}
    with av.open(str(tmp_path / "IMG_0101.mp4")) as movie:
        (track,) = movie.streams.subtitles
        assert (track.codec_context.name, track.language) == ("mov_text", "ara")
        shown = [
            (packet.pts * packet.time_base, packet.duration * packet.time_base, line.dialogue.decode())
            for packet in movie.demux(track)
            for line in packet.decode()
        ]
    assert shown == [
        (Fraction(0), Fraction(1, 5), "ماء هادئ\n–and flat."),
        (Fraction(1, 5), Fraction(3, 10), "Two."),
    ]


def test_burnt_in_captions_have_the_style_of_the_recipe(small_take: Path, tmp_path: Path) -> None:
    recipe = load_recipe("review-proxy")
    assert recipe.picture is not None
    style = CaptionStyle(position="top", colour="#ff0000", box="", size=0.1)
    picture = recipe.picture.model_copy(update={"burn_in": ("captions",), "captions": style})
    cue = Cue(Fraction(0), Fraction(1, 2), "RED")
    request = replace(
        make_request(small_take, "review-proxy"), cues=[cue], recipe=recipe.model_copy(update={"picture": picture})
    )
    build_deliverable(DELIVER, request, tmp_path)
    with av.open(str(tmp_path / "IMG_0101.mp4")) as movie:
        captioned, *_, bare = [frame.to_ndarray(format="rgb24").astype(int) for frame in movie.decode(video=0)]
    turned_red = (captioned[..., 0] - captioned[..., 1:].max(axis=-1) > 100) & (bare[..., 0] - bare[..., 1] < 60)
    rows = np.flatnonzero(turned_red.any(axis=1))
    assert len(rows)
    assert rows.max() < len(bare) / 4


def test_the_receipt_lists_file_hashes_and_keeps_other_deliveries(small_take: Path, tmp_path: Path) -> None:
    build_deliverable(DELIVER, make_request(small_take, "podcast"), tmp_path, source_digest="d")
    other = make_request(small_take, "podcast")
    build_deliverable(DELIVER, DeliverableRequest(other.footage, "other", other.recipe, None), tmp_path)
    build_deliverable(DELIVER, make_request(small_take, "podcast"), tmp_path, source_digest="d")
    receipt = read_receipt(tmp_path)
    assert [delivered.take for delivered in receipt.deliveries] == ["IMG_0101", "other"]
    for delivered in receipt.deliveries:
        for file in delivered.files:
            assert hashlib.sha256((tmp_path / file.path).read_bytes()).hexdigest() == file.sha256
    assert json.loads((tmp_path / "receipt.json").read_text())["version"] == 1


def test_the_same_request_gives_the_same_bytes(small_take: Path, tmp_path: Path) -> None:
    results = [build_deliverable(DELIVER, make_request(small_take, "youtube-4k"), tmp_path / run) for run in ("a", "b")]
    assert results[0].files == results[1].files


def test_cancelling_leaves_no_files(small_take: Path, tmp_path: Path) -> None:
    folder, calls = tmp_path / "out", iter(range(1000))
    with pytest.raises(Cancelled):
        build_deliverable(
            DELIVER,
            make_request(small_take, "youtube-4k"),
            folder,
            cancelled=lambda: folder.exists() and next(calls) > 12,
        )
    assert list(folder.iterdir()) == []


def test_a_full_disk_leaves_no_files_and_is_reported(small_take: Path, tmp_path: Path) -> None:
    """A file size limit interrupts the encoder like a full disk."""
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from engine.deliver import CaptionStyle, DeliverableRequest, load_recipe, build_deliverable\n"
        "from engine.errors import EngineError\n"
        "from tests.permissions import DELIVER\n"
        "from engine.ingest import inspect; from engine.catalog import Encoding\n"
        "footage = inspect(Path(sys.argv[1]))\n"
        "order = DeliverableRequest(footage, 'x', load_recipe('podcast'), Encoding.HLG)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))\n"
        "try: build_deliverable(DELIVER, order, Path(sys.argv[2]))\n"
        "except EngineError as error: print(error.message, '|', error.hint)\n"
    )
    command = [sys.executable, "-c", script, str(small_take), str(tmp_path / "out")]
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "cannot be written" in process.stdout or "could not be written" in process.stdout
    assert list((tmp_path / "out").iterdir()) == []


def test_footage_of_picture_only_sound_only_and_one_frame(tmp_path: Path) -> None:
    silent = build_deliverable(DELIVER, make_request(clips.picture_only(tmp_path / "mute.MOV"), "youtube-4k"), tmp_path)
    assert silent.passed
    assert any("no sound" in note for note in silent.notes)
    with pytest.raises(RequestError, match="mute has no sound"):
        build_deliverable(DELIVER, make_request(tmp_path / "mute.MOV", "podcast"), tmp_path)
    voice = clips.audio_only(tmp_path / "voice.MOV")
    with pytest.raises(RequestError, match="voice has no picture"):
        build_deliverable(DELIVER, make_request(voice, "youtube-4k"), tmp_path)
    assert build_deliverable(DELIVER, make_request(voice, "podcast"), tmp_path).passed
    one = clips.one_frame(tmp_path / "one.MOV")
    for recipe in ("youtube-4k", "shorts-vertical", "review-proxy", "podcast", "captions"):
        assert build_deliverable(DELIVER, make_request(one, recipe), tmp_path / recipe).passed


def test_picture_and_sound_of_a_range_are_in_sync(tmp_path: Path) -> None:
    """The sound begins exactly with the first frame, not between two frames."""
    path = tmp_path / "IMG_0001.MOV"
    flashes = clips.flash_and_click(path, 12)
    request = make_request(path, "review-proxy", start=Fraction("5.517"), end=Fraction("11.9"))
    build_deliverable(DELIVER, request, tmp_path / "out")
    with av.open(str(tmp_path / "out" / "IMG_0001.mp4")) as movie:
        lit = [frame.pts * frame.time_base for frame in movie.decode(video=0) if brightness(frame) > 120]
    samples, rate = sound_of(tmp_path / "out" / "IMG_0001.mp4")
    for flash in flashes[1:]:
        at = flash - request.begin
        shown_at = min(lit, key=lambda time: abs(time - at))
        around = slice(int((at - Fraction(1, 5)) * rate), int((at + Fraction(1, 5)) * rate))
        loud = np.abs(samples[around]).max(axis=1)
        sounded_at = Fraction(around.start + int(np.flatnonzero(loud > loud.max() / 2)[0]), rate)
        assert abs(shown_at - sounded_at) <= Fraction(1, 60)


def test_the_footage_is_never_overwritten(tmp_path: Path) -> None:
    source = clips.tone(tmp_path / "voice.wav", 1)
    before = source.read_bytes()
    with pytest.raises(RequestError, match="is the footage itself"):
        build_deliverable(DELIVER, make_request(source, "podcast"), tmp_path)
    assert source.read_bytes() == before


def test_nothing_is_written_to_a_sealed_folder(small_take: Path, tmp_path: Path) -> None:
    (tmp_path / "originals" / "ascmhl").mkdir(parents=True)
    with pytest.raises(RequestError, match="sealed folder"):
        build_deliverable(DELIVER, make_request(small_take, "podcast"), tmp_path / "originals")
    assert [path.name for path in (tmp_path / "originals").iterdir()] == ["ascmhl"]


def test_another_recipes_deliverable_is_not_replaced(small_take: Path, tmp_path: Path) -> None:
    build_deliverable(DELIVER, make_request(small_take, "review-proxy"), tmp_path)
    with pytest.raises(RequestError, match="written by review-proxy"):
        build_deliverable(DELIVER, make_request(small_take, "youtube-4k"), tmp_path)


def test_sound_that_outlasts_the_picture_is_in_the_podcast(tmp_path: Path) -> None:
    source = clips.audio_only(tmp_path / "voice.MOV")
    whole = make_request(source, "podcast").duration
    assert build_deliverable(DELIVER, make_request(source, "podcast", end=Fraction(60)), tmp_path).duration == whole


def test_an_unreadable_receipt_is_not_overwritten(small_take: Path, tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_text("torn pa")
    with pytest.raises(EngineError, match="cannot be read as a receipt"):
        build_deliverable(DELIVER, make_request(small_take, "podcast"), tmp_path)
    assert (tmp_path / "receipt.json").read_text() == "torn pa"


def test_the_frame_grid_of_a_deliverable_is_even(tmp_path: Path) -> None:
    path = tmp_path / "IMG_0001.MOV"
    clips.flash_and_click(path)
    build_deliverable(DELIVER, make_request(path, "review-proxy"), tmp_path)
    footage = inspect(tmp_path / "IMG_0001.mp4")
    assert isinstance(footage.grid, FrameGrid)
    assert not footage.grid.variable
    assert footage.probe.picture is not None
    assert footage.probe.picture.encoding is Encoding.REC709
