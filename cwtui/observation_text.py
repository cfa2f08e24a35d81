"""The words and charts for observations of telescopes."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, hypot, radians, sqrt

from cwtui.block_chart import sparkline
from engine.catalog import ObservationRecord, ObservedBand

_HISTOGRAM = 32
_OUTLINE = (16, 6)


def observation_summary(record: ObservationRecord) -> str:
    """The bands and the size, such as “F770W 129×137”."""
    first = record.bands[0]
    return f"{record.band_names} {first.width}×{first.height}"


def observation_facts(record: ObservationRecord) -> Iterator[tuple[str, str]]:
    """The facts as names and values; a band with its levels and histogram, and its place in the sky."""
    device = " ".join(part for part in (record.telescope, record.instrument) if part)
    yield "target", record.target or "none"
    if seen := " · ".join(part for part in (device, record.observation, record.date) if part):
        yield "", seen
    for band in record.bands:
        yield band.name, band_line(band)
        yield "", f"{band.low:.4g} {histogram_line(band, _HISTOGRAM)} {band.high:.4g} {band.unit}".rstrip()
        if place := footprint_line(band):
            yield "", place
    if record.credit:
        yield "credit", record.credit


def observation_page(record: ObservationRecord) -> str:
    """All facts as lines, with the outline of the first band in the sky."""
    lines = [f"{name:10}{line}" for name, value in observation_facts(record) for line in value.split("\n")]
    return "\n".join([*lines, *footprint_map(record.bands[0], *_OUTLINE)])


def observation_shape(record: ObservationRecord) -> float:
    """Width by height of the picture."""
    return record.bands[0].width / record.bands[0].height


def observation_words(record: ObservationRecord) -> str:
    """The target and the place in the sky, behind the sign of an observation."""
    return f"✦ {' · '.join(part for part in (record.target, footprint_line(record.bands[0])) if part)}"


def histogram_levels(band: ObservedBand) -> list[int]:
    """The square roots of a band's counts, from 0 to 255: few pixels are still visible."""
    highest = sqrt(max(band.histogram)) or 1.0
    return [round(255 * sqrt(count) / highest) for count in band.histogram]


def band_line(band: ObservedBand) -> str:
    """A band's size, unit, wavelength and coverage."""
    parts = [
        f"{band.width}×{band.height}",
        band.unit,
        f"{band.wavelength_um:g} µm" if band.wavelength_um else "",
        f"{band.covered:.0%} covered",
    ]
    return " · ".join(part for part in parts if part)


def footprint_line(band: ObservedBand) -> str:
    """The centre, the size in the sky and the scale; empty without sky coordinates."""
    if band.footprint is None or band.pixel_scale_arcsec is None:
        return ""
    (ra, dec), scale = footprint_centre(band.footprint), band.pixel_scale_arcsec
    size = " × ".join(_angle(length * scale) for length in (band.width, band.height))
    return f"{ra:.5f} {dec:+.5f} · {size} · {scale:.3g}″/px"


def footprint_centre(corners: tuple[tuple[float, float], ...]) -> tuple[float, float]:
    """Right ascension and declination in the middle of the corners, also across 0 h."""
    first = corners[0][0]
    ra = first + sum((corner[0] - first + 180) % 360 - 180 for corner in corners) / len(corners)
    return ra % 360, sum(corner[1] for corner in corners) / len(corners)


def histogram_line(band: ObservedBand, width: int) -> str:
    """The counts from the low to the high level as a line of blocks."""
    return sparkline(histogram_levels(band), width)


def footprint_map(band: ObservedBand, columns: int, lines: int) -> list[str]:
    """The outline of a footprint in braille, north up and east to the left; no lines without sky coordinates."""
    if band.footprint is None:
        return []
    middle = footprint_centre(band.footprint)
    places = [
        (-((ra - middle[0] + 180) % 360 - 180) * cos(radians(middle[1])), middle[1] - dec) for ra, dec in band.footprint
    ]
    reach = max(max(abs(x), abs(y)) for x, y in places) or 1.0
    across, down = 2 * columns - 1, 4 * lines - 1
    side = min(across, down)
    dots = [[0] * columns for _ in range(lines)]
    corners = [(across / 2 + x / reach * side / 2, down / 2 + y / reach * side / 2) for x, y in places]
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        steps = max(1, round(2 * hypot(x1 - x0, y1 - y0)))
        for n in range(steps + 1):
            x, y = round(x0 + (x1 - x0) * n / steps), round(y0 + (y1 - y0) * n / steps)
            dots[y // 4][x // 2] |= _BRAILLE[y % 4][x % 2]
    return ["".join(chr(0x2800 + cell) for cell in line) for line in dots]


# The dots of a braille cell (Unicode 2800–28FF), rows of two.
_BRAILLE = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def _angle(arcseconds: float) -> str:
    for size, sign in ((3600.0, "°"), (60.0, "′")):
        if arcseconds >= size:
            return f"{arcseconds / size:.3g}{sign}"
    return f"{arcseconds:.3g}″"
