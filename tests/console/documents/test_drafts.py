"""Drafts: a failed write is retried, and two consoles that edit the same text lose nothing."""

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
        self.queued: list[Work] = []
        self.drafts = Drafts(self.queued.append)
        self.text = text

    def type_text(self, text: str) -> None:
        self.drafts.update(self.text, text, Draft(text="# saved", base=None))

    def run_queued(self) -> None:
        while self.queued:
            self.queued.pop(0)()

    def load_text(self) -> str | None:
        self.drafts.apply_loaded(self.drafts.reader(self.text)([]))
        draft = self.drafts.get(self.text)
        return draft.text if draft else None


@pytest.fixture
def text(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


def test_two_consoles_edit_a_draft_in_turn(text: Path) -> None:
    mine, theirs = Writer(text), Writer(text)
    mine.type_text("# mine")
    mine.run_queued()
    assert theirs.load_text() == "# mine"
    theirs.type_text("# mine, and theirs")
    theirs.run_queued()
    assert mine.load_text() == "# mine, and theirs"


def test_the_later_of_two_concurrent_writes_fails_and_is_kept(text: Path) -> None:
    mine, theirs = Writer(text), Writer(text)
    mine.type_text("# mine")
    theirs.type_text("# theirs")
    mine.run_queued()
    with pytest.raises(RequestError, match="Another console"):
        theirs.run_queued()
    assert (mine.load_text(), theirs.load_text()) == ("# mine", "# theirs")
    draft_path(text).unlink()
    theirs.drafts.retry_writes()
    theirs.run_queued()
    assert mine.load_text() == "# theirs"


def test_a_save_keeps_the_draft_of_another_console(text: Path) -> None:
    mine, theirs = Writer(text), Writer(text)
    mine.type_text("# mine")
    mine.run_queued()
    theirs.type_text("# theirs")
    draft = theirs.drafts.get(text)
    assert draft
    discard_draft(text, draft)
    theirs.queued.clear()
    theirs.drafts.store(text, None)
    theirs.run_queued()
    assert mine.load_text() == theirs.load_text() == "# mine"
    mine.drafts.store(text, None)
    mine.run_queued()
    assert mine.load_text() is theirs.load_text() is None


def test_a_failed_draft_write_is_retried(text: Path) -> None:
    writer = Writer(text)
    draft_path(text).parent.write_bytes(b"in the way")
    writer.type_text("# typed")
    with pytest.raises((EngineError, OSError)):
        writer.run_queued()
    draft_path(text).parent.unlink()
    writer.drafts.retry_writes()
    writer.run_queued()
    draft = read_draft(text)
    assert draft
    assert draft.text == "# typed"
