"""A telescope's file as a take: its facts, its picture, and what refuses it."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from engine.catalog import Take, select_takes
from engine.errors import EngineError, RequestError
from engine.ingest import check_condition, find_footage, inspect
from engine.science import observation_picture
from engine.studio import ProjectCuts, Studio, playback_source
from engine.transfer import import_footage

from .skies import CENTRE, square_grid, star, write_band


@pytest.fixture
def observation(tmp_path: Path) -> Path:
    samples = 5 + 300 * star((40, 40), 20, 12) + np.random.default_rng(1).normal(0, 0.2, (40, 40))
    samples[:, :10] = 0
    return write_band(tmp_path / "card" / "jw_i2d.fits", samples, square_grid(40), "F770W")


@pytest.fixture(autouse=True)
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "card"
    folder.mkdir()
    return folder


def test_a_file_is_described_by_band_footprint_and_histogram(observation: Path) -> None:
    with fits.open(observation, mode="update") as file:
        file[0].header["DATE-OBS"] = "2022-09-18T01:02:03"

    footage = inspect(observation)

    record = footage.probe.observation
    assert record is not None
    (band,) = record.bands
    assert (record.target, record.telescope, band.name, band.unit) == ("TEST", "JWST", "F770W", "MJy/sr")
    assert (band.width, band.height, band.covered, band.wavelength_um) == (40, 40, 0.75, 7.7)
    assert band.footprint is not None
    assert np.mean(band.footprint, axis=0) == pytest.approx(CENTRE, abs=1e-6)
    assert 4 < band.low < 5 < band.high
    assert sum(band.histogram) == pytest.approx(0.99 * 1200, abs=2)
    assert footage.probe.capture.time == datetime(2022, 9, 18, 1, 2, 3, tzinfo=UTC)
    assert (footage.probe.picture, footage.probe.sound, footage.probe.duration) == (None, (), 0)
    assert check_condition(footage) == ()


def test_its_picture_shows_the_star_and_what_has_no_data(observation: Path) -> None:
    picture = observation_picture(observation, 40)

    assert picture.shape == (40, 40, 3)
    # The first row of the picture is the last one of the file, and one band is grey.
    assert np.unravel_index(picture.sum(-1).argmax(), (40, 40)) == (27, 20)
    assert len(set(picture[27, 20])) == 1
    assert (picture[:, :10] == (18, 22, 40)).all()
    assert observation_picture(observation, 10).shape == (10, 10, 3)


def test_an_observation_is_a_take_that_is_not_delivered_or_cut(observation: Path, card: Path, tmp_path: Path) -> None:
    (card / "torn.fits").write_bytes(observation.read_bytes()[:4000])
    with Studio(tmp_path / "studio") as studio:
        project = studio.new_project("Sky")
        imported = import_footage(studio.catalog, studio.folder, project, [card])

        (take,) = imported.takes
        ((torn, problem),) = imported.failed
        assert torn.name == "torn.fits"
        assert "torn.fits" in problem.message
        assert select_takes([take], {}).takes == ()
        assert [request.kind.name for request in studio.tasks.preparation(take)] == ["condition"]
        subject = studio.subject_of(take)
        with pytest.raises(RequestError, match="no frames and no sound"):
            studio.tasks.levels_request(subject, 0)
        with pytest.raises(RequestError, match="no frames and no sound"):
            playback_source(studio, subject, None, Fraction(0))
        _refuses_cuts(studio, take)
        assert Take.model_validate_json(take.model_dump_json()) == take


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".BZ2", bz2.compress)])
def test_an_observation_that_is_compressed_as_a_whole_is_found_and_read(
    observation: Path, card: Path, suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    data = observation.read_bytes()
    observation.unlink()
    packed = card / f"jw_i2d.fits{suffix}"
    packed.write_bytes(pack(data))
    (card / "jw_i2d.xml").touch()
    (card / "notes.txt.gz").write_bytes(gzip.compress(b"seeing: good"))

    found = find_footage([card])

    assert [(item.path, item.sidecars) for item in found.arrivals] == [(packed, (card / "jw_i2d.xml",))]
    assert found.skipped == [card / "notes.txt.gz"]
    footage = inspect(packed)
    assert footage.name == "jw_i2d"
    assert footage.probe.observation is not None
    assert check_condition(footage) == ()


def test_a_compressed_observation_that_is_cut_short_is_refused(observation: Path, card: Path) -> None:
    torn = card / "torn.fits.gz"
    torn.write_bytes(gzip.compress(observation.read_bytes())[:-400])

    with pytest.raises(EngineError, match=r"torn\.fits\.gz is damaged"):
        inspect(torn)


def _refuses_cuts(studio: Studio, take: Take) -> None:
    cuts = ProjectCuts(studio, studio.project("Sky"))
    with pytest.raises(RequestError, match="There is no take to cut"):
        cuts.new("film")
    with pytest.raises(RequestError, match="no frames and no sound"):
        cuts.new("film", [take])
