"""A field for a path."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widgets import Input

from cwtui.path_text import has_paths


class PathField(Input):
    """The path field. Pasted paths are posted instead of inserted."""

    class PathsPasted(Message):
        """Text with paths was pasted."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def on_paste(self, event: events.Paste) -> None:
        if has_paths(event.text):
            event.stop()
            event.prevent_default()
            self.post_message(self.PathsPasted(event.text))
