"""Finished files keep the footage's light ("as-shot") or apply the ACES 2.0 view, by their recipe."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import colour
import numpy as np
import pytest

from engine.catalog import Encoding
from engine.deliver import Deliverable, DeliverableRequest, Recipe, build_deliverable, load_recipe
from engine.errors import RequestError
from engine.ingest import inspect
from engine.picture import AS_SHOT_LIGHT, HDR10_LIGHT, LightMetadata, Rendering, inspect_movie
from fixtures import clips
from fixtures.curves import HLG, REC709, Colour
from tests.permissions import DELIVER

PQ = replace(HLG, transfer=16)
SRGB = replace(REC709, transfer=13)
BARS = np.array([502, 721, 940, 64])


def deliver(path: Path, recipe: Recipe, folder: Path) -> tuple[Deliverable, Path]:
    footage = inspect(path)
    result = build_deliverable(DELIVER, DeliverableRequest(footage, footage.name, recipe, None), folder)
    assert result.passed, [check for check in result.checks if not check.passed]
    return result, folder / result.files[0].path


def recipe(name: str, rendering: Rendering = "as-shot", **more: object) -> Recipe:
    loaded = load_recipe(name)
    assert loaded.picture
    return loaded.model_copy(update={"picture": loaded.picture.model_copy(update={"rendering": rendering, **more})})


def footage(path: Path, tags: Colour, luma: np.ndarray, **more: str) -> Path:
    """8 frames of bars, 64 columns wide, one luma code each."""
    return clips.columns(path, np.repeat(luma, 64).astype(np.uint16), tags, 64, 8, **more)


def bars(path: Path) -> np.ndarray:
    """The luma (0–1) in the middle of each bar."""
    with av.open(str(path)) as movie:
        frame = next(movie.decode(video=0))
        code = 1 if frame.format.name == "yuv420p" else 4
        kind = np.uint8 if code == 1 else np.uint16
        luma = np.frombuffer(memoryview(frame.planes[0]), kind).reshape(frame.height, -1)[:, : frame.width]
        assert int(frame.width) == 256
    return (luma[16:48].astype(float).mean(0).reshape(4, 64)[:, 16:48].mean(1) / code - 16) / 219


def test_hlg_is_converted_to_hdr10_at_the_levels_of_bt2408(tmp_path: Path) -> None:
    take = footage(tmp_path / "hlg.mov", HLG, BARS)

    as_shot, as_shot_movie = deliver(take, recipe("youtube-hdr10"), tmp_path / "as-shot")
    aces, aces_movie = deliver(take, recipe("youtube-hdr10", "aces"), tmp_path / "aces")

    assert colour.models.eotf_BT2100_PQ(bars(as_shot_movie))[:3] == pytest.approx([51, 203, 1000], rel=0.03)
    assert colour.models.eotf_BT2100_PQ(bars(aces_movie))[:3] == pytest.approx([22.9, 86, 291], rel=0.03)
    assert (as_shot.rendering, as_shot.conversion) == ("as-shot", "HLG to PQ by the BT.2100 OOTF, 1000 nits")
    assert (aces.rendering, aces.conversion) == ("aces", "HLG to PQ by the ACES 2.0 view, 1000 nits")
    for path, expected in ((as_shot_movie, AS_SHOT_LIGHT), (aces_movie, HDR10_LIGHT)):
        light = inspect_movie(path).light
        assert light is not None
        assert light.is_near(expected)


def test_an_sdr_screen_recording_keeps_its_white_in_every_deliverable(tmp_path: Path) -> None:
    take = footage(tmp_path / "screen.mov", SRGB, BARS)

    in_sdr, sdr = deliver(take, recipe("review-proxy", burn_in=(), quality=10), tmp_path / "sdr")
    in_hlg, hlg = deliver(take, recipe("youtube-4k"), tmp_path / "hlg")

    assert bars(sdr) * 255 == pytest.approx((BARS - 64) / 876 * 255, abs=2)
    assert bars(hlg)[2] == pytest.approx(0.75, abs=0.005)
    assert in_sdr.conversion == "sRGB handed through"
    assert in_hlg.conversion == "sRGB to HLG by IEC 61966-2-1 and BT.2408, white at 203 nits"


@pytest.mark.parametrize("has_metadata", [True, False])
def test_pq_footage_keeps_its_light_metadata_in_pq(tmp_path: Path, has_metadata: bool) -> None:
    light = replace(HDR10_LIGHT, peak=Fraction(4000), max_cll=3200, max_fall=180)
    more = f"hdr10=1:master-display={light.x265}:max-cll={light.levels}" if has_metadata else ""
    take = footage(tmp_path / "pq.mov", PQ, BARS, x265=more)

    result, movie = deliver(take, recipe("youtube-hdr10"), tmp_path / "out")

    assert inspect(take).probe.picture.encoding is Encoding.PQ  # type: ignore[union-attr]
    assert bars(movie) == pytest.approx((BARS - 64) / 876, abs=0.004)
    found: LightMetadata | None = inspect_movie(movie).light
    assert (found is not None and found.is_near(light)) if has_metadata else found is None
    assert result.conversion == "PQ handed through"


def test_a_recipe_sets_its_rendering_and_defaults_to_as_shot(tmp_path: Path) -> None:
    text = 'title = "t"\n[picture]\nview = "pq"\ncodec = "hevc"\nlong_edge = 640\nshort_edge = 360\n'
    plain, aces, wrong = (tmp_path / f"{name}.toml" for name in ("plain", "aces", "wrong"))
    plain.write_text(text)
    aces.write_text(text + 'rendering = "aces"\n')
    wrong.write_text(text + 'rendering = "filmic"\n')

    loaded = [load_recipe(str(path)) for path in (plain, aces)]

    assert [one.picture and one.picture.rendering for one in loaded] == ["as-shot", "aces"]
    assert loaded[0].digest != loaded[1].digest
    with pytest.raises(RequestError, match="rendering"):
        load_recipe(str(wrong))
