"""Prompts for decisions about a take: the take that it is a retake of, and its input transform."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cwtui.console.dialogs.prompts import ChoicePrompt
from cwtui.console.dialogs.transform_prompt import FrameSource, TransformPrompt
from cwtui.console.snapshot import Snapshot
from cwtui.console.workers.take_media import TakeMedia
from cwtui.formatting import plural
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
    take: Take, snapshot: Snapshot, media_of: Callable[[Take], TakeMedia | None], suggested: Take | None
) -> ChoicePrompt:
    """Returns a prompt for the id of the take to compare with, the nearest first. The suggested one is selected."""
    index = snapshot.index_of
    others = sorted(
        (one for one in snapshot.takes if one.id != take.id), key=lambda one: abs(index[one.id] - index[take.id])
    )
    near = others[:_MAX_COMPARED]
    if suggested and suggested not in near:
        near.insert(0, suggested)
    listed = [
        (
            one.id,
            one.label,
            (media_of(one) or TakeMedia()).first_words if n < _MAX_TAKES else f"{one.captured_at:%d %b %H:%M}",
        )
        for n, one in enumerate(near)
    ]
    return ChoicePrompt(f"Compare {take.label} with", listed, (suggested or near[0]).id if near else None)


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
