"""The forecast of a delivery as text: sizes, times, files, loudness, and why takes are refused."""

from __future__ import annotations

import re
from math import inf
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len
from rich.text import Text

from cwtui.console.widgets.text_layout import join_parts, pad, truncate, wrap, wrap_parts
from cwtui.formatting import describe_last, format_bit_rate, format_duration, format_level, plural
from cwtui.job_status import format_time_left
from engine.catalog import summarize_damage
from engine.deliver import Estimate, PlatformVerdict
from engine.studio import DeliveryForecast
from engine.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cwtui.console.theme import Palette

# The footage's metadata by the names that recipes use.
METADATA = {"location": "location", "device": "camera", "date": "dates"}
"""The kinds of metadata of footage that movies may keep, with the words for them."""
# The most files that exist already that are listed.
_EXISTING = 4
# In fewer cells, files have short descriptions.
_SENTENCES = 46
# A label that begins with the take's number and name.
_NAMED = re.compile(r"^(\d{3,})-\S+")


def render_readiness(verdicts: Sequence[PlatformVerdict], palette: Palette, width: int) -> Text:
    """Whether the deliverables are ready for the recipe's platform; the first one that is not, with the rules."""
    missed = [one for one in verdicts if not one.ready]
    if not verdicts:
        return Text()
    mark, style = ("!", "amber") if missed else ("✓", "accent")
    of = f"{len(missed)} of {len(verdicts)}: " if missed and len(verdicts) > 1 else ""
    text = Text()
    for n, line in enumerate(wrap(f"{of}{(missed or verdicts)[0].headline}", max(16, width - 4))):
        text.append(f"  {' ' if n else mark} ", palette.styles[style]).append(f"{line}\n", palette.styles["text"])
    return text


def render_forecast(
    forecast: DeliveryForecast,
    palette: Palette,
    width: int,
    kept: Collection[str] = (),
    *,
    of_cut: bool = False,
    plan_key: str = "",
) -> Text:
    """The deliverables' sizes, durations and loudness, the files that exist already, and why takes are refused.

    `kept` is what the files keep of the footage's metadata, `plan_key` the label of the key that chooses a plan.
    """
    styles, found = palette.styles, forecast.estimates
    text = Text().append("Estimate\n", styles["heading"])
    made_of = [one for one in found if not one.refused]
    if not found:
        return text.append("  —\n", styles["faint"])
    if not made_of:
        return text.append_text(_render_refused(found, palette, width, plan_key))
    takes = len({one.take or one.label for one in made_of})
    parts = [plural(takes, "film" if of_cut else "take")]
    if len(made_of) > takes:
        parts.append(plural(len(made_of), "range"))
    parts += [format_duration(float(sum(one.duration for one in made_of))), _size(made_of)]
    if files := sum(len(one.files) for one in made_of):
        parts.append(plural(files, "file"))
    for lines, style in ((parts, "strong"), (_times(forecast, made_of), "quiet")):
        for line in wrap_parts(lines, width - 3):
            text.append(f"  {line}\n", styles[style])
    text.append_text(_render_existing(forecast, palette, width))
    labels, values = [one.label for one in made_of], [_estimate_parts(one) for one in made_of]
    names = max(map(cell_len, labels), default=0)
    if names + max((cell_len(" · ".join(parts)) for parts in values), default=0) > width - 5:
        # The files above have the names.
        labels = [_NAMED.sub(r"\1", label) for label in labels]
        names = min(max(map(cell_len, labels), default=0), width // 3)
    for one, label, value in list(zip(made_of, labels, values, strict=True))[:12]:
        text.append(f"  {pad(label, names)} ", styles["quiet"])
        text.append(f"{join_parts(value, width - names - 5)}\n", styles["text"])
        if one.damage:
            for n, line in enumerate(wrap(f"confirm: {summarize_damage(one.damage)}", max(16, width - 7))):
                text.append(f"    {' ' if n else '!'} {line}\n", styles["amber"])
    if len(made_of) > 12:
        text.append(f"  and {len(made_of) - 12} more\n", styles["faint"])
    text.append_text(_render_refused(found, palette, width, plan_key))
    remain = [name for kind, name in METADATA.items() if kind in kept]
    removed = [name for kind, name in METADATA.items() if kind not in kept]
    if remain:
        text.append(f"  ! keeps {_listed(remain)}\n", styles["amber"])
    if removed:
        verb = "is" if removed in (["location"], ["camera"]) else "are"
        text.append(f"  {_listed(removed)} {verb} removed\n", styles["faint"])
    return text


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _times(forecast: DeliveryForecast, made_of: Sequence[Estimate]) -> list[str]:
    """How long the deliveries take, what is copied, and what came out last time."""
    parts = [f"takes {format_time_left(forecast.seconds)}"] if forecast.seconds is not None else []
    if copied := sum(one.copied for one in made_of):
        parts.append(f"{format_duration(float(copied))} copied without encoding")
    return parts + ([f"last time {describe_last(forecast.last)}"] if forecast.last else [])


def _render_refused(found: Sequence[Estimate], palette: Palette, width: int, plan_key: str) -> Text:
    """Why takes are refused, each reason once, with what to do: for a gate its rule, file and line, and who decides."""
    styles, text = palette.styles, Text()
    reasons: dict[tuple[str, str, bool], int] = {}
    for one in found:
        if one.refused:
            key = one.refused, one.hint, one.waits
            reasons[key] = reasons.get(key, 0) + 1
    hints: set[str] = set()
    for (reason, hint, waits), count in reasons.items():
        of = f"{count} of {len(found)}: " if count > 1 else ""
        for n, line in enumerate(wrap(f"{of}{reason}", max(16, width - 6))):
            text.append("    " if n else f"  {'!' if waits else '·'} ", styles["amber"])
            text.append(f"{line}\n", styles["amber" if waits else "text"])
        if hint and hint not in hints:
            hints.add(hint)
            for n, line in enumerate(wrap(hint, max(16, width - 8))):
                text.append("      " if n else "    → ", styles["amber"]).append(f"{line}\n", styles["quiet"])
    if plan_key and any(one.by_policy for one in found):
        text.append(f"    {plan_key} ", styles["accent"]).append("chooses another plan\n", styles["quiet"])
    return text


def _estimate_parts(one: Estimate) -> list[str]:
    """The size and rate of a deliverable's picture, its loudness and its bit rate."""
    parts = [f"{one.size[0]}×{one.size[1]} {float(one.rate or 0):.4g}"] if one.size else []
    if one.measured_lufs == -inf:
        parts.append("silent")
    elif one.lufs is not None:
        parts.append(f"{format_level(one.measured_lufs, '')} → {format_level(one.lufs)}")
    if one.bits:
        parts.append(format_bit_rate(one.bits))
    if one.passes == 2:
        parts.append("two passes")
    return parts


def _size(made_of: Sequence[Estimate]) -> str:
    sizes = [one.bytes for one in made_of]
    if None in sizes:
        return "size unknown: constant quality"
    return f"about {format_bytes(sum(size or 0 for size in sizes))}" if any(sizes) else "text"


def _render_existing(forecast: DeliveryForecast, palette: Palette, width: int) -> Text:
    """The files by what the delivery does with them: replaced, refused, skipped, new, or left from an earlier trim."""
    styles, text = palette.styles, Text()
    # Where the sentence does not fit, its first word says it.
    narrow = width < _SENTENCES
    fates: tuple[tuple[Literal["replaced", "refused", "skipped"], str, str, str], ...] = (
        ("replaced", "!", "amber", "will be replaced"),
        ("refused", "✗", "red", "not replaced"),
        ("skipped", "✓", "accent", "identical" if narrow else "identical, not built again"),
    )
    for fate, mark, style, says in fates:
        files = forecast.files(fate)
        for file in files[:_EXISTING]:
            reason = file.reason.removeprefix(f"{file.path} ") if fate == "refused" else ""
            story = f"{file.path.name} {says}{f': {reason}' if reason else ''}"
            text.append(f"  {mark} ", styles[style]).append(f"{truncate(story, width - 5)}\n", styles["text"])
        if (more := len(files) - _EXISTING) > 0:
            text.append(f"    and {plural(more, 'more file')} {says}\n", styles["faint"])
    new = forecast.new_files
    for name in new[:_EXISTING]:
        text.append("  + ", styles["accent"]).append(f"{truncate(name, width - 5)}\n", styles["text"])
    if (more := len(new) - _EXISTING) > 0:
        text.append(f"    and {plural(more, 'more new file')}\n", styles["faint"])
    for path in forecast.leftover[:_EXISTING]:
        story = f"{path.name} stays: it is from an earlier trim"
        text.append(f"  · {truncate(story, width - 5)}\n", styles["faint"])
    if (more := len(forecast.leftover) - _EXISTING) > 0:
        text.append(f"    and {plural(more, 'more file')} from an earlier trim\n", styles["faint"])
    return text
