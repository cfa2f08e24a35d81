"""Prompts for decisions about a take: the take that it is a retake of, and its input transform."""

from __future__ import annotations

from collections.abc import Callable

from cwtui.console.dialogs.prompts import ChoicePrompt
from cwtui.console.snapshot import Snapshot
from cwtui.console.workers.take_media import TakeMedia
from engine.catalog import Encoding, Take

_TRANSFORM_TITLES = {
    "apple-log": "Apple Log", "apple-log-2": "Apple Log 2", "hlg": "HLG", "pq": "PQ (HDR10)", "rec709": "Rec.709",
    "srgb": "sRGB",
}  # fmt: skip
_MAX_TAKES = 12
_MAX_COMPARED = 200


def retake_prompt(
    take: Take, snapshot: Snapshot, media_of: Callable[[Take], TakeMedia | None], suggested: Take | None
) -> ChoicePrompt:
    """Returns a prompt for the id of the take that this one is a retake of; "" for none of them.

    It lists the nearest takes of the session. The suggested one is selected.
    """
    near = [one for one in snapshot.takes if one.id != take.id and one.session == take.session]
    near.sort(key=lambda one: abs(one.number - take.number))
    near = near[:_MAX_TAKES]
    if suggested and suggested not in near:
        near.insert(0, suggested)
    listed = [(one.id, one.label, (media_of(one) or TakeMedia()).first_words) for one in near]
    return ChoicePrompt(
        f"Reject {take.label}, or mark as a retake of",
        [("", "No other take", "just reject it"), *listed],
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


def transform_prompt(take: Take) -> ChoicePrompt:
    """Returns a prompt for the input transform of a log take, which is never guessed."""
    picture = take.probe.picture
    suggested = picture.suggested_input_transform if picture else None
    choices = [
        (str(one), _TRANSFORM_TITLES[str(one)], "from file metadata" if one == suggested else "")
        for one in Encoding
        if str(one) in _TRANSFORM_TITLES
    ]
    return ChoicePrompt(f"Input transform for {take.label}", choices, str(suggested) if suggested else None)
