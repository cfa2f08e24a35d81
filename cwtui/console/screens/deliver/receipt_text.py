"""The receipts of a recipe as a text to scroll: checks, files, inputs and tools of each delivery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rich.text import Text

from cwtui.check_text import describe_difference
from cwtui.console.screens.deliver.check_view import render_faults, render_passed
from cwtui.console.widgets.text_layout import wrap
from cwtui.formatting import plural
from engine.deliver import Approval, Deliverable, StoredRecipe
from engine.time import format_time
from engine.units import format_bytes

if TYPE_CHECKING:
    from cwtui.console.theme import Palette

_LABEL = 12


def render_receipt(recipe: StoredRecipe, seals: Mapping[str, str], palette: Palette, width: int) -> Text:
    """The deliveries of a recipe, the newest first. `seals` says by source digest how an original is sealed."""
    text = Text()
    for n, (delivery, approval) in enumerate(recipe.deliveries):
        text.append("\n" if n else "")
        text.append_text(_render_delivery(delivery, approval, seals, palette, width))
    return text


def _render_delivery(
    one: Deliverable, approval: Approval | None, seals: Mapping[str, str], palette: Palette, width: int
) -> Text:
    styles = palette.styles
    text = Text().append(f"{one.take}\n", styles["heading"])
    failed = [check.model_dump() for check in one.checks if check.failed]
    verdict, kind = f"✓ {plural(len(one.checks), 'check')}", "accent"
    if failed:
        verdict, kind = f"✗ {len(failed)} of {plural(len(one.checks), 'check')} failed", "red"
    elif not one.complete or any(check.warning for check in one.checks):
        verdict, kind = f"! {plural(len(one.checks), 'check')}, none failed", "amber"
    text.append(f"  {verdict}", styles[kind]).append(f"   {one.made_at:%d %b %Y, %H:%M} UTC\n", styles["quiet"])
    if not one.complete:
        text.append("  ! the source is incomplete, which was accepted\n", styles["amber"])
    text.append_text(render_faults(failed, palette, width))
    for check in one.checks:
        if not (check.passed or check.failed):
            kind = "accepted" if check.accepted else "warning"
            line = f"{kind}: {check.name}: {describe_difference(check.model_dump())}"
            _append(text, "  ! ", wrap(line, width - 4), styles["amber"])
    for title, rows in (
        ("Files", list(_file_rows(one))),
        ("Inputs", list(_input_rows(one, seals))),
        ("Made by", list(_tool_rows(one, approval))),
    ):
        text.append(f"  {title}\n", styles["quiet"])
        for label, value in rows:
            _append(
                text, f"    {label:<{_LABEL}}" if label else "    ", wrap(value, width - 4 - _LABEL), styles["text"]
            )
    passed = [check.model_dump() for check in one.checks if check.passed]
    text.append(f"  {plural(len(passed), 'check')} passed\n", styles["quiet"])
    text.append_text(render_passed(passed, palette, width, named_files=len(one.files) > 1, most=len(passed)))
    for note in one.notes:
        _append(text, "  · ", wrap(note, width - 4), styles["faint"])
    return text


def _file_rows(one: Deliverable) -> Iterator[tuple[str, str]]:
    for file in one.files:
        yield file.role, f"{file.path}, {format_bytes(file.bytes)}"
        yield "SHA-256", file.sha256


def _input_rows(one: Deliverable, seals: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if one.cut:
        yield "cut", f"“{one.cut.name}”, {plural(one.cut.clips, 'clip')}, {format_time(one.duration, 2)}"
        yield "SHA-256", one.cut.digest
        if one.cut.copied:
            copied = sum(part.duration for part in one.cut.copied)
            yield "copied", f"{format_time(copied, 2)} without encoding"
        for take in one.cut.takes:
            yield "take", f"{take.take}{'' if take.complete else ', incomplete'}"
            yield "XXH128", take.source_digest
            yield "seal", seals.get(take.source_digest, "not sealed in this studio")
    else:
        yield "take", f"{one.take}, from {format_time(one.start, 2)}, for {format_time(one.duration, 2)}"
        if one.source_digest:
            yield "XXH128", one.source_digest
            yield "seal", seals.get(one.source_digest, "not sealed in this studio")
    yield "recipe", f"{one.recipe}, {one.recipe_digest}"
    if one.conversion:
        yield "colours", one.conversion
    if one.looks:
        yield "look", ", ".join(look.name for look in one.looks)
    if one.sound_track:
        yield "sound", f"track {one.sound_track.index}: {one.sound_track.reason}"
    if one.gain_db is not None:
        yield "gain", one.described_gain


def _tool_rows(one: Deliverable, approval: Approval | None) -> Iterator[tuple[str, str]]:
    yield "tools", one.made_by
    if one.platform:
        yield "platform", one.platform.summary
    if approval:
        yield "review", f"{approval.by} approved it on {approval.at:%d %b %Y, %H:%M} UTC (“{approval.review}”)"
    elif one.approval:
        yield "review", f"“{one.approval}” is missing"


def _append(text: Text, mark: str, lines: list[str], style: object) -> None:
    for n, line in enumerate(lines):
        text.append(f"{' ' * len(mark) if n else mark}{line}\n", style)  # type: ignore[arg-type]
