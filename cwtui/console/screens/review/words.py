"""Words and speakers at the playhead: corrections and names. The edits are written at once, and can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cwtui.console.dialogs.prompts import ChoicePrompt, TextPrompt
from cwtui.console.dialogs.word_prompt import WordChange, WordPrompt
from cwtui.console.screens.review.playhead import PlayheadScreen
from cwtui.console.widgets.text_layout import truncate
from cwtui.formatting import format_duration, format_seconds
from engine.catalog import Edit, Take
from engine.speech import word_at

if TYPE_CHECKING:
    from engine.speech import Transcript, Word
    from engine.studio import Studio

_OTHER = "\n"
# Characters of the stretch in the prompt for its speaker.
_STRETCH = 200


class WordActions:
    """The actions that correct words, name speakers and give a stretch to another speaker."""

    def __init__(self, screen: PlayheadScreen) -> None:
        self._screen = screen

    @property
    def _index(self) -> int | None:
        """The index of the word at the playhead, else of the last one before it, else of the first one."""
        transcript = self._screen.media.transcript
        if transcript is None or not transcript.words:
            return None
        return word_at(transcript.words, self._screen.at) or 0

    @property
    def _word(self) -> Word | None:
        """The word with the index of `_index`."""
        transcript, here = self._screen.media.transcript, self._index
        return transcript.words[here] if transcript and here is not None else None

    def disabled_reason(self, action: str) -> str:
        """Returns why an action is disabled; an empty text if it is enabled, or an action of another part."""
        if action not in ("correct_word", "name_speaker", "reassign_speaker"):
            return ""
        take, word = self._screen.take, self._word
        if self._screen.media.transcript is None:
            return "There is no transcript yet."
        if word is None:
            return "No speech was found in this take."
        if action == "name_speaker" and word.speaker is None:
            return f"No speaker is known. cwtui diarize {take.number if take else 'TAKE'} detects the speakers."
        return ""

    def command_values(self) -> dict[str, str]:
        """Returns the placeholders of command lines."""
        word = self._word
        if word is None:
            return {}
        times = {"word_start": format_seconds(word.start), "word_end": format_seconds(word.end)}
        return times | ({"speaker": word.speaker} if word.speaker else {})

    def action_correct_word(self) -> None:
        """Opens a field with the word at the playhead."""
        transcript, take = self._screen.media.transcript, self._screen.take
        here = self._index
        assert transcript
        assert take
        assert here is not None
        words = transcript.words

        def corrected(change: WordChange | None) -> None:
            if change is None:
                return

            def correct(studio: Studio, meant: Take) -> Edit | None:
                from engine.studio import correct_words

                return correct_words(
                    studio,
                    meant,
                    words[change.first].start,
                    words[change.last - 1].end,
                    change.text,
                    to_glossary=change.to_glossary,
                    everywhere=change.everywhere,
                )

            self._screen.console_app.edit_take(take, correct)

        self._screen.pause()
        self._screen.console_app.push_screen(WordPrompt(words, here), corrected)

    def action_name_speaker(self) -> None:
        """Prompts for the name of the speaker at the playhead."""
        transcript, take, word = self._screen.media.transcript, self._screen.take, self._word
        assert transcript
        assert take
        assert word
        assert word.speaker
        speaker, called = word.speaker, transcript.called(word.speaker)

        def named(name: str | None) -> None:
            if name is None:
                return

            def name_it(studio: Studio, meant: Take) -> Edit | None:
                from engine.studio import name_speaker

                return name_speaker(studio, meant, speaker, name)

            self._screen.console_app.edit_take(take, name_it)

        self._screen.pause()
        self._screen.console_app.push_screen(
            TextPrompt(
                f"Name of {called}, in all takes",
                called if called and called != speaker else "",
                "⏎ OK   → Complete a known name   esc Cancel",
                suggestions=self._names(transcript),
            ),
            named,
        )

    def action_reassign_speaker(self) -> None:
        """Prompts for the speaker of the stretch at the playhead."""
        transcript, take, word = self._screen.media.transcript, self._screen.take, self._index
        assert transcript
        assert take
        assert word is not None
        segment = next(one for one in transcript.segments if one.first <= word < one.last)
        app = self._screen.console_app

        def reassigned(speaker: str | None) -> None:
            if not speaker:
                return

            def reassign(studio: Studio, meant: Take) -> Edit | None:
                from engine.studio import reassign_speaker

                return reassign_speaker(studio, meant, segment.start, speaker)

            app.edit_take(take, reassign)

        def chosen(speaker: str | None) -> None:
            if speaker == _OTHER:
                prompt = TextPrompt("Name of the new speaker", hint="⏎ OK   → Complete a known name   esc Cancel",
                                    suggestions=self._names(transcript))  # fmt: skip
                app.push_screen(prompt, reassigned)
            else:
                reassigned(speaker)

        here = [
            (one.id, one.name or one.id, f"{format_duration(float(one.seconds))} in this take")
            for one in transcript.speakers
            if one.id != segment.speaker
        ]
        called = {transcript.called(one.id) for one in transcript.speakers}
        known = [(name, name, "in other takes") for name in self._screen.media.known_names if name not in called]
        choices = [*here, *known, (_OTHER, "Somebody else …", "")]
        self._screen.pause()
        app.push_screen(
            ChoicePrompt("Who speaks this stretch?", choices, details=f"“{truncate(segment.text.strip(), _STRETCH)}”"),
            chosen,
        )

    def _names(self, transcript: Transcript) -> list[str]:
        named = (one.name for one in transcript.speakers if one.name)
        return list(dict.fromkeys([*named, *self._screen.media.known_names]))
