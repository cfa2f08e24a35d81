"""Prompts about a take: the one that it is a retake of, the one to compare with, and its input transform."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cwtui.console.dialogs.partner_prompt import Partner, PartnerPrompt
from cwtui.console.dialogs.prompts import ChoicePrompt
from cwtui.console.dialogs.take_frame import FrameSource
from cwtui.console.dialogs.transform_prompt import TransformPrompt
from cwtui.console.snapshot import Snapshot
from cwtui.console.workers.take_media import TakeMedia
from cwtui.formatting import plural, take_timecode
from engine.catalog import Take
from engine.color_encoding import INPUT_TRANSFORMS

_TRANSFORM_TITLES = {
    "apple-log": "Apple Log", "apple-log-2": "Apple Log 2", "hlg": "HLG", "pq": "PQ (HDR10)", "rec709": "Rec.709",
    "srgb": "sRGB",
}  # fmt: skip
_MAX_TAKES = 12
_MAX_COMPARED = 200


def retake_prompt(
    takes: Sequence[Take], snapshot: Snapshot, media_of: Callable[[Take], TakeMedia | None], suggested: Take | None
) -> ChoicePrompt:
    """Returns a prompt for the id of the take that these are retakes of; "" for none of them.

    It lists the takes of the session that are nearest to the last one. The suggested one is selected.
    """
    rejected, last = {take.id for take in takes}, takes[-1]
    near = [one for one in snapshot.takes if one.id not in rejected and one.session == last.session]
    near.sort(key=lambda one: abs(one.number - last.number))
    near = near[:_MAX_TAKES]
    if suggested and suggested not in near:
        near.insert(0, suggested)
    listed = [(one.id, one.label, (media_of(one) or TakeMedia()).first_words) for one in near]
    return ChoicePrompt(
        f"Reject {last.label}, or mark as a retake of"
        if len(takes) == 1
        else f"Reject {plural(len(takes), 'take')}, or mark as retakes of",
        [("", "No other take", "just reject"), *listed],
        suggested.id if suggested else "",
    )


def comparison_prompt(
    take: Take,
    snapshot: Snapshot,
    media_of: Callable[[Take], TakeMedia | None],
    suggested: Take | None,
    frames: FrameSource,
) -> PartnerPrompt:
    """Returns a prompt for the id of the take to compare with: linked takes first, then the nearest.

    The suggested one is selected.
    """
    index = snapshot.index_of

    def order(one: Take) -> tuple[bool, int]:
        return not _linked(take, one, snapshot), abs(index[one.id] - index[take.id])

    listed = sorted((one for one in snapshot.takes if one.id != take.id), key=order)[:_MAX_COMPARED]
    if suggested and suggested not in listed:
        listed.insert(0, suggested)

    def partner_of(other_id: str) -> Partner:
        one = snapshot.by_id[other_id]
        review, media = snapshot.review(one), media_of(one) or TakeMedia()
        return Partner(
            one,
            f"{one.captured_at:%d %b %H:%M}",
            take_timecode(one),
            review.verdict or "",
            review.star,
            _linked(take, one, snapshot) or _likely(take, one, media_of),
            media.first_words,
        )

    at = suggested or (listed[0] if listed else None)
    return PartnerPrompt(
        f"Compare {take.label} with", [one.id for one in listed], partner_of, at.id if at else None, frames
    )


def _linked(take: Take, other: Take, snapshot: Snapshot) -> str:
    """How the decisions link a take with another one; empty if they do not."""
    if snapshot.review(other).retake_of == take.id:
        return f"retake of {take.number:03d}"
    return f"{take.number:03d} is its retake" if snapshot.review(take).retake_of == other.id else ""


def _likely(take: Take, other: Take, media_of: Callable[[Take], TakeMedia | None]) -> str:
    """Says that two takes have the same lines, by the transcripts that are loaded."""
    from engine.speech import has_same_lines

    mine, theirs = (media.transcript if (media := media_of(one)) else None for one in (take, other))
    return "same lines" if mine and theirs and has_same_lines(mine.words, theirs.words) else ""


def transform_prompt(takes: Sequence[Take], shown: Take | None, frames: FrameSource) -> TransformPrompt:
    """Returns a prompt for the input transform of log takes, which is never guessed; `shown` is in the frame first."""
    at = takes.index(shown) if shown in takes else 0
    suggested = {take.probe.picture.suggested_input_transform for take in takes if take.probe.picture}
    remark = "from file metadata" if len(suggested) == 1 else "some files name it"
    choices = [
        (str(one), _TRANSFORM_TITLES[str(one)], remark if one in suggested else "")
        for one in INPUT_TRANSFORMS
        if str(one) in _TRANSFORM_TITLES
    ]
    first = next((choice for choice, _, said in choices if said), None)
    return TransformPrompt(takes, choices, first, frames, at)
