"""The good files that saboteurs damage: few and small deliveries, which together have all that checks measure."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from xxhash import xxh3_128_hexdigest

from engine.catalog import Condition
from engine.credentials import new_credential
from engine.deliver import (
    ArchiveItem,
    Check,
    CutCondition,
    CutRequest,
    CutTake,
    DeliverableRequest,
    Finished,
    FollowedTake,
    Recipe,
    UsedPackage,
    build_archive,
    build_cut,
    build_deliverable,
    load_recipe,
)
from engine.deliver.recipe import PosterRecipe
from engine.ingest import Footage, inspect
from engine.perception import match_speakers, plan_follow
from engine.speech import Cue
from engine.timeline import Clip, Cut, CutMarker, Media, MediaFile, write_otio
from fixtures import clips
from fixtures.camera_gops import NTSC, write_camera_take
from fixtures.recorder import SoundTrack
from tests.deliver.lively_take import write_lively_take
from tests.perception.talk import sitting, spoken
from tests.permissions import DELIVER

_SIZE = {"long_edge": 96, "short_edge": 54, "effort": "quick"}
_SOUND = {"lufs": -20.0, "true_peak_dbtp": -3.0}
_CUES = (Cue(Fraction(1, 5), Fraction(1, 2), "One."), Cue(Fraction(1), Fraction(3, 2), "Two."))
_SECONDS = 3


class GoodFiles:
    """Delivers the good files, all of whose checks pass: `files` by name."""

    def __init__(self, folder: Path) -> None:
        """Delivers below `folder`."""
        self._folder = folder
        self.files: dict[str, Finished] = {}
        self.results: dict[str, list[Check]] = {}
        camera = folder / "camera"
        camera.mkdir(parents=True)
        take = inspect(clips.plain_take(camera / "IMG_1.MOV", 96, 54, seconds=_SECONDS))
        upright = {"seconds": _SECONDS, "codec": "hevc", "rotation": -90}
        hlg = inspect(clips.plain_take(camera / "IMG_2.MOV", 96, 54, **upright))
        tone = np.stack([0.1 * np.sin(np.arange(72_000) * 0.05)] * 2).astype(np.float32)
        longer = inspect(clips.take_with(camera / "IMG_3.MOV", [SoundTrack(tone)]))
        recorded = inspect(write_camera_take(camera / "gops.mov", "h264", 60, size=(96, 54), gop=15))
        self._film(take)
        reel = _recipe("pq", "hevc", quality=20, platform="instagram-reels", edit_list=False, burn_in=["captions"])
        self._take("hdr", hlg, reel, cues=_CUES)
        # In its own size: to compile the shaders that scale takes 3 s.
        own = {"long_edge": 192, "short_edge": 108}
        carried = _recipe("sdr", "prores", sound={"codec": "wav", "carry": "all", **_SOUND}, **own)
        self._take("carried", longer, carried)
        self._take("wav", take, Recipe(name="wav", title="WAV", sound={"codec": "wav", "limiter_db": 6, **_SOUND}))
        self._take("mp3", take, Recipe(name="mp3", title="MP3", sound={"codec": "mp3", **_SOUND}))
        self._podcast(take)
        self._take("exr", take, load_recipe("exr-sequence"), end=Fraction(1, 10))
        self._archive(take)
        self._signed(take)
        self._lively(inspect(write_lively_take(camera / "lively.mov")))
        self._copied_film(recorded)

    def _film(self, take: Footage) -> None:
        """A film with all that a recipe may ask for, and its captions as files."""
        recipe = _recipe(
            "sdr",
            "h264",
            bit_rate={"sdr": {0: (1, 1)}},
            sound={"codec": "aac", "bit_rate": 64_000, **_SOUND},
            captions={"embed": True, "formats": ["srt"], "shortest": 0.2},
            metadata={"keep": ["device"]},
            edit_list=False,
        )
        markers = (CutMarker(0, "First", "chapter"), CutMarker(45, "Second", "chapter"))
        clip = Clip("1", "1", 0, 30 * _SECONDS, markers=markers)
        self._cut("film", take, Cut("film", Fraction(30), 96, 54, (clip,)), recipe, cues=_CUES, language="en")

    def _podcast(self, take: Footage) -> None:
        """A sound file with tags, a cover and chapters, and a movie with a poster and credits."""
        cover = self._folder / "cover.png"
        Image.new("RGB", (1400, 1400), (20, 90, 120)).save(cover)
        tags = {"artist": "Ann", "album": "Harbour"}
        sound = {"codec": "aac", **_SOUND}
        recipe = Recipe(name="podcast", title="Podcast", sound=sound, tags=tags, cover={"image": str(cover)})
        markers = (CutMarker(0, "First", "chapter"), CutMarker(45, "Second", "chapter"))
        clip = Clip("1", "1", 0, 30 * _SECONDS, markers=markers)
        self._cut("podcast", take, Cut("podcast", Fraction(30), 96, 54, (clip,)), recipe)
        # The crop is the whole picture, so that no shader is needed for it.
        movie = _recipe("sdr", "h264", quality=20, canvas="96x54", fit="follow")
        movie = movie.model_copy(update={"poster": PosterRecipe(at=0.5)})
        credited = {"metadata": {"credits": ["file", "movie"]}}
        movie = Recipe.model_validate({**movie.model_dump(), **credited})
        self._take("movie", take, movie, end=Fraction(1), follow=_followed(), packages=_packages())

    def _archive(self, take: Footage) -> None:
        """An archive of a take, a timeline and a transcript."""
        media = Media("1", take.name, Fraction(_SECONDS), Fraction(30), 96, 54, has_sound=True)
        cut = Cut("film", Fraction(30), 96, 54, (Clip("1", "1", 0, 30),))
        target = f"originals/{take.path.name}"
        timeline = write_otio(cut, {"1": MediaFile(media, f"../{target}")})
        items = [
            ArchiveItem(target, "original", take.path, digest=xxh3_128_hexdigest(take.path.read_bytes())),
            ArchiveItem("timeline/film.otio", "timeline", content=timeline),
            ArchiveItem("transcripts/1.json", "transcript", content=b'{"words": []}'),
        ]
        order = DeliverableRequest(take, "archive", load_recipe("archive"), None)
        build_archive(DELIVER, order, items, self._folder / "archive", examined=self._keep("archive"))

    def _signed(self, take: Footage) -> None:
        """A signed sound file."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CWTUI_CREDENTIALS", str(self._folder / "keys"))
            new_credential("Ann")
            self._take("signed", take, Recipe(name="wav", title="WAV", sound={"codec": "wav", **_SOUND}).signed())

    def _lively(self, take: Footage) -> None:
        """A movie and a sound file in which picture, sound and sides change: what is correlated with its source."""
        sound = {"lufs": -20.0, "true_peak_dbtp": -3.0, "tolerance_lu": 2.5, "limiter_db": 3}
        movie = _recipe(
            "sdr",
            "h264",
            quality=16,
            fidelity=0.9,
            burn_in=["captions"],
            sound={"codec": "aac", **sound},
            edit_list=False,
        )
        self._take("lively", take, movie, cues=_CUES)
        self._take("lively wav", take, Recipe(name="wav", title="WAV", sound={"codec": "wav", **sound}))

    def _copied_film(self, take: Footage) -> None:
        """A film whose only shot is copied."""
        recipe = _recipe("sdr", "h264", quality=20, copy_shots="where-possible", copy_gop_seconds=1.0)
        self._cut("copied", take, Cut("copied", NTSC, 96, 54, (Clip("1", "1", 0, 60),)), recipe)

    def _cut(self, name: str, take: Footage, cut: Cut, recipe: Recipe, **more: Any) -> None:
        assert take.probe.picture
        takes = {"1": CutTake("1", take.name, take, "1", take.probe.picture.input_transform)}
        order = CutRequest(cut, takes, recipe, **more)
        whole = CutCondition(order, {"1": Condition(checked=True)})
        build_cut(DELIVER, order, self._folder / name, condition=whole, examined=self._keep(name))

    def _take(self, name: str, take: Footage, recipe: Recipe, **more: Any) -> None:
        assert take.probe.picture
        order = DeliverableRequest(take, name, recipe, take.probe.picture.input_transform, **more)
        build_deliverable(DELIVER, order, self._folder / name, examined=self._keep(name))

    def _keep(self, name: str) -> Any:
        def keep(finished: Finished, results: list[Check]) -> None:
            key = name if finished.kind in ("movie", "sound", "images", "archive") else f"{name} {finished.kind}"
            self.files[key], self.results[key] = finished, results

        return keep


def _followed() -> FollowedTake:
    """A speaker in a take of which the crop keeps all."""
    faces, turns = sitting([(0.5, 0.5)], 3), spoken([(0.0, 3.0, "A")])
    speakers = match_speakers(faces, turns)
    return FollowedTake(faces, plan_follow(faces, turns, speakers, (96, 54), (96, 54)), speakers)


def _packages() -> tuple[UsedPackage, ...]:
    """Two packages whose licences ask for credits."""
    more: dict[str, Any] = {"version": "1.0.0", "sha256": "0" * 64, "licence": "CC-BY-4.0", "commercial": True}
    return tuple(
        UsedPackage(package=f"ada/{name}", obligations=(), attribution=f"{name.title()} by Ada", **more)
        for name in ("dusk", "dawn")
    )


def _recipe(view: str, codec: str, *, edit_list: bool = True, **more: Any) -> Recipe:
    tables = {name: more.pop(name) for name in ("sound", "captions", "metadata", "platform") if name in more}
    picture = {"view": view, "codec": codec, **_SIZE, **more}
    return Recipe(name=f"{view}-{codec}", title="Small", picture=picture, container={"edit_list": edit_list}, **tables)
