"""Drafts: a failed write is retried later, and two consoles that edit one text lose nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cwtui.console.documents.drafts import Draft, Drafts, discard_draft, draft_path, read_draft
from engine.errors import EngineError, RequestError

Work = Callable[[], None]


class Writer:
    """A console's drafts, and the queued work of its writer thread."""

    def __init__(self, text: Path) -> None:
        self.waiting: list[Work] = []
        self.drafts = Drafts(self.waiting.append)
        self.text = text

    def types(self, text: str) -> None:
        self.drafts.update(self.text, text, Draft(text="# saved", base=None))

    def works(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()

    def looks(self) -> str | None:
        self.drafts.apply_loaded(self.drafts.reader(self.text)([]))
        draft = self.drafts.get(self.text)
        return draft.text if draft else None


@pytest.fixture
def text(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


def test_what_one_console_writes_the_other_one_has_and_goes_on_with(text: Path) -> None:
    mine, theirs = Writer(text), Writer(text)
    mine.types("# mine")
    mine.works()
    assert theirs.looks() == "# mine"
    theirs.types("# mine, and theirs")
    theirs.works()
    assert mine.looks() == "# mine, and theirs"


def test_of_two_who_write_at_once_the_later_is_told_and_keeps_what_it_has(text: Path) -> None:
    mine, theirs = Writer(text), Writer(text)
    mine.types("# mine")
    theirs.types("# theirs")
    mine.works()
    with pytest.raises(RequestError, match="Another console"):
        theirs.works()
    assert (mine.looks(), theirs.looks()) == ("# mine", "# theirs")
    draft_path(text).unlink()
    theirs.drafts.retry_writes()
    theirs.works()
    assert mine.looks() == "# theirs"


def test_who_saves_leaves_the_others_draft(text: Path) -> None:
    mine, theirs = Writer(text), Writer(text)
    mine.types("# mine")
    mine.works()
    theirs.types("# theirs")
    draft = theirs.drafts.get(text)
    assert draft
    discard_draft(text, draft)
    theirs.waiting.clear()
    theirs.drafts.store(text, None)
    theirs.works()
    assert mine.looks() == theirs.looks() == "# mine"
    mine.drafts.store(text, None)
    mine.works()
    assert mine.looks() is theirs.looks() is None


def test_a_draft_that_the_disk_refused_is_written_once_it_does_not(text: Path) -> None:
    writer = Writer(text)
    draft_path(text).parent.write_bytes(b"in the way")
    writer.types("# typed")
    with pytest.raises((EngineError, OSError)):
        writer.works()
    draft_path(text).parent.unlink()
    writer.drafts.retry_writes()
    writer.works()
    draft = read_draft(text)
    assert draft
    assert draft.text == "# typed"
