"""The words of the clip in Cut: the cursor, the selection, and edits by words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from cwtui.console.dialogs.prompts import ChoicePrompt
from cwtui.console.screens.cut.interface import CutEditor
from cwtui.console.shown_cut import CutMaterial, ShownCut
from cwtui.console.widgets.clip_words import ClipWordsData, ShownWord
from engine.errors import RequestError

if TYPE_CHECKING:
    from engine.timeline import Cut, CutWord

Ranges = list[tuple[int, int]]


class WordEdits:
    """The cursor among the words of a cut. Numbers are those of the words of the cut, from 0."""

    def __init__(self, screen: CutEditor) -> None:
        self._screen = screen
        self._number: int | None = None
        self._anchor: int | None = None
        self._follows = False
        # The words (from, to) that are being moved, and the words of the cut at that time.
        self._moved: tuple[tuple[CutWord, ...], tuple[int, int]] | None = None

    @property
    def moved(self) -> tuple[int, int] | None:
        """The words (from, to) that are being moved; none after the cut has changed."""
        shown = self._screen.shown
        return self._moved[1] if self._moved and shown and shown.words is self._moved[0] else None

    @property
    def moving(self) -> str:
        """The words that are being moved, as text; empty if there are none."""
        shown, moved = self._screen.shown, self.moved
        return f"moving {_quote(shown.words, moved)}" if shown and moved else ""

    @property
    def _in_clip(self) -> tuple[int, int]:
        """The numbers (from, to) of the clip's words."""
        shown, index = self._screen.shown, self._screen.index
        return (0, 0) if shown is None or index is None else shown.words_in(index)

    @property
    def current(self) -> int | None:
        """The word under the cursor: the clip's first one, unless the cursor was moved."""
        first, last = self._in_clip
        if first == last:
            return None
        return self._number if self._number is not None and first <= self._number < last else first

    @property
    def selection(self) -> tuple[int, int] | None:
        """The selected words (from, to), or the one under the cursor."""
        here = self.current
        if here is None:
            return None
        anchor = here if self._anchor is None else self._anchor
        return min(anchor, here), max(anchor, here) + 1

    @property
    def sentence(self) -> str:
        """The sentence of the word under the cursor, as far as the clip has it."""
        from engine.timeline import sentence_of, text_of

        shown, here, (first, last) = self._screen.shown, self.current, self._in_clip
        if shown is None or here is None:
            return ""
        begin, end = sentence_of(shown.words, here)
        return text_of(shown.words[max(begin, first) : min(end, last)])

    @property
    def tick(self) -> int | None:
        """The tick at which the word under the cursor begins; None at the first word and without words."""
        shown, here = self._screen.shown, self.current
        if shown is None or here is None or here == self._in_clip[0]:
            return None
        from engine.timeline import SAMPLE_RATE

        return int(shown.words[here].start * shown.cut.rate / SAMPLE_RATE)

    def row_changed(self) -> None:
        """Begins at the first word of another clip, unless the cursor is in it."""
        first, last = self._in_clip
        if self._number is not None and not first <= self._number < last:
            self._number = self._anchor = None

    def cut_changed(self) -> None:
        """Moves to the clip of the word after a deletion."""
        shown = self._screen.shown
        if self._follows and shown and self._number is not None:
            self._follows = False
            if self._number < len(shown.words):
                self._screen.move_to_clip(shown.words[self._number].clip)

    def data(self, waiting: str) -> ClipWordsData:
        """The words of the clip as the widget shows them; `waiting` is shown without any."""
        shown, (first, last) = self._screen.shown, self._in_clip
        if shown is None or first == last:
            return ClipWordsData(placeholder=waiting)
        words = []
        for number in range(first, last):
            word = shown.words[number].word
            words.append(ShownWord(word.text, word.space and number > first, number))
        selection = self.selection if self._anchor is not None else None
        return ClipWordsData(tuple(words), self.current, selection or self.moved)

    def disabled_reason(self, action: str) -> str:
        """Returns why an action is disabled; an empty text if it is enabled, or an action of another part."""
        if action == "keep_words" and self.selection == self._in_clip:
            return "All words of the clip are selected."
        if action == "drop_words" and self._anchor is None and self.moved is None:
            return "No words are selected."
        here, moved = self.current, self.moved
        if action == "move_words" and here is None:
            return "The clip has no words."
        if action == "move_words" and here is not None and moved and moved[0] <= here < moved[1]:
            return "Go to the word before or after which the words belong, then press {move_words} again."
        return ""

    def command_values(self) -> dict[str, str]:
        """Returns the placeholders of command lines: numbers of words from 1."""
        selection, (first, last) = self.selection, self._in_clip
        if selection is None:
            return {}
        begin, end = selection
        others = [(one, two) for one, two in ((first, begin), (end, last)) if one < two]
        here = self.current
        return {
            "words": _numbers(*(self.moved or (begin, end))),
            "word": str(here + 1) if self.moved and here is not None else "NUMBER",
            "other_words": " ".join(f"--delete {_numbers(*one)}" for one in others) or "--delete NUMBERS",
        }

    # Actions

    def go_to(self, number: int) -> None:
        """Moves the cursor to a word of the clip."""
        self._number = number
        self._screen.seek_to_cursor()

    def show_position(self, tick: int) -> None:
        """Moves the cursor to the word of the clip that is said at a tick of the cut."""
        shown, (first, last) = self._screen.shown, self._in_clip
        if shown and first < last:
            after = bisect_left(shown.words, shown.cut.sample(tick + 1), first, last, key=lambda word: word.start)
            self._number = max(after - 1, first)

    def action_step_words(self, direction: Literal[-1, 1]) -> None:
        """Moves to the next word, or with -1 to the previous one, across clips."""
        shown, here = self._screen.shown, self.current
        assert shown
        if here is None:
            # The nearest clip with words.
            here = self._in_clip[0] - (direction > 0)
        number = min(max(here + direction, 0), len(shown.words) - 1)
        self._number = number
        self._screen.move_to_clip(shown.words[number].clip)
        self._screen.seek_to_cursor()

    def action_select_words(self) -> None:
        """Starts a selection at the word under the cursor, or ends it."""
        self._anchor = self.current if self._anchor is None else None
        self._screen.show_words()

    def action_select_sentence(self) -> None:
        """Selects the sentence of the word under the cursor, as far as the clip has it."""
        from engine.timeline import sentence_of

        shown, here, (first, last) = self._screen.shown, self.current, self._in_clip
        if shown and here is not None:
            begin, end = sentence_of(shown.words, here)
            self._anchor, self._number = max(begin, first), min(end, last) - 1
            self._screen.seek_to_cursor()

    def action_delete_words(self) -> None:
        """Deletes the selected words; picture and sound follow."""
        shown, selection = self._screen.shown, self.selection
        assert shown
        if selection is None:
            return
        self._delete([selection], f"{_quote(shown.words, selection)} deleted")
        self._number, self._follows = selection[0], True

    def action_keep_words(self) -> None:
        """Deletes the other words of the clip."""
        shown, selection, (first, last) = self._screen.shown, self.selection, self._in_clip
        assert shown
        if selection is None:
            return
        others = [(one, two) for one, two in ((first, selection[0]), (selection[1], last)) if one < two]
        self._delete(others, f"only {_quote(shown.words, selection)} kept")

    def action_move_words(self) -> None:
        """Marks the selected words to be moved; then moves them before or after the word under the cursor."""
        shown, selection, moved = self._screen.shown, self.selection, self.moved
        assert shown
        if selection is None:
            return
        if moved is None:
            self._moved, self._anchor = (shown.words, selection), None
            self._screen.show_playhead()
            self._screen.console_app.show_message(
                f"{_quote(shown.words, selection)}: go to another word, then press {{move_words}} again."
            )
            return
        here, words = selection[1] - 1, shown.words

        def chosen(answer: str | None) -> None:
            if answer:
                self._move(moved, {"before": here, "after": here + 1, "end": len(words)}[answer])

        word = f"“{words[here].text}”"
        rows = [("before", f"before {word}", ""), ("after", f"after {word}", ""), ("end", "to the end of the cut", "")]
        self._screen.console_app.push_screen(ChoicePrompt(f"Move {_quote(words, moved)}", rows), chosen)

    def action_drop_words(self) -> None:
        """Ends the selection, or the move of words."""
        self._anchor = self._moved = None
        self._screen.show_playhead()

    def _move(self, moved: tuple[int, int], to: int) -> None:
        shown = self._screen.shown
        assert shown
        first, last = moved
        words, base = shown.words, shown.cut
        self._anchor = self._moved = None
        self._number, self._follows = to - (last - first if to > first else 0), True

        def change(cut: Cut, material: CutMaterial) -> Cut:
            from engine.timeline import move_words

            if cut != base:
                raise RequestError(f"“{cut.name}” has changed.", "Mark the words again.")
            return move_words(cut, material.spoken, moved, to, material.levels)

        self._screen.edit(change, f"{_quote(words, moved)} moved")

    def _delete(self, ranges: Ranges, title: str) -> None:
        shown = self._screen.shown
        assert shown
        ends = [(shown.words[first], shown.words[last - 1]) for first, last in ranges]
        self._anchor = None
        self._screen.edit(delete_words_between(shown, ends), title)


def delete_words_between(base: ShownCut, ends: Sequence[tuple[CutWord, CutWord]]) -> Callable[[Cut, CutMaterial], Cut]:
    """The edit that deletes the words of `base` from one to another, wherever edits since then have moved them.

    It raises RequestError if a word is gone.
    """

    def change(cut: Cut, material: CutMaterial) -> Cut:
        from engine.timeline import delete_words, words_of

        if cut == base.cut and material.spoken is base.material.spoken:
            words = base.words
            ranges = [(first.number, last.number + 1) for first, last in ends]
        else:
            words = words_of(cut, material.spoken)
            ranges = [(_number_of(words, first), _number_of(words, last) + 1) for first, last in ends]
        return delete_words(cut, material.spoken, ranges, material.levels, words=words)

    return change


def _number_of(words: Sequence[CutWord], wanted: CutWord) -> int:
    """The number of a word; where clips repeat it, the nearest one."""
    same = [one.number for one in words if (one.take, one.place) == (wanted.take, wanted.place)]
    if not same:
        raise RequestError(f"“{wanted.text}” is no longer in the cut.", "Look at the cut again.")
    return min(same, key=lambda number: abs(number - wanted.number))


def _numbers(first: int, last: int) -> str:
    """Words as commands accept them: 5 or 5-9, from 1."""
    return f"{first + 1}" if last == first + 1 else f"{first + 1}-{last}"


def _quote(words: Sequence[CutWord], selection: tuple[int, int]) -> str:
    from cwtui.console.widgets.text_layout import truncate
    from engine.timeline import text_of

    return f"“{truncate(text_of(list(words[slice(*selection)])), 40)}”"
