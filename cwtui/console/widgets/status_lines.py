"""The lines around every room: where one is, which keys matter here, and how the studio is."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from cwtui.console.actions import LETTERS, ROOMS, everywhere, of_room
from cwtui.console.keymap import keys_of, shown
from cwtui.console.widgets.progress_bar import bar
from cwtui.formatting import cut, plural, size
from cwtui.job_status import span
from engine.catalog import Job, JobState

if TYPE_CHECKING:
    from cwtui.console.app import Console
    from cwtui.console.screens.base import RoomScreen

_BAR = 8
# Narrower, the line says no more than where one is.
_SLIM = 60
# Bytes on the disk; less is soon gone when a take is rendered.
_LITTLE = 20e9


class _Line(Widget):
    """One line of text, drawn by the console's ink."""

    _drawn: tuple[str, str] = ("", "")

    def again(self) -> None:
        """Drawn anew where it became different."""
        if self.is_mounted and self.size.width:
            now = (self.render().markup, self.app.theme)
            if now != self._drawn:
                self._drawn = now
                self.refresh()

    def render(self) -> Text:
        """The line."""
        raise NotImplementedError

    @property
    def console_app(self) -> Console:
        """The console, typed."""
        from cwtui.console.app import Console

        assert isinstance(self.app, Console)
        return self.app

    def _between(self, left: Text, right: Text) -> Text:
        """The one at the left, the other at the right, where both have room."""
        gap = self.size.width - left.cell_len - right.cell_len
        if gap < 1:
            left.truncate(max(0, self.size.width - right.cell_len - 1), overflow="ellipsis")
            gap = max(1, self.size.width - left.cell_len - right.cell_len)
        return left + Text(" " * gap) + right


class Heading(_Line):
    """Studio ▸ project, the rooms with their letters, what needs an answer."""

    def __init__(self, room: str) -> None:
        super().__init__()
        self._room = room

    def render(self) -> Text:
        """One line, shorter words where there is less room."""
        app = self.console_app
        ink, project = app.ink.styles, app.snapshot.project
        waiting = len({take.id for take in (*app.snapshot.needing, *app.snapshot.new_damage)})
        need = f"● {waiting} need{'s' if waiting == 1 else ''} you " if waiting else ""
        name = cut(project.name if project else app.folder.name, 24)
        full = sum(len(room) + 4 for room in ROOMS)
        width = self.size.width - 15 - cell_len(name) - cell_len(need)
        if self.size.width < _SLIM:
            left = Text().append(f" {LETTERS[self._room]} {self._room.capitalize()}", ink["here"])
            return self._between(left.append(f"  {name}", ink["strong"]), Text(need, ink["amber"]))
        left = Text().append(" Cleanwater", ink["here"])
        left.append(f"  {name}  ", ink["strong"])
        for room in ROOMS:
            here = room == self._room
            if width >= full or here:
                left.append(f" {LETTERS[room]}", ink["here" if here else "quiet"])
                left.append(f" {room.capitalize()} ", ink["here" if here else "faint"])
            else:
                left.append(f" {LETTERS[room]}", ink["quiet"])
        return self._between(left, Text(need, ink["amber"]))


class Keys(_Line):
    """The keys that matter here and now; for a while, what there is to say instead."""

    said: reactive[tuple[str, str]] = reactive(("", ""))

    def __init__(self, room: str) -> None:
        super().__init__()
        self._room = room

    def render(self) -> Text:
        """One line."""
        app = self.console_app
        ink = app.ink.styles
        text, kind = self.said
        if text:
            mark = {"done": "✓", "refused": "→", "wrong": "✗"}[kind]
            style = ink[{"done": "accent", "refused": "amber", "wrong": "red"}[kind]]
            return Text(f" {mark} ", style) + Text(cut(text, self.size.width - 4), ink["text"])
        line = Text(" ")
        # The one around it: while another is furnished this line is still drawn.
        room = cast("RoomScreen", self.screen)
        # What is written is no order.
        editing = room.editing
        # Help first: who knows that key finds all others.
        listed = sorted((*of_room(self._room), *everywhere()), key=lambda action: action.id != "help")
        for action in listed:
            keys = [key for key in keys_of(action, app.keymap) if not editing or key.startswith(("ctrl+", "escape"))]
            if not action.short or not keys or app.why_not(action.id, room):
                continue
            key, word = shown(keys[0]), action.short
            if line.cell_len + cell_len(key) + cell_len(word) + 4 > self.size.width:
                break
            line.append(key, ink["accent"]).append(f" {word}   ", ink["quiet"])
        return line


class Status(_Line):
    """Jobs, disk, GPU, link, and whether anything leaves this machine."""

    def render(self) -> Text:
        """One line; what matters least goes first where there is no room."""
        app = self.console_app
        ink, snapshot = app.ink.styles, app.snapshot
        left = Text(" ")
        left.append_text(_work(snapshot.jobs, snapshot.under_way, app))
        if snapshot.under_way and snapshot.present is None:
            left.append("  nobody is at work: J, then s", ink["amber"])
        exposed = [job.title for job in snapshot.jobs if job.network and job.state is JobState.RUNNING]
        exposure = f"network: {exposed[0]}" if exposed else "nothing leaves this machine"
        disk = f"{size(snapshot.free)} free" if snapshot.free else ""
        parts = {
            "disk": Text(disk, ink["amber" if snapshot.free < _LITTLE else "quiet"]),
            "gpu": Text(app.gpu, ink["quiet"]),
            "link": Text(app.link.told, ink["amber" if app.link.slow else "quiet"]),
            "exposure": Text(exposure, ink["amber" if exposed else "quiet"]),
        }
        parts = {name: part for name, part in parts.items() if part.plain}
        for least in ("gpu", "link", "disk"):
            if sum(part.cell_len + 3 for part in parts.values()) > self.size.width - left.cell_len - 2:
                parts.pop(least, None)
        return self._between(left, Text("   ").join([*parts.values(), Text("")]))


def _work(jobs: tuple[Job, ...], under_way: int, app: Console) -> Text:
    ink = app.ink.styles
    failed = next((job for job in jobs if job.state is JobState.FAILED), None)
    if not under_way:
        return Text("a job failed: J", ink["red"]) if failed else Text("no work under way", ink["faint"])
    text = Text().append(f"{plural(under_way, 'job')} ", ink["text"])
    running = next((job for job in jobs if job.state is JobState.RUNNING), None)
    if running:
        text.append_text(bar(running, _BAR, app))
        text.append(f" {cut(running.title, 26)}", ink["quiet"])
        if running.expected_at:
            left = (running.expected_at - app.today()).total_seconds()
            text.append(f" · {span(max(0.0, left))}", ink["faint"])
    return text
