"""The keys that take a playhead from one word, sentence, speaker, pause or marker to the next."""

from __future__ import annotations

from abc import abstractmethod


class Strides:
    """A room with a playhead that goes by what is said."""

    @abstractmethod
    def step(self, kind: str, forth: bool) -> None:
        """To the next of a kind, or the one before."""

    def do_word_back(self) -> None:
        """The word before."""
        self.step("word", False)

    def do_word_forth(self) -> None:
        """The next word."""
        self.step("word", True)

    def do_sentence_back(self) -> None:
        """The sentence before."""
        self.step("sentence", False)

    def do_sentence_forth(self) -> None:
        """The next sentence."""
        self.step("sentence", True)

    def do_speaker_back(self) -> None:
        """Who spoke before."""
        self.step("speaker", False)

    def do_speaker_forth(self) -> None:
        """Who speaks next."""
        self.step("speaker", True)

    def do_silence_back(self) -> None:
        """The pause before."""
        self.step("silence", False)

    def do_silence_forth(self) -> None:
        """The next pause."""
        self.step("silence", True)

    def do_marker_back(self) -> None:
        """The marker before."""
        self.step("marker", False)

    def do_marker_forth(self) -> None:
        """The next marker."""
        self.step("marker", True)
