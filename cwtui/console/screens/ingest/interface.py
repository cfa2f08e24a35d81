"""The interface of the Ingest screen for the object that does its actions on arrivals. The screen imports it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Protocol

from cwtui.console.screens.ingest.arrival_feed import ArrivalFeed
from cwtui.console.screens.ingest.arrival_items import ArrivalItem, ArrivalItems
from engine.catalog import Job

if TYPE_CHECKING:
    from textual.message import Message

    from cwtui.console.app import ConsoleApp


class ArrivalsInterface(Protocol):
    """The parts that the actions on arrivals need from Ingest."""

    feed: ArrivalFeed
    items: ArrivalItems

    @property
    def console_app(self) -> ConsoleApp:
        """The app, typed."""

    @property
    def selected_arrival(self) -> ArrivalItem | None:
        """The offload, folder, phone or file under the cursor."""

    @property
    def jobs(self) -> Collection[Job]:
        """The jobs that have rows."""

    @property
    def has_refused(self) -> bool:
        """Whether an ingest refused a file."""

    def post_message(self, message: Message) -> bool:
        """Sends a message to the screen."""
