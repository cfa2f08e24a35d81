"""Which packets of a recording can be copied, and how copied stretches of a film are shortened."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.picture.packet_copy import (
    CopiedStretch,
    RecordedPacket,
    RecordedStretch,
    copied_contents,
    copyable,
    keep_long_pieces,
    read_stretch,
)
from engine.picture.parameter_sets import ParameterSets, length_prefixed, linked, sync_kind, unlinked
from fixtures.camera_gops import write_camera_take


def recorded(order: str) -> RecordedStretch:
    """Packets in decoding order by their place in time; "!" after one marks a closed start, "?" an open one."""
    packets = []
    for word in order.split():
        sync = {"!": "closed", "?": "open"}.get(word[-1])
        packets.append(RecordedPacket(int(word.rstrip("!?")), 100, b"", sync, sync is not None))  # type: ignore[arg-type]
    return RecordedStretch(Path("take.mov"), 0, "hevc", "hvc1", b"", tuple(packets))


def stretch(order: str, shown: range, first: int = 0) -> CopiedStretch | None:
    return copyable(recorded(order), {time: first + time - shown.start for time in shown})


@pytest.mark.parametrize(
    ("order", "shown", "copied"),
    [
        # Whole, and without the end of a group that needs a later frame.
        ("0! 3 1 2 6 4 5", range(7), range(7)),
        ("0! 3 1 2 6 4 5", range(6), range(4)),
        # From the first key frame on. Frames that are shown before an open one are left out.
        ("0! 3 1 2 4! 7 5 6", range(2, 8), range(2, 6)),
        ("0! 3 1 2 6? 4 5 9 7 8", range(1, 10), range(5, 9)),
        # No key frame, or a frame that the film does not show.
        ("0! 3 1 2", range(1, 4), None),
        ("0! 1 2 5 6", range(7), range(3)),
    ],
)
def test_a_stretch_begins_at_a_key_frame_and_ends_where_its_frames_are_complete(
    order: str, shown: range, copied: range | None
) -> None:
    found = stretch(order, shown)
    assert (found.frames if found else None) == copied


def test_reordering_gops_and_bits_are_known() -> None:
    found = stretch("0! 3 2 1 4? 5 6 7", range(8))
    assert found is not None
    assert (found.delay, found.longest_gop, found.bits, found.is_open) == (2, 4, 6400, False)


def test_stretches_beside_few_frames_become_shorter() -> None:
    def film(*parts: tuple[int, int]) -> list[CopiedStretch]:
        found = []
        for start, length in parts:
            order = " ".join(f"{time}{'!' if time % 10 == 0 else ''}" for time in range(length))
            found.append(stretch(order, range(length), start))
        return [one for one in found if one]

    def kept(parts: list[CopiedStretch], frames: int) -> list[range]:
        return [one.frames for one in keep_long_pieces(parts, frames, 8, 10)]

    # Adjacent stretches stay; the frames before the first one are too few, and so are those after the last.
    assert kept(film((0, 30), (30, 20)), 50) == [range(30), range(30, 50)]
    assert kept(film((3, 30), (33, 20)), 53) == [range(13, 33), range(33, 53)]
    assert kept(film((0, 30), (33, 20)), 58) == [range(25), range(33, 50)]
    # A stretch that would be too short is encoded as a whole, and so is one that is too short already.
    assert kept(film((3, 15)), 40) == []
    assert kept(film((0, 9), (20, 20)), 40) == [range(20, 40)]
    # So is a film that is shorter than what is encoded at least.
    assert kept(film((0, 5)), 5) == []


def test_parameter_sets_and_marks_are_added_and_removed(tmp_path: Path) -> None:
    take = write_camera_take(tmp_path / "take.mov", "hevc", 24, gop=8, open_gop=True, b_frames=3, size=(64, 48))
    source = read_stretch(take, 0, 0, 10**9)
    assert [one.sync for one in source.packets if one.sync] == ["closed", "open", "open"]
    sets = ParameterSets.of("hevc", source.configuration)
    assert sets is not None
    whole = copyable(
        source, {one.pts: number for number, one in enumerate(sorted(source.packets, key=lambda p: p.pts))}
    )
    assert whole is not None
    contents = list(copied_contents(whole))
    content = next(one for one, known in zip(contents, whole.packets, strict=True) if known.recorded.sync == "open")
    marked = linked(content)
    assert (sync_kind("hevc", content), sync_kind("hevc", marked)) == ("open", "closed")
    assert unlinked(marked) == content
    assert sets.remove(sets.insert(content)) == content
    # A packet that has sets of its own stays.
    assert sets.insert(sets.insert(content)) == sets.insert(content)
    delimiter = bytes([0, 0, 0, 3, 35 << 1, 1, 0x50])
    assert sets.insert(delimiter + content).startswith(delimiter + sets.units)
    assert length_prefixed(b"\0\0\0\1ab\0\0\1cde") == b"\0\0\0\2ab\0\0\0\3cde"


def test_a_recording_that_changes_during_a_delivery_is_an_error(tmp_path: Path) -> None:
    take = write_camera_take(tmp_path / "take.mov", "h264", 20, size=(64, 48))
    source = read_stretch(take, 0, 0, 10**9)
    whole = copyable(
        source, {one.pts: number for number, one in enumerate(sorted(source.packets, key=lambda p: p.pts))}
    )
    assert whole is not None
    assert len(list(copied_contents(whole))) == 20
    write_camera_take(take, "h264", 20, size=(64, 48), seed=1)
    with pytest.raises(EngineError, match="changed during the delivery"):
        list(copied_contents(whole))
