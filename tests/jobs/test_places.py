"""The end of a log is what is shown of it."""

from __future__ import annotations

from pathlib import Path

from engine.jobs import last_lines, log_of


def test_the_last_lines_are_read_from_the_end(tmp_path: Path) -> None:
    log = log_of(tmp_path, "j")
    assert last_lines(log, 3) == []
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"line {number}\n" for number in range(5000)))
    assert last_lines(log, 3) == ["line 4997", "line 4998", "line 4999"]
    assert last_lines(log, 0) == []


def test_what_is_no_text_is_shown_as_well_as_it_can_be(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"caf\xe9\nend\n")
    assert last_lines(log, 2) == ["caf\N{REPLACEMENT CHARACTER}", "end"]
