"""MediaInfo and a browser, which share no code with the engine, agree with the recipe of each finished film."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pymediainfo import MediaInfo

from engine.credentials import ManifestSource, SignedManifest, new_credential, sign_file
from engine.deliver import CutRequest, Deliverable, Recipe, build_cut, load_recipe, recipe_names
from engine.speech import Cue
from engine.timeline import Clip, Cut, CutMarker
from tests.browser import BROWSER, NO_BROWSER, browser_command
from tests.deliver.flash_films import flash_takes
from tests.permissions import DELIVER

RATE = Fraction(30_000, 1001)
CUT = Cut(
    "film",
    RATE,
    320,
    180,
    (
        Clip("1", "0", 20, 45, markers=(CutMarker(20, "Start", "chapter"),)),
        Clip("2", "0", 90, 45, markers=(CutMarker(90, "Second & last", "chapter"),)),
    ),
)
DURATION = float(CUT.length / RATE)
CUES = (Cue(Fraction(1, 5), Fraction(6, 5), "Said in the first clip."), Cue(Fraction(3, 2), Fraction(5, 2), "Then."))

FORMATS = {"hevc": "HEVC", "h264": "AVC", "av1": "AV1", "prores": "ProRes"}
SOUNDS = {"aac": "AAC", "pcm": "PCM", "wav": "PCM", "mp3": "MPEG Audio"}
COLOURS = {
    "sdr": ("BT.709", "BT.709", "BT.709"),
    "hlg": ("BT.2020", "HLG", "BT.2020 non-constant"),
    "pq": ("BT.2020", "PQ", "BT.2020 non-constant"),
}

FAST = ("review-proxy", "web-av1")
FILMS = [name for name in recipe_names() if load_recipe(name).picture]
IN_BROWSER = [name for name in FILMS if load_recipe(name).picture.codec in ("h264", "av1")]  # type: ignore[union-attr]

Films = Callable[[str], tuple[Deliverable, Path]]


def by_speed(names: Sequence[str]) -> list[Any]:
    """Parameters: the recipes of FAST for every check, the others for slow tests."""
    return [pytest.param(name, marks=() if name in FAST else pytest.mark.slow) for name in names]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Films:
    """The film of CUT by a recipe, and its movie. Read-only."""
    takes = flash_takes(tmp_path_factory.mktemp("camera"), [RATE])

    @cache
    def of(name: str) -> tuple[Deliverable, Path]:
        folder = tmp_path_factory.mktemp(name)
        order = CutRequest(CUT, takes, load_recipe(name), cues=CUES, language="en")
        made = build_cut(DELIVER, order, folder, source_digest="the cut")
        return made, folder / next(file.path for file in made.files if file.role == "movie")

    return of


@pytest.mark.parametrize("name", by_speed(FILMS))
def test_mediainfo_agrees_with_the_recipe(film: Films, name: str) -> None:
    made, path = film(name)
    assert [check.name for check in made.checks if check.failed] == []
    recipe = load_recipe(name)
    info = MediaInfo.parse(path)
    general, video = info.general_tracks[0], info.video_tracks[0]
    check_picture(recipe, video)
    check_sound(recipe, info)
    if recipe.container.faststart:
        assert general.isstreamable == "Yes"
    assert float(general.duration) == pytest.approx(1000 * DURATION, abs=25)
    embedded = [track for track in info.text_tracks if track.format == "Timed Text"]
    assert len(embedded) == (1 if recipe.embeds_captions else 0)
    assert info.menu_tracks
    for menu in info.menu_tracks:  # QuickTime's chapter track, and Nero's list for players that do not read it.
        titles = [text.split(":")[-1] for time, text in menu.to_data().items() if time[:2].isdigit()]
        assert titles == ["Start", "Second & last"]


def check_picture(recipe: Recipe, video: Any) -> None:
    """Compares every tag of the picture."""
    wanted = recipe.picture
    assert wanted is not None
    assert video.format == FORMATS[wanted.codec]
    assert (video.width, video.height) == wanted.size_of(CUT.width, CUT.height)
    assert Fraction(int(video.framerate_num), int(video.framerate_den)) == RATE
    assert (int(video.frame_count), video.frame_rate_mode, video.framerate_mode_original) == (CUT.length, "CFR", None)
    assert video.chroma_subsampling == ("4:2:2" if wanted.codec == "prores" else "4:2:0")
    if wanted.codec != "prores":
        assert video.bit_depth == wanted.bit_depth
    assert (video.color_primaries, video.transfer_characteristics, video.matrix_coefficients) == COLOURS[wanted.view]
    assert video.color_range in ("Limited", None)
    # MediaInfo says “Container” or “Stream” alone where the two disagree.
    assert video.colour_primaries_source in ("Container / Stream", "Container" if wanted.codec == "prores" else None)
    assert float(video.pixel_aspect_ratio) == 1
    assert float(video.rotation or 0) == 0
    if wanted.view == "pq":
        assert video.hdr_format_compatibility == "HDR10"
        assert video.mastering_display_color_primaries in ("BT.2020", "Display P3")
        assert video.maximum_content_light_level


def check_sound(recipe: Recipe, info: MediaInfo) -> None:
    """Compares the delivered sound track, which is the first."""
    wanted = recipe.sound
    if wanted is None:
        assert info.audio_tracks == []
        return
    sound = info.audio_tracks[0]
    assert sound.format == SOUNDS[wanted.codec]
    assert (sound.sampling_rate, sound.channel_s) == (wanted.sample_rate, wanted.channels)
    assert float(sound.duration) == pytest.approx(1000 * DURATION, abs=25)


PAGE = """<!doctype html><meta charset="utf-8"><body><script>
const films = FILMS, answer = "ANSWER";
function play(film) {
  return new Promise((done) => {
    const video = document.createElement("video"), shown = [], times = [];
    const track = video.addTextTrack("captions");
    const result = (error) => done({ error, shown, times, width: video.videoWidth, height: video.videoHeight,
      duration: video.duration, frames: video.getVideoPlaybackQuality().totalVideoFrames });
    for (const [start, end, text] of film.cues) track.addCue(new VTTCue(start, end, text));
    track.mode = "showing";
    track.oncuechange = () => { for (const cue of track.activeCues) shown.push(cue.text); };
    video.ontimeupdate = () => times.push(video.currentTime);
    video.onended = () => result(null);
    video.onerror = () => result(video.error.message || "error " + video.error.code);
    video.muted = true;
    video.src = film.address;
    document.body.append(video);
    video.play().catch((error) => result(String(error)));
  });
}
const send = (all) => fetch(answer, { method: "POST", mode: "no-cors", body: JSON.stringify(all) });
Promise.all(films.map(play)).then(send);
</script>
"""


def play_in_browser(paths: Sequence[Path], folder: Path) -> list[dict[str, Any]]:
    """Plays movies to their ends in one page, with CUES as captions. What the page reports of each."""
    answers: list[bytes] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answers.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """The test prints nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        server.timeout = 120
        cues = [(float(cue.start), float(cue.end), cue.text) for cue in CUES]
        films = [{"address": path.as_uri(), "cues": cues} for path in paths]
        page = folder / "films.html"
        text = PAGE.replace("FILMS", json.dumps(films)).replace("ANSWER", f"http://127.0.0.1:{server.server_port}/")
        page.write_text(text)
        browser = subprocess.Popen(
            browser_command(page.as_uri(), folder / "browser", "--remote-debugging-port=0"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            server.handle_request()
        finally:
            browser.terminate()
            browser.wait()
    assert answers, "The browser reported nothing in two minutes."
    return list(json.loads(answers[0]))


@pytest.mark.skipif(BROWSER is None, reason=NO_BROWSER)
@pytest.mark.parametrize("names", [FAST, pytest.param(tuple(IN_BROWSER), marks=pytest.mark.slow)], ids=("fast", "all"))
def test_a_browser_plays_each_film_to_its_end(film: Films, names: tuple[str, ...], tmp_path: Path) -> None:
    for name, played in zip(names, play_in_browser([film(name)[1] for name in names], tmp_path), strict=True):
        picture = load_recipe(name).picture
        assert picture is not None
        assert played["error"] is None, name
        assert (played["width"], played["height"]) == picture.size_of(CUT.width, CUT.height)
        assert played["duration"] == pytest.approx(DURATION, abs=0.03)
        assert played["times"] == sorted(played["times"])
        assert played["times"][-1] == pytest.approx(DURATION, abs=0.05)
        assert played["shown"] == [cue.text for cue in CUES]


def described(track: Any) -> dict[str, Any]:
    """What MediaInfo says of a track, without its share of the file and without repetitions in words."""
    return {name: value for name, value in track.to_data().items() if "proportion" not in name and "other_" not in name}


@pytest.mark.slow
def test_a_signed_film_is_the_same_for_other_readers(
    film: Films, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CWTUI_CREDENTIALS", str(tmp_path / "keys"))
    key, signed = new_credential("Ann"), []
    for name in FILMS:
        path = film(name)[1]
        out = tmp_path / f"{name}{path.suffix}"
        sign_file(key, SignedManifest(path.name, "Ann", [ManifestSource("5" * 32)], [], {}), path, out)
        if name in IN_BROWSER:
            signed.append(out)
        for before, after in zip(MediaInfo.parse(path).tracks, MediaInfo.parse(out).tracks, strict=True):
            said = [described(track) for track in (before, after)]
            assert before.track_type == "General" or said[0] == said[1], name
    if BROWSER is not None:
        for played in play_in_browser(signed, tmp_path):
            assert (played["error"], played["shown"]) == (None, [cue.text for cue in CUES])
            assert played["duration"] == pytest.approx(DURATION, abs=0.03)
