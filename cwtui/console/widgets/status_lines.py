"""The lines around every room: where one is, which keys matter here, and how the studio is."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from cwtui.console.actions import LETTERS, MODE_NAMES, actions_of, global_actions
from cwtui.console.keymap import key_label, keys_of
from cwtui.console.widgets.progress_bar import job_progress
from cwtui.console.widgets.text_layout import truncate
from cwtui.formatting import format_bytes, format_duration, plural
from engine.catalog import Job, JobState

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from cwtui.console.screens.base import ModeScreen

_BAR = 8
# Narrower, the line says no more than where one is.
_MIN_WIDTH = 60
# Bytes on the disk; less is soon gone when a take is rendered.
_LOW_DISK_BYTES = 20e9


class _StatusLine(Widget):
    """One line of text, drawn by the console's ink."""

    _rendered: tuple[str, str] = ("", "")

    def refresh_changed(self) -> None:
        """Drawn anew where it became different."""
        if self.is_mounted and self.size.width:
            now = (self.render().markup, self.app.theme)
            if now != self._rendered:
                self._rendered = now
                self.refresh()

    def render(self) -> Text:
        """The line."""
        raise NotImplementedError

    @property
    def console_app(self) -> ConsoleApp:
        """The console, typed."""
        from cwtui.console.app import ConsoleApp

        assert isinstance(self.app, ConsoleApp)
        return self.app

    def _justify(self, left: Text, right: Text) -> Text:
        """The one at the left, the other at the right, where both have room."""
        gap = self.size.width - left.cell_len - right.cell_len
        if gap < 1:
            left.truncate(max(0, self.size.width - right.cell_len - 1), overflow="ellipsis")
            gap = max(1, self.size.width - left.cell_len - right.cell_len)
        return left + Text(" " * gap) + right


class ScreenHeader(_StatusLine):
    """Studio ▸ project, the rooms with their letters, what needs an answer."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def render(self) -> Text:
        """One line, shorter words where there is less room."""
        app = self.console_app
        styles, project = app.palette.styles, app.snapshot.project
        waiting = len({take.id for take in (*app.snapshot.needs_confirmation, *app.snapshot.new_damage)})
        need = f"● {waiting} need{'s' if waiting == 1 else ''} you " if waiting else ""
        name = truncate(project.name if project else app.folder.name, 24)
        full = sum(len(mode) + 4 for mode in MODE_NAMES)
        width = self.size.width - 15 - cell_len(name) - cell_len(need)
        if self.size.width < _MIN_WIDTH:
            left = Text().append(f" {LETTERS[self._mode]} {self._mode.capitalize()}", styles["here"])
            return self._justify(left.append(f"  {name}", styles["strong"]), Text(need, styles["amber"]))
        left = Text().append(" Cleanwater", styles["here"])
        left.append(f"  {name}  ", styles["strong"])
        for mode in MODE_NAMES:
            here = mode == self._mode
            if width >= full or here:
                left.append(f" {LETTERS[mode]}", styles["here" if here else "quiet"])
                left.append(f" {mode.capitalize()} ", styles["here" if here else "faint"])
            else:
                left.append(f" {LETTERS[mode]}", styles["quiet"])
        return self._justify(left, Text(need, styles["amber"]))


class KeyHints(_StatusLine):
    """The keys that matter here and now; for a while, what there is to say instead."""

    message: reactive[tuple[str, str]] = reactive(("", ""))

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def render(self) -> Text:
        """One line."""
        app = self.console_app
        styles = app.palette.styles
        text, kind = self.message
        if text:
            mark = {"done": "✓", "refused": "→", "wrong": "✗"}[kind]
            style = styles[{"done": "accent", "refused": "amber", "wrong": "red"}[kind]]
            return Text(f" {mark} ", style) + Text(truncate(text, self.size.width - 4), styles["text"])
        line = Text(" ")
        # The one around it: while another is furnished this line is still drawn.
        screen = cast("ModeScreen", self.screen)
        # What is written is no order.
        editing = screen.editing
        # Help first: who knows that key finds all others.
        listed = sorted((*actions_of(self._mode), *global_actions()), key=lambda action: action.id != "help")
        for action in listed:
            keys = [key for key in keys_of(action, app.keymap) if not editing or key.startswith(("ctrl+", "escape"))]
            if not action.short or not keys or app.disabled_reason(action.id, screen):
                continue
            key, word = key_label(keys[0]), action.short
            if line.cell_len + cell_len(key) + cell_len(word) + 4 > self.size.width:
                break
            line.append(key, styles["accent"]).append(f" {word}   ", styles["quiet"])
        return line


class StatusBar(_StatusLine):
    """Jobs, disk, GPU, link, and whether anything leaves this machine."""

    def render(self) -> Text:
        """One line; what matters least goes first where there is no room."""
        app = self.console_app
        styles, snapshot = app.palette.styles, app.snapshot
        left = Text(" ")
        left.append_text(_job_summary(snapshot.jobs, snapshot.open_job_count, app))
        if snapshot.open_job_count and snapshot.studio_process is None:
            left.append("  studio process not running: J, then s", styles["amber"])
        exposed = [job.title for job in snapshot.jobs if job.network and job.state is JobState.RUNNING]
        exposure = f"network: {exposed[0]}" if exposed else "nothing leaves this machine"
        disk = f"{format_bytes(snapshot.disk_free)} free" if snapshot.disk_free else ""
        parts = {
            "disk": Text(disk, styles["amber" if snapshot.disk_free < _LOW_DISK_BYTES else "quiet"]),
            "gpu": Text(app.gpu, styles["quiet"]),
            "link": Text(app.link.summary, styles["amber" if app.link.slow else "quiet"]),
            "exposure": Text(exposure, styles["amber" if exposed else "quiet"]),
        }
        parts = {name: part for name, part in parts.items() if part.plain}
        for least in ("gpu", "link", "disk"):
            if sum(part.cell_len + 3 for part in parts.values()) > self.size.width - left.cell_len - 2:
                parts.pop(least, None)
        return self._justify(left, Text("   ").join([*parts.values(), Text("")]))


def _job_summary(jobs: tuple[Job, ...], under_way: int, app: ConsoleApp) -> Text:
    styles = app.palette.styles
    failed = next((job for job in jobs if job.state is JobState.FAILED), None)
    if not under_way:
        return Text("a job failed: J", styles["red"]) if failed else Text("no jobs running", styles["faint"])
    text = Text().append(f"{plural(under_way, 'job')} ", styles["text"])
    running = next((job for job in jobs if job.state is JobState.RUNNING), None)
    if running:
        text.append_text(job_progress(running, _BAR, app))
        text.append(f" {truncate(running.title, 26)}", styles["quiet"])
        if running.expected_at:
            left = (running.expected_at - app.today()).total_seconds()
            text.append(f" · {format_duration(max(0.0, left))}", styles["faint"])
    return text
