"""Films of takes that tell their own time: what they show and play at every edit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from engine.deliver import CutTake, Recipe, load_recipe
from engine.ingest import inspect
from engine.timeline import Clip, Cut
from fixtures import flashes
from fixtures.flashes import write_flashes

SECONDS = Fraction(8)
_RATE = 48_000
# A click within this distance of an edit is cut or faded, or it is the neighbour's.
_WHOLE = Fraction(1, 20)
# A frame's luma has steps of 6 ms, and the encoder adds noise.
LUMA_ERROR = 0.009
# Above the click of a take, which has its energy around 2 kHz; a step in the sound is as loud there as anywhere.
_ABOVE_CLICKS_HZ = 6000


def flash_takes(
    folder: Path, rates: Sequence[Fraction | None], noise_db: float = flashes.NOISE_DB
) -> dict[str, CutTake]:
    """Takes named 0, 1 … at these frame rates; None for uneven times."""
    made = {}
    for number, rate in enumerate(rates):
        path = write_flashes(folder / f"IMG_{number}.mov", rate, SECONDS, number, noise_db=noise_db)
        footage = inspect(path)
        assert footage.probe.picture is not None
        made[str(number)] = CutTake(str(number), footage.name, footage, "", footage.probe.picture.input_transform)
    return made


def plain_recipe(**picture: object) -> Recipe:
    """A small H.264 movie without burnt-in text, whose sound is only brought to its loudness."""
    recipe = load_recipe("review-proxy")
    assert recipe.picture is not None
    assert recipe.sound is not None
    return recipe.model_copy(
        update={
            "picture": recipe.picture.model_copy(update={"burn_in": (), "max_rate": None, "quality": 12, **picture}),
            "sound": recipe.sound.model_copy(update={"dialog": None, "limiter_db": 0.0}),
            "captions": None,
        }
    )


def edits(count: int, rate: Fraction, names: int) -> Cut:
    """A cut of `count` clips of 0.7 to 1.2 s at varied places of `names` takes, a number without the factor 7."""
    clips = []
    for number in range(count):
        length = int(rate * (7 + number * 3 % 6) / 10)
        start = number * 37 % int((SECONDS - 2) * rate)
        clips.append(Clip(str(number + 1), str(number * 7 % names), start, length, crossfade=(0, 480, 960)[number % 3]))
    return Cut("film", rate, 96, 54, tuple(clips))


def decoded(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """The luma of the left half of each frame, and the mono sound at 48 kHz."""
    with av.open(str(path)) as file:
        lumas = [
            frame.to_ndarray()[8 : frame.height - 8, 8 : frame.width // 2 - 8].mean() for frame in file.decode(video=0)
        ]
    with av.open(str(path)) as file:
        planar = av.AudioResampler(format="fltp", layout="mono", rate=_RATE)
        blocks = [part.to_ndarray()[0] for frame in file.decode(audio=0) for part in planar.resample(frame)]
    return np.array(lumas), np.concatenate(blocks)


@dataclass(frozen=True, slots=True)
class HeardBeat:
    """A click of a clip in a film: the number of its beat in the take, and its time in the film in seconds."""

    clip: Clip
    position: int
    beat: int
    heard: Fraction


def heard_beats(cut: Cut, sound: NDArray[np.float32]) -> Iterator[HeardBeat]:
    """The clicks of each clip that are at least 50 ms from its edits."""
    high = np.abs(sosfilt(butter(4, 1000, "highpass", fs=_RATE, output="sos"), sound))
    for clip, position in zip(cut.clips, cut.positions, strict=True):
        first = clip.start / cut.rate
        for beat in range(int(first / flashes.BEAT) + 1, int(clip.end / cut.rate / flashes.BEAT) + 1):
            inside = beat * flashes.BEAT - first
            if not _WHOLE < inside < clip.length / cut.rate - _WHOLE:
                continue
            around = int((position / cut.rate + inside) * _RATE)
            nearby = high[around - 1500 : around + 1500]
            loud = np.flatnonzero(nearby > nearby.max() / 2)
            # The click is loudest in its middle, 1.5 ms after its beat.
            yield HeardBeat(clip, position, beat, Fraction(int(around - 1500 + (loud[0] + loud[-1]) // 2 - 72), _RATE))


@dataclass(frozen=True, slots=True)
class Sync:
    """Frames compared with the clicks of their clips.

    `worst` is the largest distance in seconds, `steady` that of takes with a constant frame rate. `beyond` is the
    largest distance beyond that of the nearest recorded frame, which no film can better.
    """

    clicks: int
    clips: int
    worst: float
    steady: float
    beyond: float


def measure_sync(cut: Cut, takes: dict[str, CutTake], lumas: NDArray[np.float64], sound: NDArray[np.float32]) -> Sync:
    """Compares the time that each frame shows, from the first to the last of its clip, with the clip's clicks."""
    heard = list(heard_beats(cut, sound))
    worst = steady = beyond = 0.0
    for one in heard:
        footage = takes[one.clip.take or ""].footage
        grid, picture = footage.grid, footage.probe.picture
        assert grid is not None
        assert picture is not None
        times = np.array(grid.pts) * float(grid.time_base)
        for tick in range(one.position, one.position + one.clip.length):
            shown = (lumas[tick] - flashes.DARK) / (flashes.BRIGHT - flashes.DARK)
            heard_time = float(one.beat * flashes.BEAT + tick / cut.rate - one.heard)
            wanted = heard_time % 1
            # The ramp jumps at whole seconds.
            if 0.06 < wanted < 0.94:
                off = abs((shown - wanted + 0.5) % 1 - 0.5)
                worst = max(worst, off)
                if not picture.variable_frame_rate:
                    steady = max(steady, off)
                beyond = max(beyond, off - np.abs(times - heard_time).min())
    return Sync(len(heard), len({one.clip.id for one in heard}), float(worst), float(steady), float(beyond))


def measure_joins(cut: Cut, sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """The loudest millisecond within 20 ms of each join, in dB above the noise around it, also where a click is."""
    high = sosfilt(butter(8, _ABOVE_CLICKS_HZ, "highpass", fs=_RATE, output="sos"), sound)
    power = np.convolve(np.square(high), np.ones(48) / 48, "same")
    found = []
    for join in cut.positions[1:]:
        at = int(join / cut.rate * _RATE)
        floor = max(np.median(power[max(at - 6000, 0) : at - 960]), np.median(power[at + 960 : at + 6000]))
        found.append(10 * np.log10(power[at - 960 : at + 960].max() / floor))
    return np.array(found)


def joins_near_clicks(cut: Cut) -> int:
    """The number of joins where a take on either side has a click within 50 ms."""
    places = [(before.end, after.start) for before, after in zip(cut.clips, cut.clips[1:], strict=False)]
    half = flashes.BEAT / 2
    return sum(any(abs((place / cut.rate + half) % flashes.BEAT - half) < _WHOLE for place in pair) for pair in places)


def spliced(cut: Cut, noise_db: float) -> NDArray[np.float32]:
    """The recorded sounds of the clips, joined without fades."""
    parts: list[NDArray[np.float32]] = []
    done = 0
    for clip, position in zip(cut.clips, cut.positions, strict=True):
        count = int((position + clip.length) / cut.rate * _RATE) - done
        first = int(clip.start / cut.rate * _RATE)
        parts.append(flashes.sound_of(SECONDS, int(clip.take or ""), noise_db)[first : first + count])
        done += count
    return np.concatenate(parts)
