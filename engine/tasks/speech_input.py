"""The sound of a subject, as input for speech models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import RequestError
from engine.jobs import ProgressSink

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.sound import ChannelVoices, VoiceChoice
    from engine.transfer import Subject


@dataclass(frozen=True, slots=True)
class SeparateVoices:
    """The voices of a subject's two channels, each (samples,) at 16 kHz, and the times at which they speak.

    `speaking` is (frames, 2), every 10 ms.
    """

    voices: ChannelVoices
    samples: tuple[NDArray[np.float32], NDArray[np.float32]]
    speaking: NDArray[np.bool_]


def speech_track(subject: Subject) -> int:
    """The index of the audible sound track. Raises RequestError if no track decodes."""
    from engine.sound import audible_track

    track = audible_track(subject.footage.path, subject.footage.probe)
    if not subject.has_sound or track is None:
        raise RequestError(f"{subject.label} has no sound that can be decoded.", "Name footage with sound.")
    return track.index


def speech_samples(subject: Subject) -> NDArray[np.float32]:
    """The samples of the audible sound track, mono at 16 kHz. Raises RequestError if no track decodes."""
    from engine.sound import mono_16k

    return mono_16k(subject.footage.path, speech_track(subject))


def separate_voices(subject: Subject, choice: VoiceChoice, cancelled: Callable[[], bool]) -> SeparateVoices | None:
    """The voices of the audible track if each of its two channels has its own, and `choice` is not an even mix."""
    from engine.sound import channel_correction, voices_16k

    track = speech_track(subject)
    if choice == "mix":
        return None
    voices = channel_correction(subject.footage.path, track, cancelled=cancelled).voices
    if voices is None:
        return None
    return SeparateVoices(voices, *voices_16k(subject.footage.path, track, voices, cancelled=cancelled))


def in_milliseconds(
    subject: Subject, samples: NDArray[np.float32], progress: ProgressSink, part: int = 0, parts: int = 1
) -> Callable[[float], None]:
    """A callback that converts progress from 0 to 1 into milliseconds of sound and reports it.

    It is the progress of one of several `parts`, such as channels, which take equally long.
    """
    whole = max(1, round(len(samples) / 16))
    return lambda share: progress.progress(round((part + share) / parts * whole), whole, "ms", subject.label)
