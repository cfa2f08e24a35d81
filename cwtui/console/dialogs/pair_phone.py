"""The QR code that pairs a phone, with the address, the code and the paired devices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.dialogs.base import Dialog, close_bindings
from cwtui.console.theme import palette_of
from cwtui.formatting import recent_age
from cwtui.qr_code import QUIET_ZONE, grouped_code, grouped_digest, qr_code

_TEXT_WIDTH = 30
# Bytes of the fingerprint on a line.
_DIGEST_LINE = 8
_SMALLEST_ZONE = 1


@dataclass(frozen=True, slots=True)
class PairingPanel:
    """What the dialog shows.

    `url` is the address of the page, `pairing_url` the one with the code, until `expires_at`. `devices` are the names
    of the paired devices with the times of their last use. `until`: the studio listens until then at the latest.
    """

    project: str
    interface: str
    url: str
    fingerprint: str
    until: datetime
    pairing_url: str
    code: str
    expires_at: datetime
    devices: tuple[tuple[str, datetime | None], ...] = ()


class PairPhoneDialog(Dialog[str | None]):
    """Shows the QR code. Returns `off` to switch off, `code` for a new code, None to close."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *close_bindings("quit", "phone"),
        Binding("o", "dismiss('off')", "switch off", id="phone_off"),
        Binding("n", "dismiss('code')", "new code"),
    ]

    panel: reactive[PairingPanel | None] = reactive(None, init=False)

    def __init__(self, panel: PairingPanel, today: Callable[[], datetime], plain: bool = False) -> None:
        super().__init__()
        self.set_reactive(PairPhoneDialog.panel, panel)
        self._today, self._plain = today, plain

    def compose(self) -> ComposeResult:
        with Horizontal(classes="card pairing"):
            if not self._plain:
                yield Static("", id="qr-code", markup=False)
            yield PairingText(self._today)

    def on_mount(self) -> None:
        self.watch_panel()
        self.set_interval(1.0, self.query_one(PairingText).tick)

    def on_resize(self, event: events.Resize) -> None:
        self._show_code()

    def watch_panel(self) -> None:
        """Shows the current panel."""
        for text in self.query(PairingText):
            text.panel = self.panel
        self._show_code()

    def _show_code(self) -> None:
        if self._plain or self.panel is None or not self.query("#qr-code"):
            return
        code = self._fitting_code(self.panel)
        shown = self.query_one("#qr-code", Static)
        shown.display = code is not None
        if code is not None:
            shown.update(code)
        self.query_one(PairingText).too_small = code is None

    def _fitting_code(self, panel: PairingPanel) -> Text | None:
        """The code with the widest light zone that fits beside the text; None if the terminal is too small."""
        if panel.expires_at <= self._today():
            return Text("")
        for zone in range(QUIET_ZONE, _SMALLEST_ZONE - 1, -1):
            code = qr_code(panel.pairing_url, zone)
            lines = code.plain.split("\n")
            if len(lines) <= self.size.height and len(lines[0]) + _TEXT_WIDTH <= self.size.width:
                return code
        return None


class PairingText(Widget):
    """The address, the code with its remaining time, the fingerprint, the devices and the keys."""

    panel: reactive[PairingPanel | None] = reactive(None, layout=True)
    too_small: reactive[bool] = reactive(False, layout=True)
    left: reactive[str] = reactive("")

    def __init__(self, today: Callable[[], datetime]) -> None:
        super().__init__()
        self._today = today

    def tick(self) -> None:
        """Shows the remaining time."""
        if self.panel:
            self.left = time_left(self.panel.expires_at, self._today())

    def watch_panel(self) -> None:
        """Shows the time of a new code at once."""
        self.tick()

    def render(self) -> Text:
        panel, styles = self.panel, palette_of(self).styles
        if panel is None:
            return Text("")
        now = self._today()
        expired = panel.expires_at <= now
        lines: list[tuple[str, str]] = [("Pair a phone", "accent"), ("", "text")]
        if self.too_small:
            lines.append(("The terminal is too small for the QR code: enlarge it, or type.", "amber"))
        first = "The code has expired." if expired else "Scan with the camera, or open"
        lines += [(first, "amber" if expired else "text"), (panel.url, "strong")]
        if not expired:
            lines += [("and type", "text"), (grouped_code(panel.code), "strong")]
            lines.append((f"one phone, {self.left}", "quiet"))
        lines += [
            ("Compare the fingerprint:", "quiet"),
            (grouped_digest(panel.fingerprint, _DIGEST_LINE), "text"),
            ("", "text"),
        ]
        for name, used in panel.devices[:3]:
            lines.append((f"{name}: {f'used {recent_age(used, now)}' if used else 'paired'}", "text"))
        more = len(panel.devices) - 3
        lines.append(
            (f"and {more} more devices" if more > 0 else "" if panel.devices else "No device is paired.", "quiet")
        )
        lines.append((f"On until {panel.until.astimezone():%H:%M}, also without this window.", "quiet"))
        lines.append(("n New code   o Off   esc Close", "quiet"))
        return Text("\n").join(Text(text, styles[kind]) for text, kind in lines)


def time_left(until: datetime, now: datetime) -> str:
    """The remaining time of a code: 9 min left, 40 s left, expired."""
    seconds = (until - now).total_seconds()
    if seconds <= 0:
        return "expired"
    return f"{seconds // 60:.0f} min left" if seconds >= 60 else f"{seconds:.0f} s left"
