"""Estimates a deliverable before it is built: size, frame rate, duration, loudness, and reasons for refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.catalog import UNCHECKED, Condition, Damage
from engine.deliver.condition import SourceCondition
from engine.deliver.cut_copy import CopyPlan
from engine.deliver.cut_request import CutRequest
from engine.deliver.frames_recipe import FramesRecipe
from engine.deliver.receipt import Deliverable
from engine.deliver.recipe import SoundRecipe
from engine.deliver.request import DeliverableRequest, refuse_impossible
from engine.errors import EngineError, GateError
from engine.ingest import Footage
from engine.sound import Loudness, Target, static_gain
from engine.transfer import recording_files

_PCM_BITS = 24


@dataclass(frozen=True, slots=True)
class Estimate:
    """The estimated deliverable of one stretch of `take`.

    `duration` is in seconds, `bits` in bits per second of the whole file.
    `size` is (width, height) in pixels, `rate` in frames per second, both None without a picture. `bits` is None if
    quality is constant and no earlier deliverable of this recipe exists; `from_history` is true if `bits` comes from
    earlier deliverables. `measured_lufs` is the loudness of the sound now, `lufs` the loudness after one gain under
    the ceiling; both None if nothing was measured or the recipe has no sound. `refused` is the reason if the request
    is impossible, `hint` says what to do, `waits` is true if it only needs a decision of the user, and
    `by_policy` if a policy refuses it. `damage` is that
    of the stretch, which is delivered only if the user accepts it. `files` are the names of the files. `copied` are the
    seconds of a film whose packets are copied. `passes` are those of the encoder.
    """

    label: str
    duration: Fraction = Fraction(0)
    size: tuple[int, int] | None = None
    rate: Fraction | None = None
    bits: float | None = None
    from_history: bool = False
    measured_lufs: float | None = None
    lufs: float | None = None
    refused: str = ""
    hint: str = ""
    waits: bool = False
    by_policy: bool = False
    damage: tuple[Damage, ...] = ()
    take: str = ""
    files: tuple[str, ...] = ()
    copied: Fraction = Fraction(0)
    passes: int = 1

    @property
    def bytes(self) -> float | None:
        """The approximate file size in bytes."""
        return None if self.bits is None else float(self.duration) * self.bits / 8


def estimate_deliverable(
    order: DeliverableRequest,
    loudness: Loudness | None,
    before: Sequence[Deliverable] = (),
    condition: Condition = UNCHECKED,
) -> Estimate:
    """Estimates a request; `before` are the project's earlier deliverables by the same recipe."""
    try:
        refuse_impossible(order)
    except EngineError as error:
        return Estimate(order.label, refused=error.message, hint=error.hint, waits=isinstance(error, GateError))
    recipe, picture = order.recipe, order.footage.probe.picture
    bits: float | None = 0.0
    learnt = False
    size, rate = None, None
    if recipe.picture is not None and picture is not None:
        size, rate = recipe.picture.size(picture), picture.frame_rate
        bits = recipe.picture.bits_per_second(*size, rate)
        if bits is None and before:
            bits, learnt = _measured_bit_rate(before), True
    if recipe.frames is not None and picture is not None:
        size, rate = (picture.display_width, picture.display_height), picture.frame_rate
        bits, learnt = _frame_bits(recipe.frames, size, rate, before)
    hears = any(track.decodable for track in order.footage.probe.sound)
    lufs_now, lufs = None, None
    if recipe.sound is not None and hears:
        if bits is not None and not learnt:
            bits += _sound_bits(recipe.sound)
        if loudness is not None:
            target = Target(lufs=recipe.sound.lufs, true_peak_ceiling_dbtp=recipe.sound.true_peak_dbtp)
            lufs_now = loudness.integrated_lufs
            gain = static_gain(loudness, target)
            lufs = lufs_now + gain.db
            if gain.held_by == "ceiling":
                # The limiter may do less than this, if its share of the time is used up.
                lufs = min(target.lufs, lufs + recipe.sound.limiter_db)
    if recipe.archive is not None:
        bits = _archive_bits([order.footage], order.duration)
    damage = SourceCondition(order, condition).damage
    return Estimate(
        order.label,
        duration=order.duration,
        size=size,
        rate=rate,
        bits=bits,
        from_history=learnt,
        measured_lufs=lufs_now,
        lufs=lufs,
        damage=damage,
        passes=recipe.picture.passes if recipe.picture else 1,
    )


def estimate_cut(order: CutRequest, before: Sequence[Deliverable] = (), plan: CopyPlan | None = None) -> Estimate:
    """Estimates the film of a possible cut (`refuse_impossible_cut`); arguments as of `estimate_deliverable`.

    What the `plan` copies has the size of its packets.
    """
    recipe, size = order.recipe, order.frame_size
    bits: float | None = 0.0
    learnt = False
    copied = sum((part.duration for part in plan.copied), Fraction(0)) if plan else Fraction(0)
    if recipe.picture is not None and size:
        bits = recipe.picture.bits_per_second(*size, order.rate)
        if bits is None and before:
            bits, learnt = _measured_bit_rate(before), True
    if plan and copied and (bits is not None or copied == order.duration):
        packets = 8 * sum(part.bytes for part in plan.copied)
        bits = (packets + (bits or 0) * float(order.duration - copied)) / float(order.duration)
        learnt = False
    if recipe.frames is not None and size:
        bits, learnt = _frame_bits(recipe.frames, size, order.rate, before)
    if recipe.sound is not None and order.has_sound and bits is not None and not learnt:
        bits += _sound_bits(recipe.sound)
    if recipe.archive is not None:
        bits = _archive_bits([order.takes[take].footage for take in order.cut.takes], order.duration)
    rate = order.rate if recipe.shows else None
    passes = recipe.picture.passes if recipe.picture else 1
    return Estimate(
        order.label,
        duration=order.duration,
        size=size,
        rate=rate,
        bits=bits,
        from_history=learnt,
        copied=copied,
        passes=passes,
    )


def _archive_bits(originals: Sequence[Footage], duration: Fraction) -> float:
    """The size of originals as bits per second of what is archived."""
    files = [path for one in originals for path in recording_files(one.path)]
    size = sum(path.stat().st_size for path in files if path.is_file())
    return size * 8 / float(duration) if duration else 0.0


def _frame_bits(
    recipe: FramesRecipe, size: tuple[int, int], rate: Fraction, before: Sequence[Deliverable]
) -> tuple[float, bool]:
    """Bits per second of numbered frames: those of earlier ones of this size, else without compression; and which."""
    known = [one for one in before if one.sequence and (one.sequence.width, one.sequence.height) == size]
    if known and (learnt := _measured_bit_rate(known)) is not None:
        return learnt, True
    return recipe.most_bytes(*size) * 8 * float(rate), False


def _sound_bits(recipe: SoundRecipe) -> int:
    """The bit rate of a sound in bits per second."""
    return recipe.bit_rate if recipe.codec != "wav" else recipe.sample_rate * recipe.channels * _PCM_BITS


def _measured_bit_rate(before: Sequence[Deliverable]) -> float | None:
    """The average bit rate of existing movies or frames in bits per second."""
    seconds = sum((one.duration for one in before), Fraction(0))
    count = sum(file.bytes for one in before for file in one.files if file.role == "movie")
    count += sum(one.sequence.bytes for one in before if one.sequence)
    return count * 8 / float(seconds) if seconds and count else None
