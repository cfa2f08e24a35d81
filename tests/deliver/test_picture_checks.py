"""Receipts contain the picture's fidelity, and a low fidelity fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from engine.deliver import DeliverableRequest, Recipe, build_deliverable, load_recipe, read_receipt
from engine.deliver.checks.quality import judge_bit_rate, judge_digests, judge_fidelity
from engine.deliver.fidelity import Fidelity, summarize_fidelity
from engine.errors import RequestError
from engine.ingest import inspect
from engine.picture import (
    ChunkFidelity,
    MovieInspection,
    PictureFormat,
    PlaneSsim,
    YuvPlanes,
    inspect_movie,
    write_movie,
)
from fixtures.texture import Texture
from tests.permissions import DELIVER

GOOD = PictureFormat(160, 96, Fraction(24), 30, "h264", 8, "sdr", gop=12, effort="quick", quality=18)
COARSE = replace(GOOD, quality=45)


def encode(folder: Path, picture_format: PictureFormat) -> tuple[MovieInspection, list[ChunkFidelity]]:
    """Encodes a textured movie; returns its inspection and the fidelity of its chunks."""
    texture = Texture(picture_format.width, picture_format.height, picture_format.bit_depth, grain=0.5)

    def frames(stretch: range) -> Iterator[YuvPlanes]:
        for luma, cb, cr in texture.frames(stretch):
            yield YuvPlanes(luma, cb, cr, picture_format.bit_depth)

    folder.mkdir()
    path = folder / "movie.mp4"
    chunks = write_movie(path, frames, picture_format, work=folder / "work")
    return inspect_movie(path), chunks


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[MovieInspection, list[ChunkFidelity]]:
    return encode(tmp_path_factory.mktemp("films") / "good", GOOD)


@pytest.fixture(scope="module")
def coarse(tmp_path_factory: pytest.TempPathFactory) -> tuple[MovieInspection, list[ChunkFidelity]]:
    return encode(tmp_path_factory.mktemp("films") / "coarse", COARSE)


def fidelity(chunks: list[ChunkFidelity]) -> Fidelity:
    return summarize_fidelity(chunks, Fraction(24), 0.97)


def test_an_over_compressed_movie_fails_and_a_good_one_passes(
    good: tuple[MovieInspection, list[ChunkFidelity]], coarse: tuple[MovieInspection, list[ChunkFidelity]]
) -> None:
    for (movie, chunks), passed in ((good, True), (coarse, False)):
        check = judge_fidelity(fidelity(chunks))
        assert check.passed is passed, check
        assert judge_digests(chunks, movie).passed


def test_a_picture_other_than_the_measured_one_fails(
    good: tuple[MovieInspection, list[ChunkFidelity]], coarse: tuple[MovieInspection, list[ChunkFidelity]]
) -> None:
    movie, chunks = coarse[0], good[1]
    assert judge_fidelity(fidelity(chunks)).passed
    assert not judge_digests(chunks, movie).passed


def test_a_low_bit_rate_passes_only_above_the_fidelity_floor(
    good: tuple[MovieInspection, list[ChunkFidelity]], coarse: tuple[MovieInspection, list[ChunkFidelity]]
) -> None:
    for (movie, chunks), acceptable in ((good, True), (coarse, False)):
        rate = int(movie.bits * movie.rate / movie.frames)
        assert judge_bit_rate(movie, rate, fidelity(chunks)).passed
        assert judge_bit_rate(movie, rate * 2, fidelity(chunks)).passed is acceptable
        assert not judge_bit_rate(movie, rate // 3, fidelity(chunks)).passed


def test_the_worst_second_is_named_by_its_time() -> None:
    lumas = [0.99] * 50 + [0.93] * 25 + [0.98] * 25
    frames = tuple(PlaneSsim(luma, 0.99, 0.995) for luma in lumas)
    chunks = [
        ChunkFidelity(0, 60, "", 1, frames[:60], 0),
        ChunkFidelity(60, 40, "", 1, frames[60:], 0),
    ]
    found = summarize_fidelity(chunks, Fraction(25), 0.97)
    assert (found.worst_second.start, found.worst_second.luma) == (2, 0.93)
    assert (found.frames, found.min.luma, found.mean.cb, found.mean.cr) == (100, 0.93, 0.99, 0.995)
    assert found.mean.luma == pytest.approx(0.9725)
    # The movie's mean reaches 0.97, but its third second is below 0.94.
    assert not found.is_enough


def test_sampled_frames_count_at_their_own_time() -> None:
    frames = tuple(PlaneSsim(luma, 1.0, 1.0) for luma in (0.99, 0.98, 0.97, 0.95))
    found = summarize_fidelity([ChunkFidelity(24, 20, "", 5, frames, 0)], Fraction(30), 0.5)
    assert found.every == 5
    # Frames 24, 29, 34, 39: two in second 0, two in second 1.
    assert (found.worst_second.start, found.worst_second.luma) == (1, 0.96)


def test_the_receipt_contains_the_fidelity(small_take: Path, tmp_path: Path) -> None:
    footage = inspect(small_take)
    assert footage.probe.picture is not None
    result = build_deliverable(
        DELIVER,
        DeliverableRequest(footage, "x", load_recipe("review-proxy"), footage.probe.picture.input_transform),
        tmp_path / "out",
    )
    assert result.passed
    (delivered,) = read_receipt(tmp_path / "out").deliveries
    assert delivered.fidelity == result.fidelity
    (plain,) = json.loads((tmp_path / "out" / "receipt.json").read_text())["deliveries"]
    fields = plain["fidelity"]
    assert (fields["measure"], fields["every"], fields["frames"], fields["floor"]) == ("ssim", 1, 30, 0.97)
    assert fields["worst_second"]["start"] == [0, 1]
    assert 0.97 < fields["min"]["luma"] <= fields["mean"]["luma"] <= 1


@pytest.mark.parametrize(
    ("table", "floor"),
    [
        ({"codec": "prores", "view": "hlg"}, 0.98),
        ({"codec": "hevc", "view": "hlg", "bit_rate": {"hlg": {"0": [4, 6]}}}, 0.97),
        ({"codec": "h264", "view": "sdr", "quality": 23}, 0.97),
        ({"codec": "h264", "view": "sdr", "quality": 29}, 0.94),
        ({"codec": "h264", "view": "sdr", "quality": 10}, 0.97),
        ({"codec": "av1", "view": "sdr", "quality": 63}, 0.5),
        ({"codec": "h264", "view": "sdr", "quality": 23, "fidelity": 0.99}, 0.99),
    ],
)
def test_a_recipe_has_a_floor_by_codec_and_quality_or_its_own(table: dict[str, object], floor: float) -> None:
    picture = {"long_edge": 1920, "short_edge": 1080, **table}
    recipe = Recipe.model_validate({"name": "own", "title": "Own", "picture": picture})
    assert recipe.picture is not None
    assert recipe.picture.fidelity_floor == floor


def test_a_fidelity_floor_above_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        'title = "Own"\n[picture]\nview = "sdr"\ncodec = "h264"\nlong_edge = 64\nshort_edge = 64\nfidelity = 1.5\n'
    )
    with pytest.raises(RequestError, match="fidelity"):
        load_recipe(str(path))
