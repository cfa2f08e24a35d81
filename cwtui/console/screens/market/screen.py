"""Market: packages of looks, titles, sound chains and recipes, to try on the take, install and remove."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import ClassVar, get_args

from rich.segment import Segment
from textual import on
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.actions import requires
from cwtui.console.dialogs.prompts import ChoicePrompt
from cwtui.console.messages import FrameLoaded, LookFrameRequest, LookSide, PreviewRequest
from cwtui.console.screens.base import ModeScreen
from cwtui.console.screens.market.rows import KINDS, package_row
from cwtui.console.screens.row_style import heading_segment
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.detail_list import Detail, DetailList
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.console.workers.market_reader import (
    ListedPackage,
    MarketRead,
    MarketReader,
)
from cwtui.console.workers.studio_worker import Notice
from engine.units import format_bytes

SLOT = "market"
_NONE = "  No repository is trusted yet: cwtui market trust FOLDER --root 1.root.json adds one."


class MarketScreen(ModeScreen):
    """The packages beside what the one under the cursor does to the take."""

    MODE: ClassVar[str] = "market"

    def __init__(self) -> None:
        super().__init__()
        self._packages: dict[str, ListedPackage] = {}
        self._ages: tuple[tuple[str, bool], ...] = ()
        self._reason = ""
        self._kind: str | None = None
        self._side: LookSide = "after"
        self._reader: MarketReader | None = None
        self._reads = False

    def compose_body(self) -> Iterable[Widget]:
        yield Static("", id="market-summary", markup=False)
        with Horizontal(id="market-columns"):
            yield RowList(self._draw, id="packages")
            with Vertical(id="package"):
                yield FrameView(self.console_app.picture_output, id="package-frame")
                yield PackageDetails()

    @property
    def rows(self) -> RowList | None:
        """The list of packages."""
        return self.query_one("#packages", RowList) if self.is_mounted else None

    @property
    def package(self) -> ListedPackage | None:
        """The package under the cursor."""
        return self._packages.get(self.rows.cursor or "") if self.rows else None

    @property
    def idle(self) -> bool:
        """Whether the reader has done all requests."""
        return self._reader is None or self._reader.idle

    @property
    def _market(self) -> MarketReader:
        if self._reader is None:
            self._reader = MarketReader(self.console_app.folder, self._receive)
        return self._reader

    def _receive(self, message: Message) -> None:
        """Messages to the user go to the app, the others to this screen."""
        (self.console_app if isinstance(message, Notice) else self).post_message(message)

    def on_unmount(self) -> None:
        if self._reader:
            self._reader.stop()

    # What is shown

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Shows a new snapshot of the studio."""
        if snapshot.loaded and not self._reads:
            self._reads = True
            self._market.read()
        self._show()

    @on(MarketRead)
    def _market_read(self, event: MarketRead) -> None:
        self._packages = {one.key: one for one in event.packages}
        self._ages, self._reason = event.ages, event.reason
        self._list()

    def _list(self) -> None:
        keys: list[str] = []
        for kind, name in KINDS.items():
            members = [one.key for one in self._packages.values() if one.kind == kind]
            if members and self._kind in (None, kind):
                keys += [f"{HEADING}{name}", *members]
        self._rows.set_rows(keys)
        self._rows.refresh_changed()
        self._show()

    def on_row_list_row_highlighted(self) -> None:
        self._show()

    def _show(self) -> None:
        if not self.is_mounted:
            return
        ages = " · ".join(text for text, _ in self._ages)
        expired = any(gone for _, gone in self._ages)
        kind = f"{KINDS[self._kind]} · " if self._kind else ""
        summary = self.query_one("#market-summary", Static)
        summary.update(self._reason or (f"  {kind}{ages}" if ages else _NONE))
        summary.set_class(expired or bool(self._reason), "-alarm")
        self.query_one(PackageDetails).lines = tuple(self._details())
        self._show_picture()
        self.update_key_hints()

    def _show_picture(self) -> None:
        view, package, take = self.query_one(FrameView), self.package, self.take
        if package is None:
            view.set_image(None, "")
            return
        picture = take.probe.picture if take else None
        if package.look and take and picture:
            width = view.image_width(picture.display_width / picture.display_height)
            playhead = self.console_app.session.playhead
            tick = int(min(playhead, max(Fraction(0), take.probe.duration)) * picture.frame_rate)
            if width:
                shown = min(tick, max(0, picture.frames - 1))
                view.request(LookFrameRequest(SLOT, take, shown, width, package.look, side=self._side))
        elif package.archive:
            width = view.image_width(16 / 9)
            if width:
                view.request(PreviewRequest(SLOT, package.archive, width))
        else:
            does = "try it on the take" if package.kind == "look" else "see its preview"
            view.set_image(None, self.with_keys(f"Press {{try_package}} to {does}."))

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Shows the frame with the package, or its preview."""
        if event.request.slot == SLOT:
            self.query_one(FrameView).show_frame(event)

    def deactivate(self) -> None:
        """Releases the image; the packages are read again when the screen is opened."""
        self._reads = False
        self.console_app.frame_loader.cancel(SLOT)
        self.query_one(FrameView).release()

    def _details(self) -> Iterator[Detail]:
        """Label and value, a line each."""
        package = self.package
        if package is None:
            return
        size = f" · {format_bytes(package.size)}" if package.size else ""
        source = f" · from {package.repository}" if package.repository else " · no trusted repository signed it"
        yield "package", f"{package.id} {package.version}{size}{source}", "text" if package.repository else "amber"
        if package.wrong:
            yield "problem", package.wrong, "red"
        for licence, words in package.licences:
            yield licence, ", ".join(words), "text"
        if package.summary:
            yield "about", package.summary, "text"
        if package.preset:
            newer = f"; {package.newest} is newer" if package.newest else ""
            yield "installed", f"as {package.preset}{newer}", "accent"
            for label, words in zip(("proof", "measured"), (package.badges[:1], package.badges[1:]), strict=True):
                if words:
                    yield label, ", ".join(words), "text"
        elif package.tried:
            shown = "shown on the take" if package.look else "its preview is shown"
            yield "trial", f"{shown}; it is not installed", "quiet"

    def command_values(self) -> dict[str, str]:
        """The placeholders of command lines: the package."""
        package = self.package
        return {"package": package.key} if package else {}

    def disabled_reason(self, action: str) -> str:
        """The reasons depend on the package under the cursor."""
        package = self.package
        if not requires(action, "package"):
            return ""
        if package is None:
            return self._reason or "No package selected. cwtui market trust adds a repository."
        if action in ("install", "try_package") and package.wrong.startswith("revoked"):
            return f"{package.key} was {package.wrong}."
        if action == "install" and package.preset:
            return f"{package.key} is installed."
        if action == "market_side" and not package.look:
            return "No look is shown."
        if action == "remove_package" and not package.preset:
            return f"{package.key} is not installed."
        return ""

    # Actions

    def action_install(self) -> None:
        """Installs the package, after the choice of a licence if it leaves one."""
        package = self.package
        assert package

        def chosen(answer: str | None) -> None:
            if answer:
                self._after_question(package, lambda: self._market.install(package, answer))

        if len(package.licences) < 2:
            self._after_question(package, lambda: self._market.install(package, None))
            return
        rows = [(licence, licence, ", ".join(words)) for licence, words in package.licences]
        self.console_app.push_screen(ChoicePrompt(f"Which licence of {package.id} do you choose?", rows), chosen)

    def action_try_package(self) -> None:
        package = self.package
        assert package
        self._after_question(package, lambda: self._market.try_out(package))

    def _after_question(self, package: ListedPackage, work: Callable[[], None]) -> None:
        """Does the work; if it opens a connection, after a question."""
        if not package.host:
            work()
            return

        def answered(answer: str | None) -> None:
            if answer == "yes":
                work()

        rows = [("no", "Stay offline", ""), ("yes", f"Connect to {package.host}", "only requests for files are sent")]
        self.console_app.push_screen(ChoicePrompt(f"Download {package.id}?", rows), answered)

    def action_market_side(self) -> None:
        """Shows the take with the look, without it, or both with a wipe."""
        sides = get_args(LookSide)
        self._side = sides[(sides.index(self._side) + 1) % len(sides)]
        self._show()

    def action_remove_package(self) -> None:
        package = self.package
        assert package
        self._market.remove(package)

    def action_refresh_market(self) -> None:
        self._market.refresh()

    def action_market_kind(self) -> None:
        """Shows the next kind of package, or all."""
        kinds = [None, *(kind for kind in KINDS if any(one.kind == kind for one in self._packages.values()))]
        self._kind = kinds[(kinds.index(self._kind) + 1) % len(kinds)] if self._kind in kinds else None
        self._list()

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        if key.startswith(HEADING):
            yield heading_segment(key.removeprefix(HEADING), self.console_app.palette.styles)
        elif package := self._packages.get(key):
            yield from package_row(package, self.row_style(width, here))


class PackageDetails(DetailList):
    """Details of the package under the cursor: what it is, its licence in plain words, and where it comes from."""
