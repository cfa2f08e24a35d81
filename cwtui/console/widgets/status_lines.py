"""The header, the key hints and the status bar of every screen."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text
from textual.geometry import Region
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget

from cwtui.console.actions import LETTERS, MODE_NAMES
from cwtui.console.keymap import keymap_of, with_keys
from cwtui.console.theme import palette_of
from cwtui.console.widgets.progress_bar import progress_bar
from cwtui.console.widgets.text_layout import truncate, wrap
from cwtui.formatting import plural
from engine.units import format_bytes

APP_NAME = "Cleanwater"
_BAR = 8
# The mark before a message, and a cell after it.
_MESSAGE_MARGIN = 4
_PULSE_S = 0.7
# The title of the running job has this width before GPU and link have any, and is left out where there is less room.
_TITLE, _MIN_TITLE = 37, 12
# A narrower header names only the current screen.
_MIN_WIDTH = 60
# Less free space is shown as a warning: one render may fill it.
_LOW_DISK_BYTES = 20e9
# With less, not even the catalog can grow.
_FULL_DISK_BYTES = 1e6


@dataclass(frozen=True, slots=True)
class HeaderData:
    """The project's name, or the studio's, and how many takes need the director."""

    name: str = ""
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class KeyHint:
    """The label of a key, and the short label of its action."""

    key: str
    word: str


@dataclass(frozen=True, slots=True)
class JobProgress:
    """A running job: its title, the share that is done, and a shorter title."""

    title: str
    share: float
    short: str = ""


@dataclass(frozen=True, slots=True)
class StatusData:
    """Jobs, disk, GPU and the line to the terminal.

    `time_left` is that of all jobs, as text. `unattended`: jobs wait and no studio process runs. `network`: the title
    of a running job that may use the network.
    `disk_free` is in bytes, None where it is unknown. With `motion`, the bar's next cell pulses.
    """

    open_jobs: int = 0
    running: JobProgress | None = None
    time_left: str = ""
    failed: bool = False
    unattended: bool = False
    network: str = ""
    disk_free: int | None = None
    gpu: str = ""
    link: str = ""
    slow_link: bool = False
    plain: bool = False
    motion: bool = False


def _format_disk(free: int | None) -> str:
    if free is None:
        return ""
    return f"{format_bytes(free)} free" if free >= _FULL_DISK_BYTES else "disk full"


class _StatusLine(Widget):
    """One line of text that is redrawn only when it changes."""

    _rendered: tuple[str, str] = ("", "")

    def refresh_changed(self) -> None:
        """Redraws the line if its text or its colours changed."""
        if self.is_mounted and self.size.width:
            now = (self.render().markup, palette_of(self).name)
            if now != self._rendered:
                self._rendered = now
                self.refresh()

    def render(self) -> Text:
        raise NotImplementedError

    def _justify(self, left: Text, right: Text) -> Text:
        """Returns both texts at the ends of the line; the left one is cut where there is no room for both."""
        gap = self.size.width - left.cell_len - right.cell_len
        if gap < 1:
            left.truncate(max(0, self.size.width - right.cell_len - 1), overflow="ellipsis")
            gap = max(1, self.size.width - left.cell_len - right.cell_len)
        return left + Text(" " * gap) + right


class ScreenHeader(_StatusLine):
    """The project, the screens with their letters, and what needs an answer."""

    data: reactive[HeaderData] = reactive(HeaderData(), repaint=False)

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def watch_data(self) -> None:
        """Redraws what changed."""
        self.refresh_changed()

    def render(self) -> Text:
        styles, waiting = palette_of(self).styles, self.data.waiting
        need = f"● {waiting} need{'s' if waiting == 1 else ''} you " if waiting else ""
        name = truncate(self.data.name, 24)
        here = f" {LETTERS[self._mode]} {self._mode.capitalize()} "
        full = sum(len(mode) + 4 for mode in MODE_NAMES)
        letters = len(here) + 1 + 2 * (len(MODE_NAMES) - 1)
        width = self.size.width - 15 - cell_len(name) - cell_len(need)
        if self.size.width < _MIN_WIDTH:
            left = Text().append(here, styles["tab"])
            return self._justify(left.append(f" {name}", styles["strong"]), Text(need, styles["alarm"]))
        left = Text(" ").append(f"{APP_NAME}  " if width >= letters else "", styles["heading"])
        left.append(f"{name}  " if name else "", styles["strong"])
        for mode in MODE_NAMES:
            if mode == self._mode:
                left.append("" if width >= full else " ").append(here, styles["tab"])
            elif width >= full:
                left.append(f" {LETTERS[mode]}", styles["quiet"]).append(f" {mode.capitalize()} ", styles["faint"])
            else:
                left.append(f" {LETTERS[mode]}", styles["quiet"])
        return self._justify(left, Text(need, styles["alarm"]))


def split_message(text: str, width: int) -> tuple[str, str]:
    """The part of a message that fits in the line of keys, and the rest, which the status bar shows."""
    lines = wrap(text, max(1, width - _MESSAGE_MARGIN))
    return lines[0], " ".join(lines[1:])


class KeyHints(_StatusLine):
    """The hints of enabled actions, or a temporary (text, kind) message: kinds are done, refused and wrong."""

    hints: reactive[tuple[KeyHint, ...]] = reactive((), repaint=False)
    message: reactive[tuple[str, str]] = reactive(("", ""))

    def watch_hints(self) -> None:
        """Redraws what changed."""
        self.refresh_changed()

    def render(self) -> Text:
        styles = palette_of(self).styles
        text, kind = self.message
        if text:
            mark = {"done": "✓", "refused": "→", "wrong": "✗"}[kind]
            style = styles[{"done": "accent", "refused": "amber", "wrong": "red"}[kind]]
            first, further = split_message(text, self.size.width)
            return Text(f" {mark} ", style) + Text(
                first if further else truncate(text, self.size.width - 4), styles["text"]
            )
        line = Text(" ")
        for hint in self.hints:
            if line.cell_len + cell_len(hint.key) + cell_len(hint.word) + 4 > self.size.width:
                break
            line.append(hint.key, styles["accent"]).append(f" {hint.word}   ", styles["quiet"])
        return line


class StatusBar(_StatusLine):
    """Jobs, disk, GPU, link, and whether anything leaves this machine; or the end of a long message above."""

    data: reactive[StatusData] = reactive(StatusData(), repaint=False)
    message: reactive[str] = reactive("")
    _lit = False
    _pulse: Timer | None = None
    # The column of the cell that pulses.
    _pulse_x = 0

    def watch_data(self) -> None:
        """Redraws what changed; a timer runs only while the bar pulses."""
        if self.data.motion != (self._pulse is not None):
            if self._pulse:
                self._pulse.stop()
            self._pulse = self.set_interval(_PULSE_S, self._toggle) if self.data.motion else None
        self.refresh_changed()

    def _toggle(self) -> None:
        self._lit = not self._lit
        if self.screen.is_active and self._pulse_x < self.size.width:
            self.refresh(Region(self._pulse_x, 0, 1, 1))

    def render(self) -> Text:
        styles, data = palette_of(self).styles, self.data
        if further := split_message(self.message, self.size.width)[1] if self.message else "":
            return Text("   ") + Text(truncate(further, self.size.width - _MESSAGE_MARGIN), styles["text"])
        left = Text(" ")
        left.append_text(self._job_summary())
        if data.unattended:
            stopped = "  studio process not running: {go_jobs}, then {start_studio}"
            left.append(with_keys(stopped, keymap_of(self)), styles["amber"])
        exposure = f"network: {data.network}" if data.network else "nothing leaves this machine"
        low = data.disk_free is not None and data.disk_free < _LOW_DISK_BYTES
        parts = {
            "disk": Text(_format_disk(data.disk_free), styles["amber" if low else "quiet"]),
            "gpu": Text(data.gpu, styles["quiet"]),
            "link": Text(data.link, styles["amber" if data.slow_link else "quiet"]),
            "exposure": Text(exposure, styles["amber" if data.network else "quiet"]),
        }
        parts = {name: part for name, part in parts.items() if part.plain}
        room_of_title = min(_TITLE, cell_len(data.running.title) + 1) if data.running else 0
        # A warning stays longer than the assurance, unless a job uses the network.
        last = "exposure" if low and not data.network else "disk"
        for least, room_for in (("gpu", room_of_title), ("link", 0 if data.slow_link else room_of_title), (last, 0)):
            if sum(part.cell_len + 3 for part in parts.values()) > self.size.width - left.cell_len - room_for - 2:
                parts.pop(least, None)
        right = Text("   ").join(parts.values()).append(" ")
        room = self.size.width - left.cell_len - right.cell_len - 4
        if data.running and room >= _MIN_TITLE:
            # Its time left matters more than which job runs.
            running = data.running
            title = running.title if cell_len(running.title) <= room else running.short or running.title
            left.append(f" {truncate(title, room)}", styles["faint"])
        return self._justify(left, right)

    def _job_summary(self) -> Text:
        palette, data = palette_of(self), self.data
        styles = palette.styles
        if not data.open_jobs:
            failure = with_keys("a job failed: {go_jobs}", keymap_of(self))
            return Text(failure, styles["red"]) if data.failed else Text("no jobs running", styles["faint"])
        text = Text().append(plural(data.open_jobs, "job"), styles["text"])
        if running := data.running:
            # The bar is that of one job, so it is beside the title of that job.
            text.append(f" · {data.time_left}  ", styles["quiet"])
            at = text.cell_len + min(_BAR - 1, round(min(1.0, running.share) * _BAR))
            text.append_text(progress_bar(running.share, _BAR, palette, data.plain))
            self._pulse_x = at + 1
            if data.motion:
                text.stylize(styles["accent" if self._lit else "faint"], at, at + 1)
        return text
