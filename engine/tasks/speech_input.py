"""The sound of a subject, as input for speech models."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.errors import RequestError
from engine.jobs import ProgressSink

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.transfer import Subject


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


def in_milliseconds(subject: Subject, samples: NDArray[np.float32], progress: ProgressSink) -> Callable[[float], None]:
    """A callback that converts progress from 0 to 1 into milliseconds of sound and reports it."""
    whole = max(1, round(len(samples) / 16))
    return lambda share: progress.progress(round(share * whole), whole, "ms", subject.label)
