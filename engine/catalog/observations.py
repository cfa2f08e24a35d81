"""The model of an observation: a telescope's file with bands, which is a take without picture and sound."""

from __future__ import annotations

from engine.catalog.frozen_model import FrozenModel
from engine.errors import RequestError


class ObservedBand(FrozenModel):
    """One band of a file: its unit, wavelength and size, and where it has data.

    `covered` is the share of pixels with data. `footprint` are the corners as right ascension and declination in
    degrees (ICRS), from the first pixel along the first row; None without sky coordinates. `histogram` counts covered
    pixels in equal steps from `low` to `high`, in the unit: the percentiles .5 and 99.5.
    """

    name: str
    unit: str
    wavelength_um: float | None
    width: int
    height: int
    covered: float
    pixel_scale_arcsec: float | None
    footprint: tuple[tuple[float, float], ...] | None
    low: float
    high: float
    histogram: tuple[int, ...]


class ObservationRecord(FrozenModel):
    """The contents of a telescope's file; text is empty where the file states none."""

    target: str = ""
    telescope: str = ""
    instrument: str = ""
    observation: str = ""
    date: str = ""
    credit: str = ""
    bands: tuple[ObservedBand, ...]

    @property
    def band_names(self) -> str:
        """The names of the bands, the first three of many."""
        names = [band.name for band in self.bands]
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def refuse_observation(label: str, observation: ObservationRecord | None) -> None:
    """Raise RequestError, naming the take, if it is an observation: it has no frames and no sound."""
    if observation is not None:
        raise RequestError(
            f"{label} is a telescope's observation: it has no frames and no sound.",
            "cwtui science composite makes a picture of its bands.",
        )
