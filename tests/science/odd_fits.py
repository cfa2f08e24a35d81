"""Damaged and odd FITS files, each made from a good one."""

from __future__ import annotations

import bz2
import gzip
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from astropy.io import fits

from .skies import square_grid, write_band

Make = Callable[[Path], object]
_BLOCK = 2880


def _band(path: Path) -> bytes:
    """A good file of 100 × 120 pixels with SCI, ERR and WHT."""
    write_band(path, np.arange(12_000, dtype=np.float32).reshape(100, 120) + 1, square_grid(100), "F770W")
    return path.read_bytes()


def _cut(share: float) -> Make:
    return lambda path: path.write_bytes((content := _band(path))[: int(len(content) * share)])


def _card(old: str, new: str) -> Make:
    """Replaces the start of a card of the first extension."""

    def make(path: Path) -> None:
        content, before, after = _band(path), old.encode("latin-1"), new.encode("latin-1")
        assert before in content
        path.write_bytes(content.replace(before.ljust(len(after)), after.ljust(len(before)), 1))

    return make


def _value(key: str, value: str) -> Make:
    """Replaces the value of a card by text, in columns 11 to 30."""

    def make(path: Path) -> None:
        content = _band(path)
        place = content.index(b"XTENSION")
        place = content.index(key.ljust(8).encode() + b"=", place)
        path.write_bytes(content[: place + 10] + value.rjust(20).encode() + content[place + 30 :])

    return make


def _changed(change: Callable[[bytes], bytes]) -> Make:
    return lambda path: path.write_bytes(change(_band(path)))


def _primary(samples: object, **cards: object) -> Make:
    def make(path: Path) -> None:
        hdu = fits.PrimaryHDU(np.asarray(samples) if samples is not None else None)
        hdu.writeto(path)
        with fits.open(path, mode="update", do_not_scale_image_data=True) as file:
            file[0].header.update(cards)

    return make


def _hdus(*hdus: object) -> Make:
    return lambda path: fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(path, output_verify="ignore")


def _packed(pack: Callable[[bytes], bytes]) -> Make:
    return lambda path: path.write_bytes(pack(_band(path)))


def _zipped(*names: str) -> Make:
    def make(path: Path) -> None:
        content = _band(path)
        with zipfile.ZipFile(path, "w") as file:
            for name in names:
                file.writestr(name, content)

    return make


def _checksums(path: Path) -> None:
    """A file with checksums, of which one sample was changed."""
    fits.PrimaryHDU(np.ones((9, 11), np.float32)).writeto(path, checksum=True)
    content = bytearray(path.read_bytes())
    content[_BLOCK + 7] ^= 1
    path.write_bytes(bytes(content))


def _compressed(path: Path, change: Callable[[bytes], bytes]) -> None:
    counts = np.random.default_rng(1).integers(0, 4000, (90, 90)).astype(np.int16)
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(counts, compression_type="RICE_1")]).writeto(path)
    path.write_bytes(change(path.read_bytes()))


_COUNTS = np.arange(12, dtype=np.int16).reshape(3, 4)
_FLOATS = np.arange(12, dtype=np.float32).reshape(3, 4)
_TABLE = fits.BinTableHDU.from_columns([fits.Column("a", "E", array=np.ones(3))])

REFUSED: Mapping[str, Make] = {
    "cut at 90 %": _cut(0.9),
    "cut in half": _cut(0.5),
    "cut at 10 %": _cut(0.1),
    "one byte of samples short": _changed(lambda content: content[:-_BLOCK] + content[-_BLOCK:][:1]),
    "cut in a header": _changed(lambda content: content[: _BLOCK + 400]),
    "without a byte": lambda path: path.write_bytes(b""),
    "one word": lambda path: path.write_bytes(b"SIMPLE"),
    "noise": lambda path: path.write_bytes(np.random.default_rng(1).bytes(4000)),
    "missing": lambda path: None,
    "a folder": lambda path: path.mkdir(),
    "columns that are not there": _value("NAXIS1", "999999"),
    "one row too many": _value("NAXIS2", "99999"),
    "negative columns": _value("NAXIS1", "-5"),
    "columns as text": _value("NAXIS1", "'abc'"),
    "an unknown sample type": _value("BITPIX", "-33"),
    "no sample type": _value("BITPIX", "0"),
    "seven axes without sizes": _value("NAXIS", "7"),
    "a broken name of an extension": _card("XTENSION", "XTENSI\xff\xfe"),
    "0 x 0 pixels": _primary(np.zeros((0, 0), np.float32)),
    "no axes": _primary(None),
    "one axis": _primary(np.arange(5.0)),
    "a table": _hdus(_TABLE),
    "600 planes": _hdus(fits.ImageHDU(np.zeros((600, 2, 2), np.float32))),
    "cut gzip": _packed(lambda content: gzip.compress(content)[:-600]),
    "a wrong check of gzip": _packed(lambda content: gzip.compress(content)[:-8] + bytes(8)),
    "cut bzip2": _packed(lambda content: bz2.compress(content)[:-60]),
    "two files in a ZIP": _zipped("a.fits", "b.fits"),
    "an empty ZIP": _zipped(),
    "cut tiles": lambda path: _compressed(path, lambda content: content[: _BLOCK * 4]),
    "an unknown compression": lambda path: _compressed(path, lambda content: content.replace(b"RICE_1", b"MICE_1", 1)),
}  # fmt: skip
"""Files that no reader can show, by name."""

READ: Mapping[str, Make] = {
    "only NaN": _primary(np.full((3, 4), np.nan, np.float32)),
    "only infinities": _primary(np.full((3, 4), np.inf, np.float64)),
    "doubles beyond floats": _primary(np.array([[1e300, -1e300, 1.0]])),
    "BLANK for floats": _primary(_FLOATS, BLANK=3),
    "only BLANK": _primary(np.full((3, 4), 7, np.int16), BLANK=7),
    "BLANK and scale": _primary(_COUNTS, BLANK=5, BSCALE=0.25, BZERO=-3.0),
    "scale of 0": _primary(_COUNTS, BSCALE=0.0, BZERO=2.0),
    "negative scale": _primary(_COUNTS, BSCALE=-1.5),
    "unsigned 16 bits": _primary(np.array([[0, 65535, 32768]], np.uint16)),
    "unsigned 32 bits": _primary(np.array([[0, 2**32 - 1]], np.uint32)),
    "unsigned 64 bits": _primary(np.array([[0, 2**63]], np.uint64)),
    "signed bytes": _primary(np.array([[-128, 127]], np.int8)),
    "64 bits": _primary(np.array([[-(2**62), 2**62]], np.int64)),
    "one pixel": _primary(np.array([[3.0]], np.float32)),
    "four axes, of which two have one plane": _primary(_FLOATS.reshape(1, 1, 3, 4)),
    "a cube": _primary(np.arange(24, dtype=np.float32).reshape(2, 3, 4)),
    "a wrong checksum": _checksums,
    "bytes after the end": _changed(lambda content: content + b"junk" * 100),
    "a block of zeros after the end": _changed(lambda content: content + bytes(_BLOCK)),
    "no padding at the end": _changed(lambda content: content[: -(_BLOCK - 12_000 * 4 % _BLOCK)]),
    "two images of one name": _hdus(fits.ImageHDU(_FLOATS, name="SCI"), fits.ImageHDU(_FLOATS + 1, name="SCI")),
    "errors of another size": _hdus(fits.ImageHDU(_FLOATS, name="SCI"), fits.ImageHDU(_FLOATS[:2], name="ERR")),
    "half of a sky projection": _primary(_FLOATS, CTYPE1="RA---TAN", CRVAL1=10.0),
    "a sky without a scale": _primary(_FLOATS, CTYPE1="RA---TAN", CTYPE2="DEC--TAN", CD1_1=0.0, CD2_2=0.0),
    "an unknown projection": _primary(_FLOATS, CTYPE1="RA---XYZ", CTYPE2="DEC--XYZ"),
    "a unit that does not exist": _primary(_FLOATS, BUNIT="furlongs"),
    "a name with spaces": _primary(_FLOATS, FILTER="  F770W  "),
    "gzip": _packed(gzip.compress),
    "one file in a ZIP": _zipped("a.fits"),
    "tiles": lambda path: _compressed(path, bytes),
}  # fmt: skip
"""Files that are odd and right, by name."""
