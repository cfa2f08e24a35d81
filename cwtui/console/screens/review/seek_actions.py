"""The keys that take a playhead from one word, sentence, speaker, pause or marker to the next."""

from __future__ import annotations

from abc import abstractmethod


class SeekActions:
    """A room with a playhead that goes by what is said."""

    @abstractmethod
    def seek_to(self, kind: str, forth: bool) -> None:
        """To the next of a kind, or the one before."""

    def action_word_back(self) -> None:
        """The word before."""
        self.seek_to("word", False)

    def action_word_forth(self) -> None:
        """The next word."""
        self.seek_to("word", True)

    def action_sentence_back(self) -> None:
        """The sentence before."""
        self.seek_to("sentence", False)

    def action_sentence_forth(self) -> None:
        """The next sentence."""
        self.seek_to("sentence", True)

    def action_speaker_back(self) -> None:
        """Who spoke before."""
        self.seek_to("speaker", False)

    def action_speaker_forth(self) -> None:
        """Who speaks next."""
        self.seek_to("speaker", True)

    def action_silence_back(self) -> None:
        """The pause before."""
        self.seek_to("silence", False)

    def action_silence_forth(self) -> None:
        """The next pause."""
        self.seek_to("silence", True)

    def action_marker_back(self) -> None:
        """The marker before."""
        self.seek_to("marker", False)

    def action_marker_forth(self) -> None:
        """The next marker."""
        self.seek_to("marker", True)
