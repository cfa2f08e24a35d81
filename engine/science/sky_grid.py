"""The place of pixels in the sky, by FITS WCS or GWCS."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, degrees, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.science.sky_inverse import invert_sky

Degrees = NDArray[np.float64]
Pixels = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SkyGrid:
    """A grid of `shape` (rows, columns). `wcs` is an astropy WCS with two celestial axes, or a GWCS.

    Pixel coordinates have their origin in the centre of the first pixel. Sky coordinates are ICRS.
    """

    wcs: Any
    shape: tuple[int, int]

    def to_sky(self, x: ArrayLike, y: ArrayLike) -> tuple[Degrees, Degrees]:
        """Right ascension and declination of pixel positions, also outside the grid; NaN where there is none."""
        across, down = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
        if self._is_gwcs:
            found = self.wcs(across, down, with_bounding_box=False)
            return _icrs(self.wcs, np.asarray(found[0], np.float64), np.asarray(found[1], np.float64))
        found = self.wcs.all_pix2world(across.ravel(), down.ravel(), 0)
        longitude, latitude = (np.reshape(axis, across.shape) for axis in _in_order(self.wcs, found))
        return _icrs(self.wcs, longitude, latitude)

    def to_pixels(self, right_ascension: ArrayLike, declination: ArrayLike) -> tuple[Pixels, Pixels]:
        """Pixel positions (x, y) of sky coordinates, also outside the grid; NaN where there is none."""
        ra, dec = np.broadcast_arrays(np.asarray(right_ascension, np.float64), np.asarray(declination, np.float64))
        if self._is_gwcs or self.wcs.has_distortion or "TPV" in self.wcs.wcs.ctype[0]:
            return invert_sky(self.to_sky, ra, dec, self.shape)
        longitude, latitude = _from_icrs(self.wcs, ra, dec)
        axes = _in_order(self.wcs, (longitude.ravel(), latitude.ravel()))
        across, down = self.wcs.wcs_world2pix(*axes, 0)
        return np.reshape(across, ra.shape), np.reshape(down, ra.shape)

    @property
    def centre(self) -> tuple[float, float]:
        """Right ascension and declination of the centre."""
        rows, columns = self.shape
        ra, dec = self.to_sky((columns - 1) / 2, (rows - 1) / 2)
        return float(ra), float(dec)

    @property
    def pixel_scale(self) -> float:
        """The side of a square with the area of the pixel in the centre, in arcseconds."""
        (east_x, north_x), (east_y, north_y) = self._axes()
        return 3600 * sqrt(abs(east_x * north_y - east_y * north_x))

    @property
    def north_angle(self) -> float:
        """The angle from the direction of growing rows to north in the centre, in degrees, towards growing columns."""
        (east_x, north_x), (east_y, north_y) = self._axes()
        # The pixel direction in which north grows and east does not.
        flip = 1 if east_x * north_y - east_y * north_x > 0 else -1
        return degrees(atan2(-flip * east_y, flip * east_x))

    @property
    def is_mirrored(self) -> bool:
        """Whether east lies to the right of north, with rows that grow upwards."""
        (east_x, north_x), (east_y, north_y) = self._axes()
        return east_x * north_y - east_y * north_x > 0

    @property
    def _is_gwcs(self) -> bool:
        return hasattr(self.wcs, "forward_transform")

    def _axes(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Degrees (east, north) per column, and per row, in the centre."""
        rows, columns = self.shape
        x, y = (columns - 1) / 2, (rows - 1) / 2
        ra, dec = self.to_sky(np.array([x - 0.5, x + 0.5, x, x]), np.array([y, y, y - 0.5, y + 0.5]))
        east = (np.diff(ra)[[0, 2]] + 180) % 360 - 180
        north = np.diff(dec)[[0, 2]]
        east *= np.cos(np.radians(dec.mean()))
        return (float(east[0]), float(north[0])), (float(east[1]), float(north[1]))


def tangent_grid(
    right_ascension: float, declination: float, pixel_scale: float, shape: tuple[int, int], north_angle: float = 0.0
) -> SkyGrid:
    """A grid in the tangent projection around a point: north at `north_angle` degrees from the direction of the rows.

    `pixel_scale` is in arcseconds. East lies to the left of north.
    """
    from astropy.wcs import WCS

    rows, columns = shape
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.radesys = "ICRS"
    wcs.wcs.crval = [right_ascension, declination]
    wcs.wcs.crpix = [(columns + 1) / 2, (rows + 1) / 2]
    wcs.wcs.cdelt = [-pixel_scale / 3600, pixel_scale / 3600]
    turn = np.radians(north_angle)
    wcs.wcs.pc = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    wcs.wcs.set()
    return SkyGrid(wcs, shape)


def _in_order(wcs: Any, axes: tuple[Any, Any]) -> tuple[Any, Any]:
    """(longitude, latitude) from or to the order of the world axes of a FITS WCS."""
    return (axes[1], axes[0]) if wcs.wcs.lng == 1 else (axes[0], axes[1])


def _frame(wcs: Any) -> Any:
    """The celestial frame of a WCS, None if it is ICRS or not stated."""
    from astropy.coordinates import ICRS

    if hasattr(wcs, "forward_transform"):
        frame = getattr(wcs.output_frame, "reference_frame", None)
    else:
        from astropy.wcs.utils import wcs_to_celestial_frame

        try:
            frame = wcs_to_celestial_frame(wcs)
        except ValueError:
            frame = None
    return None if frame is None or isinstance(frame, ICRS) else frame


def _icrs(wcs: Any, longitude: Degrees, latitude: Degrees) -> tuple[Degrees, Degrees]:
    from astropy import units
    from astropy.coordinates import SkyCoord

    frame = _frame(wcs)
    if frame is None:
        return longitude, latitude
    place = SkyCoord(longitude * units.deg, latitude * units.deg, frame=frame).icrs
    return place.ra.deg, place.dec.deg


def _from_icrs(wcs: Any, ra: Degrees, dec: Degrees) -> tuple[Degrees, Degrees]:
    from astropy import units
    from astropy.coordinates import SkyCoord

    frame = _frame(wcs)
    if frame is None:
        return ra, dec
    place = SkyCoord(ra * units.deg, dec * units.deg, frame="icrs").transform_to(frame).spherical
    return place.lon.deg, place.lat.deg
