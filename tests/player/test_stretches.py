"""Stretches of files as an edit decision list of mpv."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from engine.player.players import Ffplay, Mpv, PlaybackRequest, PlayedStretch, QuickTime


def read_edl(content: bytes) -> Iterator[tuple[Path, Fraction, Fraction]]:
    """Reads a list as mpv's documentation describes it: each path may be quoted by its length in bytes."""
    header, _, rest = content.partition(b"\n")
    assert header == b"# mpv EDL v0"
    while rest:
        assert rest.startswith(b"%")
        size, _, rest = rest[1:].partition(b"%")
        path, rest = rest[: int(size)], rest[int(size) :]
        numbers, _, rest = rest.partition(b"\n")
        start, length = numbers.removeprefix(b",").split(b",")
        yield Path(os.fsdecode(path)), Fraction(start.decode()), Fraction(length.decode())


def test_mpv_plays_stretches_of_files_with_any_name(tmp_path: Path) -> None:
    names = ("a.mov", "Ankunft, früh; %5%.mov", "#comment\nline.mov")
    stretches = tuple(
        PlayedStretch(tmp_path / name, Fraction(n * 1001, 24_000), Fraction(n + 1, 3)) for n, name in enumerate(names)
    )
    request = PlaybackRequest(stretches[0].path, "film", Fraction(5, 2), stretches=stretches)
    command = Mpv("mpv").command(request, tmp_path / "window.sock")
    assert "--start=2.500" in command
    written = list(read_edl(Path(command[-1]).read_bytes()))
    assert [one[0] for one in written] == [one.path for one in stretches]
    for (_, start, length), one in zip(written, stretches, strict=True):
        assert abs(start - one.start) < Fraction(1, 10**6)
        assert abs(length - one.length) < Fraction(1, 10**6)


def test_only_mpv_joins_files() -> None:
    assert Mpv("mpv").joins
    assert not Ffplay("ffplay").joins
    assert not QuickTime().joins
