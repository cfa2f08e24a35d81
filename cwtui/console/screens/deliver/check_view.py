"""Checks of deliveries as text: those that failed first, each with what to do; then the others in two columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.text import Text

from cwtui.check_text import advice, describe_difference, format_value, is_accepted, is_failed, is_warning
from cwtui.console.widgets.text_layout import pad, truncate, wrap
from cwtui.formatting import plural

if TYPE_CHECKING:
    from cwtui.console.theme import Palette
    from engine.deliver import Deliverable

# The most deliveries that failed, failed checks of one of them, passed checks, those of a running delivery, and lines
# of a measured value.
_FAILED, _FAULTS, _PASSED, _RUNNING, _LINES = 3, 3, 14, 5, 2
_GAP = 2

CheckValues = Mapping[str, Any]
"""A check as in a receipt's JSON."""


def render_failures(deliveries: Iterable[Deliverable], palette: Palette, width: int) -> Text:
    """The deliveries that failed: the first failed checks of each, with measured, wanted and what to do."""
    styles, text = palette.styles, Text()
    failed = [one for one in deliveries if any(check.failed for check in one.checks)]
    for one in failed[:_FAILED]:
        checks = [check.model_dump() for check in one.checks if check.failed]
        text.append(f"✗ {one.take}: ", styles["red"])
        text.append(f"{plural(len(checks), 'check')} of {len(one.checks)} failed\n", styles["red"])
        text.append_text(render_faults(checks, palette, width, one.files[0].path if len(one.files) > 1 else ""))
    if (more := len(failed) - _FAILED) > 0:
        text.append(f"  and {plural(more, 'more delivery', 'more deliveries')} that failed\n", styles["faint"])
    return text


def render_faults(checks: Sequence[CheckValues], palette: Palette, width: int, main_file: str = "") -> Text:
    """Failed checks with what was measured and wanted, and what to do. Files other than `main_file` are named."""
    styles, text = palette.styles, Text()
    for check in checks[:_FAULTS]:
        file = check.get("file") or ""
        named = f"{check['name']} ({file})" if main_file and file and file != main_file else check["name"]
        _append_lines(text, "  ✗ ", wrap(named, width - 4), styles["red"], styles["strong"])
        _append_lines(text, "    ", wrap(describe_difference(check), width - 4), styles["text"], styles["text"])
        _append_lines(text, "    → ", wrap(advice(check), width - 6), styles["amber"], styles["quiet"])
    if (more := len(checks) - _FAULTS) > 0:
        text.append(f"    and {plural(more, 'more check')} failed\n", styles["faint"])
    return text


def render_passed(
    checks: Sequence[CheckValues], palette: Palette, width: int, *, named_files: bool = False, most: int = _PASSED
) -> Text:
    """Passed checks with what was measured, in two columns; a long name or value continues on the next line."""
    styles, text = palette.styles, Text()
    shown = checks[:most]
    longest = max((cell_len(check["name"]) for check in shown), default=0)
    names = min(longest, max(16, (width - 6) * 2 // 5))
    room = max(8, width - 6 - names - _GAP)
    for check in shown:
        value = format_value(check["name"], check["measured"])
        if named_files and (file := check.get("file")):
            value = f"{value}  {file}"
        left, right = wrap(check["name"], names), wrap(value, room)
        if len(right) > _LINES:
            right = [*right[: _LINES - 1], truncate(" ".join(right[_LINES - 1 :]), room)]
        for n in range(max(len(left), len(right))):
            text.append("    " if n else "  ✓ ", styles["accent"])
            text.append(pad(left[n] if n < len(left) else "", names + _GAP), styles["quiet"])
            text.append(f"{right[n] if n < len(right) else ''}\n", styles["text"])
    if (more := len(checks) - most) > 0:
        text.append(f"    and {more} more\n", styles["faint"])
    return text


def render_running(checks: Sequence[CheckValues], palette: Palette, width: int) -> Text:
    """The finished checks of a running delivery: those that failed, warnings, and the last ones that passed."""
    styles, text = palette.styles, Text()
    passed = [check for check in checks if check["passed"]]
    text.append_text(render_faults([check for check in checks if is_failed(check)], palette, width))
    for check in checks:
        if is_warning(check) or is_accepted(check):
            line = f"{check['name']}: {describe_difference(check)}"
            _append_lines(text, "  ! ", wrap(line, width - 4), styles["amber"], styles["amber"])
    if passed:
        earlier = len(passed) - _RUNNING
        if earlier > 0:
            text.append(f"  ✓ {plural(earlier, 'check')} passed, then\n", styles["quiet"])
        text.append_text(render_passed(passed[-_RUNNING:], palette, width))
    return text


def _append_lines(text: Text, mark: str, lines: Sequence[str], first: Any, style: Any) -> None:
    for n, line in enumerate(lines):
        text.append(" " * cell_len(mark) if n else mark, first).append(f"{line}\n", style)
