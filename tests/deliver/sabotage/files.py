"""Edits finished QuickTime and MP4 files in place: their index, and the samples of a track."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from fixtures.atoms import Atom, parse, sample_entry, top_level, tracks

_CONFIGURATIONS = frozenset({"avcC", "hvcC"})


def edit_index(path: Path, edit: Callable[[Atom], None]) -> None:
    """Edits the `moov` of a file; chunk offsets follow media data that moves."""
    content = path.read_bytes()
    start, stop = next((start, stop) for kind, start, stop in top_level(path) if kind == "moov")
    moov = parse("moov", content[start:stop])
    edit(moov)
    shift = len(moov.to_bytes()) - 8 - (stop - start)
    for track in moov.all("trak"):
        offsets = chunk_offsets(track)
        set_chunk_offsets(track, [at + shift if at > start else at for at in offsets])
    path.write_bytes(content[: start - 8] + moov.to_bytes() + content[stop:])


def move_index_to_end(path: Path) -> None:
    """Moves `moov` behind the media data, as a writer without `faststart` does."""
    content = path.read_bytes()
    start, stop = next((start, stop) for kind, start, stop in top_level(path) if kind == "moov")
    moov = parse("moov", content[start:stop])
    for track in moov.all("trak"):
        set_chunk_offsets(track, [at - (stop - start + 8) if at > start else at for at in chunk_offsets(track)])
    path.write_bytes(content[: start - 8] + content[stop:] + moov.to_bytes())


def table(track: Atom, kind: str) -> Atom:
    """A table of the track's samples, such as stts."""
    return track.child("mdia", "minf", "stbl", kind)


def numbers(atom: Atom, skip: int = 8) -> list[int]:
    """The 32-bit numbers of a table after its first bytes."""
    return [value for (value,) in struct.iter_unpack(">i", atom.head[skip:])]


def set_numbers(atom: Atom, values: list[int], columns: int = 1) -> None:
    """Replaces the rows of a table (of `columns` numbers each) and its count."""
    atom.head = atom.head[:4] + struct.pack(f">I{len(values)}i", len(values) // columns, *values)


def set_field(atom: Atom, at: int, value: int, form: str = ">I") -> None:
    """Replaces a number in the fields of an atom."""
    size = struct.calcsize(form)
    atom.head = atom.head[:at] + struct.pack(form, value) + atom.head[at + size :]


def chunk_offsets(track: Atom) -> list[int]:
    """The file offsets of the chunks of a track."""
    tables = track.child("mdia", "minf", "stbl")
    if tables.all("co64"):
        return [value for (value,) in struct.iter_unpack(">Q", tables.child("co64").head[8:])]
    return [value for (value,) in struct.iter_unpack(">I", tables.child("stco").head[8:])]


def set_chunk_offsets(track: Atom, offsets: list[int]) -> None:
    """Replaces the file offsets of the chunks."""
    tables = track.child("mdia", "minf", "stbl")
    wide = bool(tables.all("co64"))
    atom = tables.child("co64" if wide else "stco")
    atom.head = bytes(4) + struct.pack(f">I{len(offsets)}{'Q' if wide else 'I'}", len(offsets), *offsets)


def samples(content: bytes, track: Atom) -> list[bytes]:
    """The samples of a track in decoding order."""
    uniform, count = struct.unpack(">2I", table(track, "stsz").head[4:12])
    sizes = [uniform] * count if uniform else numbers(table(track, "stsz"), 12)
    rows = numbers(table(track, "stsc"))
    runs = list(zip(rows[::3], rows[1::3], strict=True))
    found: list[bytes] = []
    for number, offset in enumerate(chunk_offsets(track), 1):
        per_chunk = next(samples for first, samples in reversed(runs) if first <= number)
        at = offset
        for size in sizes[len(found) : len(found) + per_chunk]:
            found.append(content[at : at + size])
            at += size
    return found


def replace_samples(path: Path, handler: str, data: list[bytes], change: Callable[[Atom], None] | None = None) -> None:
    """Gives the first track of a handler other samples, in one chunk at the end of the file.

    `change` edits the track further. The earlier samples stay in the file, unused.
    """
    payload = path.stat().st_size + 8
    with path.open("ab") as file:
        file.write(Atom("mdat", b"".join(data)).to_bytes())

    def edit(moov: Atom) -> None:
        track = tracks(moov, handler)[0]
        if change:
            change(track)
        tables = track.child("mdia", "minf", "stbl")
        table(track, "stsz").head = struct.pack(f">3I{len(data)}I", 0, 0, len(data), *map(len, data))
        set_numbers(table(track, "stsc"), [1, len(data), 1], 3)
        tables.inside = [one for one in tables.inside if one.kind not in ("co64", "stco")]
        tables.inside.append(Atom("stco", struct.pack(">3I", 0, 1, payload)))

    edit_index(path, edit)


def change_samples(path: Path, handler: str, change: Callable[[int, bytes], bytes]) -> None:
    """Changes each sample of the first track of a handler, by its number in decoding order."""
    found = track_of(path, handler)
    replace_samples(path, handler, [change(number, one) for number, one in enumerate(found.samples)])


@dataclass(frozen=True, slots=True)
class Track:
    """A track of a file with its samples."""

    atom: Atom
    samples: list[bytes]


def track_of(path: Path, handler: str) -> Track:
    """The first track of a handler (vide, soun, sbtl)."""
    content = path.read_bytes()
    start, stop = next((start, stop) for kind, start, stop in top_level(path) if kind == "moov")
    atom = tracks(parse("moov", content[start:stop]), handler)[0]
    return Track(atom, samples(content, atom))


def transplant(path: Path, donor: Path) -> None:
    """Replaces the picture of a movie by that of another file: samples, tables, size and decoder configuration.

    The further boxes of the sample entry stay, such as its colour tags.
    """
    found = track_of(donor, "vide")

    def take_over(track: Atom) -> None:
        media, given = track.child("mdia"), found.atom.child("mdia")
        media.child("mdhd").head = given.child("mdhd").head
        header, new = track.child("tkhd"), found.atom.child("tkhd")
        header.head = header.head[:-8] + new.head[-8:]
        kept, entry = sample_entry(track).inside, sample_entry(found.atom)
        entry.kind = sample_entry(track).kind
        entry.inside = [one for one in entry.inside if one.kind in _CONFIGURATIONS]
        entry.inside += [one for one in kept if one.kind not in _CONFIGURATIONS]
        tables = media.child("minf")
        tables.inside = [one for one in tables.inside if one.kind != "stbl"] + [given.child("minf", "stbl")]

    replace_samples(path, "vide", found.samples, take_over)


def remove_track(path: Path, handler: str, number: int = 0) -> None:
    """Removes a track from the index."""

    def edit(moov: Atom) -> None:
        moov.inside.remove(tracks(moov, handler)[number])

    edit_index(path, edit)


def recode_picture(path: Path, options: dict[str, str], *, codec: str = "libx264", **changed: Any) -> None:
    """Encodes the picture of a movie again.

    `changed`: pix_fmt, width, height, and a function `frame` that changes the array of a picture.
    """
    import av

    donor = path.with_name("donor.mp4")
    layout = {"movflags": "negative_cts_offsets", "use_editlist": "0", "fflags": "+bitexact"}
    with av.open(str(path)) as read, av.open(str(donor), "w", options=layout) as written:
        video = read.streams.video[0]
        context: Any = video.codec_context
        stream: Any = written.add_stream(codec, rate=video.average_rate, options={"bf": "0", "g": "15", **options})
        stream.width, stream.height = changed.get("width", video.width), changed.get("height", video.height)
        stream.pix_fmt = changed.get("pix_fmt", context.pix_fmt)
        for name in ("color_primaries", "color_trc", "colorspace", "color_range"):
            setattr(stream.codec_context, name, getattr(context, name))
        for number, decoded in enumerate(read.decode(video)):
            picture = decoded
            if change := changed.get("frame"):
                picture = av.VideoFrame.from_ndarray(change(decoded.to_ndarray()), format=stream.pix_fmt)
            picture = picture.reformat(stream.width, stream.height, stream.pix_fmt)
            picture.pts, picture.time_base, picture.pict_type = number, 1 / Fraction(video.average_rate), 0
            written.mux(stream.encode(picture))
        written.mux(stream.encode(None))
    transplant(path, donor)
