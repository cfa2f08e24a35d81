"""A still of a science picture with its scale, its directions and its credit, and with AVM metadata."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, floor, log10, radians, sin
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from engine.atomic_files import partial
from engine.science.picture_record import PictureRecord

# A higher level of zlib makes a picture with noise no smaller, and takes four times as long.
_COMPRESSION = 2
# Round lengths of a scale bar, of which the longest that fits in a fifth of the width is used.
_LENGTHS = (1, 2, 5)
_TEXT, _QUIET = (235, 235, 238), (160, 160, 168)
_ARCSECONDS = ((3600.0, "degrees"), (60.0, "arcmin"), (1.0, "arcsec"))


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A bar of `pixels` with its length in words."""

    pixels: float
    label: str


def scale_bar(width: int, pixel_scale: float) -> ScaleBar:
    """The longest bar of a round length that is at most a fifth of `width` pixels of `pixel_scale` arcseconds."""
    most = width * pixel_scale / 5
    unit, sign = next(((size, sign) for size, sign in _ARCSECONDS if most >= size), _ARCSECONDS[-1])
    power = 10.0 ** floor(log10(most / unit))
    length = max(step * power for step in _LENGTHS if step * power * unit <= most * 1.000001)
    return ScaleBar(length * unit / pixel_scale, f"{length:g} {sign}")


def write_still(path: Path, strips: Iterable[NDArray[np.uint8]], record: PictureRecord) -> None:
    """Write the picture as PNG: its pixels untouched, and below them a strip with scale, compass, bands and credit.

    `strips` are its display code values (rows, columns, 3) by rows from the top. A picture without sky coordinates has
    neither scale nor compass. The metadata is an Astronomy Visualization Metadata packet (AVM 1.2) in XMP. Raises
    EngineError if the file cannot be written.
    """
    rows, columns = record.height, record.width
    strip = max(56, columns // 14)
    whole = Image.new("RGB", (columns, rows + strip), (10, 10, 12))
    top = 0
    for codes in strips:
        whole.paste(Image.fromarray(codes), (0, top))
        top += len(codes)
    draw = ImageDraw.Draw(whole)
    font = ImageFont.load_default(size=strip * 0.24)
    left = strip // 4
    if record.pixel_scale_arcsec is not None and record.north_angle is not None:
        bar = scale_bar(columns, record.pixel_scale_arcsec)
        down = rows + strip * 0.62
        draw.line([(left, down), (left + bar.pixels, down)], fill=_TEXT, width=max(2, strip // 30))
        draw.text((left, rows + strip * 0.18), bar.label, fill=_TEXT, font=font)
        left += round(bar.pixels) + strip // 2
        _draw_compass(draw, (left + strip // 2, rows + strip * 0.62), strip * 0.26, record.north_angle, font)
        left += strip + strip // 4
    bands = " · ".join(band.name for band in record.bands)
    draw.text((left, rows + strip * 0.18), record.target or bands, fill=_TEXT, font=font)
    below = " — ".join(part for part in (bands if record.target else "", record.credit) if part)
    draw.text((left, rows + strip * 0.55), below, fill=_QUIET, font=font)
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", avm_packet(record))
    with partial(path) as unfinished:
        whole.save(unfinished, "PNG", pnginfo=info, compress_level=_COMPRESSION)


def avm_packet(record: PictureRecord) -> str:
    """The record as Astronomy Visualization Metadata (AVM 1.2) in XMP: place, scale, rotation, bands, credit."""
    fields: list[tuple[str, str]] = [("avm:MetadataVersion", "1.2"), ("avm:Type", "Observation")]
    if record.credit:
        fields.append(("photoshop:Credit", record.credit))
    lists = {
        "avm:Spectral.Bandpass": [band.name for band in record.bands],
        "avm:Spectral.CentralWavelength": [
            "-" if band.wavelength_um is None else f"{band.wavelength_um * 1000:g}" for band in record.bands
        ],
    }
    scale, ra, dec = record.pixel_scale_arcsec, record.right_ascension, record.declination
    if scale is not None and ra is not None and dec is not None and record.north_angle is not None:
        fields += [
            ("avm:Spatial.CoordinateFrame", "ICRS"),
            ("avm:Spatial.CoordsystemProjection", "TAN"),
            ("avm:Spatial.Rotation", f"{-record.north_angle:.6f}"),
        ]
        lists |= {
            "avm:Spatial.ReferenceValue": [f"{ra:.8f}", f"{dec:.8f}"],
            "avm:Spatial.ReferenceDimension": [f"{record.width}", f"{record.height}"],
            "avm:Spatial.ReferencePixel": [f"{(record.width + 1) / 2}", f"{(record.height + 1) / 2}"],
            "avm:Spatial.Scale": [f"{-scale / 3600:.12g}", f"{scale / 3600:.12g}"],
        }
    body = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in fields)
    if record.target:
        # AVM's Subject.Name.
        body += f"<dc:subject><rdf:Bag><rdf:li>{escape(record.target)}</rdf:li></rdf:Bag></dc:subject>"
    for key, values in lists.items():
        items = "".join(f"<rdf:li>{escape(value)}</rdf:li>" for value in values)
        body += f"<{key}><rdf:Seq>{items}</rdf:Seq></{key}>"
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:avm="http://www.communicatingastronomy.org/avm/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">{body}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    )


def _draw_compass(
    draw: ImageDraw.ImageDraw,
    centre: tuple[float, float],
    length: float,
    north: float,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    """Arrows to north and east; `north` is the angle from up, in degrees, towards the right."""
    x, y = centre
    for angle, name in ((north, "N"), (north - 90, "E")):
        across, up = sin(radians(angle)), cos(radians(angle))
        end = (x + length * across, y - length * up)
        draw.line([centre, end], fill=_TEXT, width=2)
        draw.text((x + 1.35 * length * across, y - 1.35 * length * up), name, fill=_TEXT, font=font, anchor="mm")
