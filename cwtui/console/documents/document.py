"""A text file on a screen: edited, kept as a draft, saved, and read again when another program has written it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from cwtui.console.documents.drafts import Draft, Drafts, discard_draft, draft_path, same_text
from engine.atomic_files import write_atomic
from engine.errors import RequestError
from engine.file_stamp import FileStamp, read_stamp

Stamps = Mapping[Path, FileStamp]
"""The stamps of documents and of their drafts by path; they change when one is written or removed."""


class TextFile(Protocol):
    """A text file as it was read from disk; `name` is its name in messages."""

    @property
    def name(self) -> str: ...

    @property
    def path(self) -> Path: ...

    @property
    def text(self) -> str: ...

    @property
    def stamp(self) -> FileStamp: ...


FileT = TypeVar("FileT", bound=TextFile)


def read_stamps(documents: Iterable[Path]) -> Stamps:
    """The current stamps of documents and of their drafts."""
    return {path: read_stamp(path) for document in documents for path in (document, draft_path(document))}


class Document(Generic[FileT]):
    """A text file and its draft in `drafts`; closed, or open in an editor.

    - Unchanged: no draft, and the editor has the text of the file.
    - Changed: the text is a draft, based on the file that it was started from.
    - In conflict: the file has been written since. A save fails; after `reload` with `rebase` the next one overwrites.

    Call `store_draft` before newly read drafts and files are applied: it keeps what was typed since.
    """

    def __init__(self, file: FileT, drafts: Drafts) -> None:
        self.file = file
        self._drafts = drafts
        self._editor_text: Callable[[], str] | None = None

    @property
    def draft(self) -> Draft | None:
        """The text that is not saved yet, as it was last stored."""
        return self._drafts.get(self.file.path)

    @property
    def stored_text(self) -> str:
        """The text of the draft or, without one, of the file: what an editor shows when it opens the document."""
        return (self.draft or self._saved).text

    @property
    def text(self) -> str:
        """The editor's text, or the stored one while the document is closed."""
        return self._editor_text() if self._editor_text else self.stored_text

    @property
    def is_open(self) -> bool:
        """Whether the document is open in an editor."""
        return self._editor_text is not None

    @property
    def is_changed(self) -> bool:
        """Whether the text differs from the file."""
        return not same_text(self.text, self.file.text) if self.is_open else self.draft is not None

    def open(self, editor_text: Callable[[], str]) -> None:
        """Open the document in an editor that shows the stored text; `editor_text` returns the editor's text."""
        self._editor_text = editor_text

    def close(self) -> None:
        """Close the document. An unsaved text stays a draft."""
        self.store_draft()
        self._editor_text = None

    def store_draft(self) -> None:
        """Store the editor's text as the draft, or retry the writes that failed while the document is closed."""
        if self._editor_text:
            self._drafts.update(self.file.path, self._editor_text(), self._saved)
        else:
            self._drafts.retry_writes()

    def revert(self) -> None:
        """Go back to the text of the file. An open editor must then show the stored text."""
        self._drafts.store(self.file.path, None)

    def reload(self, file: FileT, *, rebase: bool = False, keep_text: bool = False) -> None:
        """Set the file as it was read again. An open editor must then show the stored text.

        A draft with the text of the file is dropped; with `rebase`, another draft is now based on it. With `keep_text`,
        an unchanged text becomes a draft as well, which saves the text of a file that another program has removed.
        """
        if keep_text:
            self._drafts.store(self.file.path, Draft(text=self.text, base=self.file.stamp))
        self.file = file
        self._drafts.reconcile(file.path, self._saved, rebase)

    def save(self) -> Callable[[], None]:
        """Store the changed text, and return the function that writes it to the file on the studio worker."""
        self.store_draft()
        draft = self.draft
        assert draft
        return partial(save_document, self.file.name, self.file.path, draft)

    @property
    def _saved(self) -> Draft:
        """The text of the file as the base of a draft."""
        return Draft(text=self.file.text, base=self.file.stamp)


def save_document(name: str, path: Path, draft: Draft) -> None:
    """Write a draft to its document atomically, then remove it unless another console has replaced it.

    Raises RequestError, which calls the document `name`, when the file has changed since the draft was started.
    """
    if read_stamp(path) != draft.base:
        raise RequestError(f"{name} was changed by another program.", "Press {save} again to overwrite it.")
    write_atomic(path, draft.text.encode())
    discard_draft(path, draft)
