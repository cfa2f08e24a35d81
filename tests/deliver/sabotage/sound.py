"""Saboteurs of sound: its tracks, format, length and level."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from engine.deliver.checks import Finished
from engine.sound import LimiterWork
from fixtures.atoms import Atom
from tests.deliver.sabotage.files import (
    change_samples,
    numbers,
    remove_track,
    replace_samples,
    set_numbers,
    table,
    track_of,
)
from tests.deliver.sabotage.saboteur import saboteur

_RATE = 48_000


@saboteur("sound-track", "film")
def no_sound_track(_: Finished, path: Path) -> None:
    """A remux loses the sound."""
    remove_track(path, "soun")


@saboteur("sound-bit-rate", "film")
def padded_packets(_: Finished, path: Path) -> None:
    """The packets of the sound are padded to twice the bit rate of the recipe."""
    change_samples(path, "soun", lambda _, sample: sample + bytes(400))


@saboteur("sound-duration", "film")
def shorter_sound(_: Finished, path: Path) -> None:
    """The last packets of the sound are missing."""
    found = track_of(path, "soun")

    def shorten(track: Atom) -> None:
        times = table(track, "stts")
        rows = numbers(times)
        rows[0] -= 6
        set_numbers(times, rows, 2)

    replace_samples(path, "soun", found.samples[:-6], shorten)


@saboteur("sound-duration", "wav")
def shorter_file(_: Finished, path: Path) -> None:
    """The last tenth of a second of a sound file is missing."""
    rewrite_wav(path, lambda samples: samples[:, : -_RATE // 10])


@saboteur("codec", "wav")
def fewer_bits(_: Finished, path: Path) -> None:
    """The sound file has 16 bits per sample."""
    rewrite_wav(path, lambda samples: samples, codec="pcm_s16le", form="s16")


@saboteur("sample-rate", "wav")
def other_sample_rate(_: Finished, path: Path) -> None:
    """The sound is resampled to 44.1 kHz."""
    import soxr

    rewrite_wav(path, lambda samples: soxr.resample(samples.T, _RATE, 44_100).T, rate=44_100)


@saboteur("channels", "wav")
def third_channel(_: Finished, path: Path) -> None:
    """The sound has a silent third channel."""
    rewrite_wav(path, lambda samples: np.concatenate([samples, samples[:1] * 0]), layout="3.0")


@saboteur("sound-kept", "wav")
def silence(_: Finished, path: Path) -> None:
    """All samples are 0."""
    rewrite_wav(path, lambda samples: samples * 0)


@saboteur("loudness", "wav")
def quieter_sound(_: Finished, path: Path) -> None:
    """The sound is 1 dB quieter."""
    rewrite_wav(path, lambda samples: samples * np.float32(10 ** (-1 / 20)))


@saboteur("true-peak", "wav")
def click(_: Finished, path: Path) -> None:
    """One sample reaches full scale."""

    def add(samples: NDArray[np.float32]) -> NDArray[np.float32]:
        samples[:, _RATE] = 0.999
        return samples

    rewrite_wav(path, add)


@saboteur("limiter", "wav")
def busy_limiter(good: Finished, path: Path) -> Finished:
    """The limiter of the mastering works for a third of the time. The file does not show that."""
    assert good.master
    work = LimiterWork(most_db=3, share=0.33)
    return replace(good.moved_to(path), master=good.master.model_copy(update={"limiter": work}))


def rewrite_wav(
    path: Path, change: Any, *, rate: int = _RATE, layout: str = "stereo", codec: str = "pcm_s24le", form: str = "s32"
) -> None:
    """Writes a WAV file again with changed samples (channels, samples)."""
    with av.open(str(path)) as read:
        parts = [frame.to_ndarray().reshape(-1, 2).T for frame in read.decode(audio=0)]
    samples = change((np.concatenate(parts, axis=1) / np.float64(2**31)).astype(np.float32))
    kind, scale = (np.int16, 2**15) if form == "s16" else (np.int32, 2**31)
    packed = np.rint(np.float64(samples) * scale).clip(-scale, scale - 1).astype(kind).T.reshape(1, -1)
    with av.open(str(path), "w", format="wav", options={"fflags": "+bitexact"}) as written:
        stream: Any = written.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(packed), format=form, layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
        written.mux(stream.encode(frame))
        written.mux(stream.encode(None))
