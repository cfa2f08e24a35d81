"""Checks of a finished file's sound over time and by channel, against the sound that was mastered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.kinds import Kind
from engine.deliver.checks.registry import check
from engine.deliver.checks.sound import is_silent
from engine.deliver.receipt import Check
from engine.time import format_short_time

if TYPE_CHECKING:
    from engine.sound import ChannelFigures, SoundProfile, SoundStretch

_AGAIN = "Deliver it again. If it fails again, listen to the take there with `cwtui listen`."
_KINDS: tuple[Kind, ...] = ("movie", "sound")

# Level differences of the sides that are those of the source the other way round.
_SWAPPED = -0.5
# Correlations of left and right: a source at or above the first has a common sound, which is inverted in a result at or
# below the second.
_COMMON, _INVERTED = 0.3, -0.3
# A source at or below the first has two channels; a result at or above the second has one, twice.
_TWO, _ONE = 0.9, 0.9995

_SIDES = ("left", "right")
_SHOWN = 3


@check("lost-sound", "Lost sound", remedy=_AGAIN, applies_to=_KINDS)
def lost_sound(finished: Finished) -> Iterator[Check]:
    """The file is nowhere silent for half a second where the mastered sound is not: 30 dB below it, gain considered.
    A file that is silent from start to end is the subject of another check.
    """
    pair = _profiles(finished)
    if pair and finished.loudness and not is_silent(finished.loudness):
        from engine.sound import missing_sound

        yield judge_lost_sound(missing_sound(*pair))


@check("lost-channel", "Lost channel", remedy=_AGAIN, applies_to=_KINDS)
def lost_channel(finished: Finished) -> Iterator[Check]:
    """Each channel has the sound of the mastered one, and the two channels differ if those of the source differ."""
    if pair := _profiles(finished):
        from engine.sound import channel_figures, missing_channels

        yield judge_lost_channels(missing_channels(*pair), channel_figures(*pair))


@check("swapped-channels", "Swapped channels", remedy=_AGAIN, applies_to=_KINDS)
def swapped_channels(finished: Finished) -> Iterator[Check]:
    """The left channel is the source's left one, and the right one its right: the same sides are louder."""
    if pair := _profiles(finished):
        from engine.sound import channel_figures

        yield judge_sides(channel_figures(*pair))


@check("inverted-channel", "Inverted channel", remedy=_AGAIN, applies_to=_KINDS)
def inverted_channel(finished: Finished) -> Iterator[Check]:
    """No channel is inverted against the other one where the source's channels are in phase."""
    if pair := _profiles(finished):
        from engine.sound import channel_figures

        yield judge_polarity(channel_figures(*pair))


def _profiles(finished: Finished) -> tuple[SoundProfile, SoundProfile] | None:
    """The profiles of the mastered sound's source and of the file; None without sound."""
    if finished.master and finished.source_profile and finished.profile:
        return finished.source_profile, finished.profile
    return None


def judge_lost_sound(found: Sequence[SoundStretch]) -> Check:
    """The verdict on stretches without sound."""
    return Check(
        name="lost sound",
        passed=not found,
        measured=f"silent {_places(found)}" if found else "none",
        wanted="sound wherever the source has sound",
    )


def judge_lost_channels(found: Sequence[tuple[int, SoundStretch]], figures: ChannelFigures | None) -> Check:
    """The verdict on channels without sound, and on two channels that became one."""
    measured = "; ".join(
        f"{side} silent {_places(places)}"
        for number, side in enumerate(_SIDES)
        if (places := [one for channel, one in found if channel == number])
    )
    before, after = (None, None) if figures is None else (figures.source_correlation, figures.result_correlation)
    if not measured and before is not None and after is not None and before <= _TWO and after >= _ONE:
        measured = f"both channels are the same: correlation {after:.2f}, in the source {before:.2f}"
    return Check(
        name="lost channel", passed=not measured, measured=measured or "none", wanted="both channels, as in the source"
    )


def judge_sides(figures: ChannelFigures | None) -> Check:
    """The verdict on the sides: passed if they cannot be told apart."""
    name, wanted = "swapped channels", "left and right as in the source"
    if figures is None or figures.sides is None:
        return Check(name=name, passed=True, measured="not measurable: both sides are equally loud", wanted=wanted)
    measured = f"correlation of the sides {figures.sides:+.2f}".replace("-", "−")
    return Check(name=name, passed=figures.sides > _SWAPPED, measured=measured, wanted=wanted)


def judge_polarity(figures: ChannelFigures | None) -> Check:
    """The verdict on the polarity of the channels: passed if they have nothing in common."""
    name, wanted = "inverted channel", "channels in phase as in the source"
    before, after = (None, None) if figures is None else (figures.source_correlation, figures.result_correlation)
    if before is None or after is None or abs(before) < _COMMON:
        return Check(
            name=name, passed=True, measured="not measurable: the channels have nothing in common", wanted=wanted
        )
    inverted = after <= _INVERTED if before > 0 else after >= -_INVERTED
    measured = f"correlation of left and right {after:+.2f}, in the source {before:+.2f}".replace("-", "−")
    return Check(name=name, passed=not inverted, measured=measured, wanted=wanted)


def _places(found: Sequence[SoundStretch]) -> str:
    places = [f"{format_short_time(one.start, 1)} to {format_short_time(one.end, 1)}" for one in found[:_SHOWN]]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(places) + more
