"""Reads the chroma siting of a stream from its codec headers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from engine.picture.bitstream import BitReader, start_coded_units, without_emulation_prevention
from engine.picture.planes import Siting

# JFIF and MPEG-1 specify centred chroma for every picture.
_CENTRED = ("mjpeg", "mpeg1video")
_420 = re.compile(r"420|nv12|nv21|p01[026]")

# By H.273 ChromaLocType. Types 3 to 5 (top, bottom left, bottom) map to a siting with the same horizontal position.
_SITINGS: tuple[Siting, ...] = ("left", "centre", "top-left", "centre", "left", "centre")

_START_CODES = (b"\0\0\1", b"\0\0\0\1")
_AVC_SEQUENCE, _HEVC_SEQUENCE = 7, 33  # nal_unit_type
_AVC_WITH_CHROMA_FORMAT = (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135)  # profile_idc
_AV1_SEQUENCE = 1  # obu_type
_EXTENDED_ASPECT = 255


def chroma_siting(codec: str, extradata: bytes | None, pixel_format: str) -> Siting:
    """The chroma siting of a stream of `codec` (FFmpeg's name) with the out-of-band headers `extradata`.

    "left" if it is not specified, if the headers are damaged, and for 4:2:2, which is sited left in every codec but
    JPEG.
    """
    if codec in _CENTRED:
        return "centre"
    read = _READERS.get(codec)
    if read is None or not extradata or not _420.search(pixel_format):
        return "left"
    try:
        return read(bytes(extradata))
    except ValueError:
        return "left"


def _of_avc(extradata: bytes) -> Siting:
    """From H.264's sequence parameter set (ITU-T H.264 7.3.2.1.1), in Annex B or avcC (ISO/IEC 14496-15 5.3.3.1)."""
    for unit in _avc_units(extradata):
        if unit and unit[0] & 31 == _AVC_SEQUENCE:
            return _of_avc_sequence(BitReader(without_emulation_prevention(unit[1:])))
    return "left"


def _avc_units(extradata: bytes) -> Iterator[bytes]:
    if extradata.startswith(_START_CODES):
        yield from start_coded_units(extradata)
        return
    record = BitReader(extradata)
    record.skip(5 * 8 + 3)
    for _ in range(record.bits(5)):
        yield record.taken(record.bits(16))


def _of_avc_sequence(header: BitReader) -> Siting:
    profile = header.bits(8)
    header.skip(16)
    header.ue()  # seq_parameter_set_id
    if profile in _AVC_WITH_CHROMA_FORMAT:
        chroma_format = header.ue()
        if chroma_format == 3:
            header.skip(1)
        _skip_codes(header, 2)  # bit depths
        header.skip(1)
        if header.flag():
            for number in range(8 if chroma_format != 3 else 12):
                if header.flag():
                    _skip_avc_scaling_list(header, 16 if number < 6 else 64)
    header.ue()  # log2_max_frame_num_minus4
    order_type = header.ue()
    if order_type == 0:
        header.ue()
    elif order_type == 1:
        header.skip(1)
        _skip_codes(header, 2)
        _skip_codes(header, header.ue())  # a cycle's offsets
    header.ue()  # max_num_ref_frames
    header.skip(1)
    _skip_codes(header, 2)  # size
    if not header.flag():  # frame_mbs_only_flag
        header.skip(1)
    header.skip(1)
    if header.flag():
        _skip_codes(header, 4)  # cropping
    return _of_usability(header) if header.flag() else "left"


def _skip_avc_scaling_list(header: BitReader, size: int) -> None:
    """H.264 7.3.2.1.1.1: a scale of zero means that the remaining values equal the last one."""
    scale = 8
    for _ in range(size):
        scale = (scale + header.se()) % 256
        if scale == 0:
            return


def _of_hevc(extradata: bytes) -> Siting:
    """From H.265's sequence parameter set (ITU-T H.265 7.3.2.2), in Annex B or hvcC (ISO/IEC 14496-15 8.3.3.1).

    The other eye of a spatial video is a layer with its own parameter set, which is ignored.
    """
    for unit in _hevc_units(extradata):
        head = int.from_bytes(unit[:2], "big")
        kind, layer = head >> 9 & 63, head >> 3 & 63
        if kind == _HEVC_SEQUENCE and layer == 0:
            return _of_hevc_sequence(BitReader(without_emulation_prevention(unit[2:])))
    return "left"


def _hevc_units(extradata: bytes) -> Iterator[bytes]:
    if extradata.startswith(_START_CODES):
        yield from start_coded_units(extradata)
        return
    record = BitReader(extradata)
    record.skip(22 * 8)
    for _ in range(record.bits(8)):
        record.skip(8)  # completeness and NAL unit type, which the units repeat
        for _ in range(record.bits(16)):
            yield record.taken(record.bits(16))


def _of_hevc_sequence(header: BitReader) -> Siting:
    header.skip(4)
    sub_layers = header.bits(3)  # sps_max_sub_layers_minus1
    header.skip(1)
    _skip_profile_tier_level(header, sub_layers)
    header.ue()  # sps_seq_parameter_set_id
    if header.ue() == 3:  # chroma_format_idc
        header.skip(1)
    _skip_codes(header, 2)  # size
    if header.flag():
        _skip_codes(header, 4)  # conformance window
    _skip_codes(header, 2)  # bit depths
    order_bits = header.ue() + 4
    _skip_codes(header, 3 * (sub_layers + 1 if header.flag() else 1))
    _skip_codes(header, 6)  # coding block and transform sizes
    if header.flag() and header.flag():
        _skip_hevc_scaling_lists(header)
    header.skip(2)
    if header.flag():  # pcm_enabled_flag
        header.skip(8)
        _skip_codes(header, 2)
        header.skip(1)
    _skip_reference_sets(header)
    if header.flag():  # long_term_ref_pics_present_flag
        for _ in range(header.ue()):
            header.skip(order_bits + 1)
    header.skip(2)
    return _of_usability(header) if header.flag() else "left"


def _skip_profile_tier_level(header: BitReader, sub_layers: int) -> None:
    """H.265 7.3.3: 88 bits of profile and 8 of level, in general and for each sub-layer with its own."""
    header.skip(88 + 8)
    given = [header.bits(2) for _ in range(sub_layers)]
    if sub_layers:
        header.skip(2 * (8 - sub_layers))
    for profile_and_level in given:
        header.skip(88 * (profile_and_level >> 1) + 8 * (profile_and_level & 1))


def _skip_hevc_scaling_lists(header: BitReader) -> None:
    """H.265 7.3.4."""
    for size in range(4):
        for _ in range(0, 6, 3 if size == 3 else 1):
            if not header.flag():
                header.ue()
            else:
                # For 16×16 and 32×32, the first coefficient precedes the list.
                _skip_codes(header, min(64, 1 << (4 + 2 * size)) + (size > 1))


def _skip_reference_sets(header: BitReader) -> None:
    """H.265 7.3.7: a set may be coded as a difference from the previous one, so each must be decoded.

    A set consists of the distances of its pictures from the current one: the earlier ones, nearest first, then the
    later ones.
    """
    distances: list[int] = []
    for number in range(header.ue()):
        if number and header.flag():
            sign = -1 if header.flag() else 1
            shift = sign * (header.ue() + 1)
            # used_by_curr_pic_flag, then use_delta_flag, which follows only if the first is 0.
            kept = [distance + shift for distance in (*distances, 0) if header.flag() or header.flag()]
            distances = sorted((at for at in kept if at < 0), reverse=True) + sorted(at for at in kept if at > 0)
        else:
            earlier, later = header.ue(), header.ue()
            distances = [*_distances(header, earlier, -1), *_distances(header, later, 1)]


def _distances(header: BitReader, count: int, sign: int) -> Iterator[int]:
    at = 0
    for _ in range(count):
        at += sign * (header.ue() + 1)
        header.skip(1)
        yield at


def _of_usability(header: BitReader) -> Siting:
    """The video usability information up to chroma_loc_info: the same in ITU-T H.264 E.1.1 and H.265 E.2.1.

    For interlaced video, the top field's siting applies to both fields.
    """
    if header.flag() and header.bits(8) == _EXTENDED_ASPECT:
        header.skip(32)
    if header.flag():
        header.skip(1)  # overscan_appropriate_flag
    if header.flag():
        header.skip(4)
        if header.flag():
            header.skip(24)  # primaries, transfer, matrix
    if not header.flag():
        return "left"
    kind = header.ue()
    return _SITINGS[kind] if kind < len(_SITINGS) else "left"


def _skip_codes(header: BitReader, count: int) -> None:
    """Skip `count` Exp-Golomb codes, signed or unsigned."""
    for _ in range(count):
        header.ue()


def _of_av1(extradata: bytes) -> Siting:
    """From AV1's sequence header (AV1 5.5.1), plain or in av1C (AV1 in ISOBMFF 2.3.3).

    An av1C may omit the header; then its own chroma_sample_position counts.
    """
    record = BitReader(extradata)
    wrapped = extradata[0] == 0x81  # marker and version
    position = 0
    if wrapped:
        record.skip(22)
        position = record.bits(2)
        record.skip(8)
    while record.left:
        record.skip(1)
        kind, extended, sized = record.bits(4), record.flag(), record.flag()
        record.skip(1 + 8 * extended)
        unit = record.taken(record.leb128() if sized else record.left // 8)
        if kind == _AV1_SEQUENCE:
            position = _av1_position(BitReader(unit))
            break
    return "top-left" if position == 2 else "left"


def _av1_position(header: BitReader) -> int:
    """AV1 5.5.1: chroma_sample_position, 0 if there is none."""
    profile = header.bits(3)
    header.skip(1)
    reduced = header.flag()
    if reduced:
        header.skip(5)
    else:
        _skip_av1_operating_points(header)
    across, down = header.bits(4), header.bits(4)
    header.skip(across + 1 + down + 1)
    if not reduced and header.flag():
        header.skip(7)  # lengths of frame ids
    header.skip(3)
    if not reduced:
        header.skip(4)
        ordered = header.flag()
        header.skip(2 * ordered)
        # seq_choose_screen_content_tools, seq_force_screen_content_tools, seq_choose_integer_mv
        if (header.flag() or header.flag()) and not header.flag():
            header.skip(1)
        header.skip(3 * ordered)
    header.skip(3)
    return _av1_position_of_colour(header, profile)


def _skip_av1_operating_points(header: BitReader) -> None:
    """AV1 5.5.1 and 5.5.3 to 5.5.5: timing, decoder model and operating points."""
    delay_bits = 0
    if header.flag():
        header.skip(64)
        if header.flag():
            header.ue()
        if header.flag():  # decoder_model_info_present_flag
            delay_bits = header.bits(5) + 1
            header.skip(32 + 5 + 5)
    delayed_display = header.flag()
    for _ in range(header.bits(5) + 1):
        header.skip(12)
        if header.bits(5) > 7:  # only the upper levels have tiers
            header.skip(1)
        if delay_bits and header.flag():
            header.skip(2 * delay_bits + 1)
        if delayed_display and header.flag():
            header.skip(4)


def _av1_position_of_colour(header: BitReader, profile: int) -> int:
    """AV1 5.5.2, color_config."""
    deep = header.flag()
    twelve = profile == 2 and deep and header.flag()
    grey = profile != 1 and header.flag()
    colour = header.bits(24) if header.flag() else 0
    if grey or colour == 0x010D00:  # sRGB's primaries, curve and matrix: R, G and B without subsampling
        return 0
    header.skip(1)
    if profile == 0:
        return header.bits(2)
    halved = twelve and header.flag() and header.flag()
    return header.bits(2) if halved else 0


_READERS: dict[str, Callable[[bytes], Siting]] = {"h264": _of_avc, "hevc": _of_hevc, "av1": _of_av1}
