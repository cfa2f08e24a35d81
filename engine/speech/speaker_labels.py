"""Assigns speakers to words, and the names of known voices to speakers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from engine.errors import RequestError
from engine.speech.diarize import Diarization, KnownVoice, SpeakerTurn, Voice, assign, match_known_voices
from engine.speech.sentence_ends import end_sentences
from engine.speech.transcript import DiarizationSource, Speaker, Transcript, channel_note, segments
from engine.suggestion import hint_with_suggestion

# Sentence-ending punctuation.
_ENDS = (".", "!", "?", "…", "。", "！", "？", "।", "؟")


def with_speakers(transcript: Transcript, diarization: Diarization, known: Sequence[KnownVoice] = ()) -> Transcript:
    """The transcript with the speaker of each word and those who overlap it; each segment has one speaker.

    The speaker of a word with a channel is that of the channel, if the voices have channels as well. Speakers whose
    voices are `known` get their names. Words without a nearby turn have no speaker.
    """
    times = [(word.start, word.end) for word in transcript.words]
    ends = [word.text.rstrip("\"'”’»)]").endswith(_ENDS) for word in transcript.words]
    who = assign(times, diarization.turns, [True, *ends[:-1]])
    who = _by_channel(transcript, diarization, who)
    words = tuple(
        word.model_copy(update={"speaker": speaker, "also": also})
        for word, (speaker, also) in zip(transcript.words, who, strict=True)
    )
    names = match_known_voices(diarization.voices, known)
    spoken = {voice.id: Fraction(0) for voice in diarization.voices}
    for turn in diarization.turns:
        spoken[turn.speaker] = spoken.get(turn.speaker, Fraction(0)) + turn.end - turn.start
    labelled = transcript.model_copy(
        update={
            "words": words,
            "segments": segments(words, transcript.breaths, transcript.segment_languages),
            "speakers": tuple(Speaker(id=one, name=names.get(one), seconds=time) for one, time in spoken.items()),
            "diarized": DiarizationSource(
                model=diarization.model, model_digest=diarization.model_digest, parameters=diarization.parameters
            ),
            "notes": _notes(transcript, diarization, names),
        }
    )
    # A change of speakers is evidence for an end that the words alone do not give.
    return end_sentences(labelled)


def _notes(transcript: Transcript, diarization: Diarization, names: Mapping[str, str]) -> tuple[str, ...]:
    """The notes of the transcript, with the speakers of its channels."""
    speakers = {
        voice.channel: names.get(voice.id, voice.id) for voice in diarization.voices if voice.channel is not None
    }
    plain, named = channel_note(transcript.channels), channel_note(transcript.channels, speakers)
    return tuple(named if note == plain else note for note in transcript.notes)


def _by_channel(
    transcript: Transcript, diarization: Diarization, who: Sequence[tuple[str | None, tuple[str, ...]]]
) -> list[tuple[str | None, tuple[str, ...]]]:
    """The assigned speakers, but that of its channel for each word with a channel."""
    channels = {voice.channel: voice.id for voice in diarization.voices if voice.channel is not None}
    found: list[tuple[str | None, tuple[str, ...]]] = []
    for word, (speaker, also) in zip(transcript.words, who, strict=True):
        own = channels.get(word.channel) if word.channel is not None else None
        others = {*also, *([speaker] if speaker is not None else [])}
        found.append((own, tuple(sorted(others - {own}))) if own else (speaker, also))
    return found


def diarization_from_turns(turns: Sequence[SpeakerTurn]) -> Diarization:
    """A diarization from given turns, without a model."""
    return Diarization(model="manual", model_digest="", parameters={}, turns=tuple(turns))


def name_voices(
    voices: Sequence[Voice], names: Mapping[str, str], known: Sequence[KnownVoice]
) -> tuple[KnownVoice, ...]:
    """The known voices, updated with names for these speakers (id → name); a new name replaces a voice's old one.

    Raises RequestError if a speaker does not exist.
    """
    heard = {voice.id: voice.embedding for voice in voices}
    kept = {one.name: list(one.embeddings) for one in known}
    for speaker, name in names.items():
        if speaker not in heard:
            hint = hint_with_suggestion(speaker, heard, f"Speakers: {', '.join(heard) or 'none'}.")
            raise RequestError(f"Speaker {speaker} not found.", hint)
        for others in kept.values():
            others[:] = [one for one in others if one != heard[speaker]]
        kept.setdefault(name, []).append(heard[speaker])
    return tuple(KnownVoice(name=name, embeddings=tuple(all_of)) for name, all_of in kept.items() if all_of)
