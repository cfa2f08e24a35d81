"""Documents: editing, drafts, saving, and reloading after a change by another program or console."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cwtui.console.documents.document import Document, read_stamps
from cwtui.console.documents.drafts import Drafts, read_draft
from cwtui.console.documents.script_file import ScriptFile, read_script
from engine.errors import RequestError


class Editor:
    """A console's document in an editor, and the writes that its drafts have queued."""

    def __init__(self, path: Path) -> None:
        self.queued: list[Callable[[], None]] = []
        self.drafts = Drafts(self.queued.append)
        self.path = path
        self.text = ""
        self.document = Document(self.read(), self.drafts)
        self.reload()

    def read(self) -> ScriptFile:
        return read_script("project", self.path)

    def write_drafts(self) -> None:
        while self.queued:
            self.queued.pop(0)()

    def reload(self, *, rebase: bool = False, keep_text: bool = False) -> None:
        self.document.store_draft()
        self.write_drafts()
        self.drafts.apply_loaded(self.drafts.reader(self.path)([]))
        self.document.reload(self.read(), rebase=rebase, keep_text=keep_text)
        self.write_drafts()
        self.text = self.document.stored_text

    def open(self) -> None:
        self.text = self.document.stored_text
        self.document.open(lambda: self.text)

    def save(self) -> None:
        write = self.document.save()
        self.write_drafts()
        try:
            write()
        finally:
            self.reload(rebase=True)


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    """An editor with the text that is on disk."""
    path = tmp_path / "script.txt"
    path.write_text("Right.")
    editor = Editor(path)
    editor.open()
    return editor


def test_a_document_begins_with_the_text_of_its_file(editor: Editor) -> None:
    assert (editor.text, editor.document.text, editor.document.is_changed) == ("Right.", "Right.", False)


def test_a_file_that_does_not_exist_is_an_empty_document(tmp_path: Path) -> None:
    editor = Editor(tmp_path / "script.txt")
    editor.open()
    assert (editor.text, editor.document.is_changed) == ("", False)
    editor.text = "Right, so"
    editor.save()
    assert editor.path.read_text() == "Right, so"


def test_typed_text_is_a_change_at_once_and_a_draft_when_stored(editor: Editor) -> None:
    editor.text = "Right, so"
    assert editor.document.is_changed
    assert editor.document.draft is None
    editor.document.store_draft()
    editor.write_drafts()
    assert read_draft(editor.path) == editor.document.draft
    assert editor.document.stored_text == "Right, so"
    assert editor.path.read_text() == "Right."


def test_text_typed_before_closing_is_kept_as_a_draft(editor: Editor) -> None:
    editor.text = "Right, so"
    editor.document.close()
    editor.write_drafts()
    assert (editor.document.is_open, editor.document.is_changed, editor.document.text) == (False, True, "Right, so")
    later = Editor(editor.path)
    later.open()
    assert (later.text, later.document.is_changed) == ("Right, so", True)


def test_a_text_typed_back_to_the_file_has_no_draft(editor: Editor) -> None:
    editor.text = "Right, so"
    editor.document.store_draft()
    editor.text = "Right."
    editor.document.close()
    editor.write_drafts()
    assert not editor.document.is_changed
    assert read_draft(editor.path) is None


def test_a_reverted_document_has_the_text_of_its_file(editor: Editor) -> None:
    editor.text = "Right, so"
    editor.document.close()
    editor.document.revert()
    editor.write_drafts()
    assert (editor.document.text, editor.document.is_changed) == ("Right.", False)
    assert read_draft(editor.path) is None


def test_a_saved_document_is_unchanged(editor: Editor) -> None:
    editor.text = "Right, so"
    editor.save()
    assert editor.path.read_text() == editor.text == "Right, so"
    assert not editor.document.is_changed
    assert read_draft(editor.path) is None


def test_a_closed_document_with_a_draft_is_saved(editor: Editor) -> None:
    editor.text = "Right, so"
    editor.document.close()
    editor.save()
    assert editor.path.read_text() == "Right, so"
    assert not editor.document.is_changed


def test_an_unedited_document_shows_changes_of_another_program(editor: Editor) -> None:
    stamps = read_stamps([editor.path])
    editor.path.write_text("Right, so this is it.")
    assert read_stamps([editor.path]) != stamps
    editor.reload()
    assert (editor.text, editor.document.is_changed) == ("Right, so this is it.", False)


def test_a_save_over_changes_of_another_program_fails_once(editor: Editor) -> None:
    editor.text = "Right, so"
    editor.document.store_draft()
    editor.path.write_text("Wrong, all of it.")
    editor.reload()
    assert editor.text == "Right, so"
    with pytest.raises(RequestError, match=r"script\.txt was changed by another program"):
        editor.save()
    assert editor.path.read_text() == "Wrong, all of it."
    assert (editor.text, editor.document.is_changed) == ("Right, so", True)
    editor.save()
    assert editor.path.read_text() == "Right, so"
    assert not editor.document.is_changed


def test_a_conflict_ends_when_another_program_writes_the_same_text(editor: Editor) -> None:
    editor.text = "Right, so"
    editor.document.store_draft()
    editor.path.write_text("Right, so")
    editor.reload()
    assert not editor.document.is_changed
    assert read_draft(editor.path) is None


def test_the_text_of_a_removed_file_can_be_kept(editor: Editor) -> None:
    editor.path.unlink()
    editor.reload(keep_text=True)
    assert (editor.text, editor.document.is_changed) == ("Right.", True)
    with pytest.raises(RequestError, match="changed by another program"):
        editor.save()
    editor.save()
    assert editor.path.read_text() == "Right."


def test_a_draft_of_another_console_is_shown_and_survives_a_save(editor: Editor) -> None:
    other = Editor(editor.path)
    other.open()
    stamps = read_stamps([editor.path])
    editor.text = "Right, so"
    editor.document.store_draft()
    editor.write_drafts()
    assert read_stamps([editor.path]) != stamps
    other.reload()
    assert other.text == "Right, so"
    other.text = "Right, so this"
    write = editor.document.save()
    other.document.store_draft()
    other.write_drafts()
    write()
    draft = read_draft(editor.path)
    assert draft
    assert draft.text == "Right, so this"
    assert editor.path.read_text() == "Right, so"
