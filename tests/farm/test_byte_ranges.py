"""Byte ranges, against a plain reading of RFC 9110."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.farm.byte_ranges import ByteRange, parse_content_range, parse_range

NUMBERS = st.integers(0, 40)


@given(first=st.none() | NUMBERS, last=st.none() | NUMBERS, total=NUMBERS)
def test_a_range_names_the_bytes_that_the_rfc_says(first: int | None, last: int | None, total: int) -> None:
    text = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    places = range(total)
    if first is None and last is None:
        expected = None
    elif first is None:
        expected = list(places)[total - min(last or 0, total) :]
    elif last is not None and last < first:
        expected = None
    else:
        expected = [place for place in places if first <= place and (last is None or place <= last)]
    if expected is None:
        with pytest.raises(ValueError, match="Range"):
            parse_range(text, total)
        return
    found = parse_range(text, total)
    assert list(range(found.start, found.end) if found else ()) == expected


@given(st.text("bytes=-, 0123456789/*٣\n", max_size=24), NUMBERS)
def test_no_text_gives_a_range_outside_the_file(text: str, total: int) -> None:
    try:
        found = parse_range(text, total)
    except ValueError:
        return
    assert found is None or 0 <= found.start < found.end <= total


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_content_range_is_within_its_total(start: int, end: int, total: int) -> None:
    text = f"bytes {start}-{end}/{total}"
    if start <= end < total:
        assert parse_content_range(text) == ByteRange(start, end + 1, total)
        assert str(parse_content_range(text)) == text
    else:
        with pytest.raises(ValueError, match="Content-Range"):
            parse_content_range(text)


@given(st.text("bytes=-, 0123456789/*٣\n", max_size=24))
def test_other_texts_are_no_content_range(text: str) -> None:
    try:
        found = parse_content_range(text)
    except ValueError:
        return
    assert 0 <= found.start < found.end <= found.total
