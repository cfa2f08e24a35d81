"""The actions of Ingest for watched folders and phones, and the retry of what failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.dialogs.pair_phone import PairingPanel, PairPhoneDialog
from cwtui.console.dialogs.prompts import ChoicePrompt
from cwtui.console.screens.ingest.arrival_items import DeviceItem, DroppedItem, WatchItem
from cwtui.console.screens.ingest.interface import ArrivalsInterface
from cwtui.console.workers.studio_command import StudioCommand
from cwtui.formatting import plural
from cwtui.path_text import shown_path
from engine.catalog import JobState, PhoneListener, Project

if TYPE_CHECKING:
    from cwtui.console.workers.folder_reader import FolderReader
    from engine.studio import Pairing, Studio

_NO_PROJECT = "No project yet. Press {new_project} to create one."
_RETRIED = ("ingest", "offload", "usb", "watch")


class PairingReady(Message):
    """The studio listens, and a code pairs one phone."""

    def __init__(self, listener: PhoneListener, pairing: Pairing) -> None:
        super().__init__()
        self.listener = listener
        self.pairing = pairing


class InterfacesFound(Message):
    """Networks that the studio may listen on, the default one first: the address, the name, who can reach it."""

    def __init__(self, interfaces: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self.interfaces = interfaces


class ArrivalActions:
    """Starts commands on threads of their own, because most of them wait for the studio process."""

    def __init__(self, screen: ArrivalsInterface) -> None:
        self._screen = screen
        self._commands: list[StudioCommand] = []
        self._pairing: PairingReady | None = None

    @property
    def idle(self) -> bool:
        """Whether no command is running."""
        self._commands = [one for one in self._commands if one.is_alive()]
        return not self._commands

    def disabled_reason(self, action: str) -> str:
        """Why an action is disabled; empty if it is enabled."""
        screen = self._screen
        if action in ("watch_folder", "phone", "retry_arrivals") and screen.console_app.snapshot.project is None:
            return _NO_PROJECT
        if action == "retry_arrivals" and not self._has_failed():
            return "Nothing failed to arrive."
        if action == "end_watch" and self._watched is None:
            return "Select a watched folder first. {watch_folder} watches one."
        if action == "phone_off" and screen.feed.listener is None:
            return "The studio does not listen. {phone} switches it on."
        if action == "revoke_device" and self._device is None:
            return "Select a paired device first. {phone} pairs one."
        return ""

    def _has_failed(self) -> bool:
        screen = self._screen
        failed = any(job.state is JobState.FAILED and job.kind in _RETRIED for job in screen.jobs)
        return failed or screen.has_refused or screen.items.unsafe

    @property
    def _watched(self) -> WatchItem | DroppedItem | None:
        item = self._screen.selected_arrival
        return item if isinstance(item, WatchItem | DroppedItem) else None

    @property
    def _device(self) -> DeviceItem | None:
        item = self._screen.selected_arrival
        return item if isinstance(item, DeviceItem) else None

    def command_values(self) -> dict[str, str]:
        """The placeholders of command lines: the folder and the device of the row, the first failed job."""
        import shlex

        watched, device = self._watched, self._device
        failed = next((job for job in self._screen.jobs if job.state is JobState.FAILED), None)
        return {
            "folder": shlex.quote(str(watched.watch.folder)) if watched else "DIR",
            "device": device.device.id if device else "DEVICE",
            "job": failed.id[:8] if failed else "JOB",
        }

    def _run(self, work: Callable[[Studio], str | None]) -> None:
        command = StudioCommand(self._screen.console_app.folder, work, self._screen.post_message)
        self._commands.append(command)
        command.start()

    # Actions

    def action_retry_arrivals(self) -> None:
        """Retries failed jobs, refused files and cards that are not proven."""
        project = self._project

        def retry(studio: Studio) -> str:
            from engine.studio import retry_arrivals

            jobs = retry_arrivals(studio, project)
            return (
                f"Retrying: {plural(len(jobs), 'job')}." if jobs else "The files and cards are not there. Connect them."
            )

        self._run(retry)

    def action_watch_folder(self) -> None:
        """Opens the dialog that chooses folders, then prompts for what is in them already."""
        from cwtui.console.dialogs.watch_folder import WatchFolderDialog
        from cwtui.console.workers.folder_reader import FolderReader

        app, project = self._screen.console_app, self._project

        def start_reader(post: Callable[[Message], object]) -> FolderReader:
            reader = FolderReader(app.folder, app.volumes, post)
            reader.start()
            return reader

        def chosen(folders: Sequence[Path] | None) -> None:
            if folders:
                self._prompt_present(project, folders)

        app.push_screen(WatchFolderDialog(project.name, start_reader, app.plain), chosen)

    def _prompt_present(self, project: Project, folders: Sequence[Path]) -> None:
        name = shown_path(folders[0]) if len(folders) == 1 else plural(len(folders), "folder")
        choices = [
            ("all", "Everything", "also the footage that is there now"),
            ("new", "Only what arrives from now on", "as for Downloads, where AirDrop puts its files"),
        ]

        def answered(answer: str | None) -> None:
            if answer is None:
                return

            def watch(studio: Studio) -> str:
                from engine.studio import WatchRequest, start_watch

                for folder in folders:
                    start_watch(studio, project, WatchRequest(folder, only_new=answer == "new"))
                studio.jobs.ensure_running()
                return f"Watching {name}."

            self._run(watch)

        question = ChoicePrompt(f"Ingest what from {name}?", choices, "all", hint="⏎ Watch   esc Cancel")
        self._screen.console_app.push_screen(question, answered)

    def action_end_watch(self) -> None:
        """Ends the watch of the selected folder."""
        watched = self._watched
        assert watched
        folder = watched.watch.folder

        def end(studio: Studio) -> str:
            from engine.jobs import requester
            from engine.studio import end_watch

            end_watch(studio, folder, requester("the console"))
            return f"{shown_path(folder)} is not watched any more."

        self._run(end)

    def action_phone(self) -> None:
        """Switches receiving on, on a network that is prompted for if there are several, and shows the QR code."""
        pairing, listener = self._pairing, self._screen.feed.listener
        now = self._screen.console_app.today()
        if pairing and listener and pairing.listener == listener and pairing.pairing.expires_at > now:
            self._open_dialog()
        elif listener:
            self._request_code()
        else:
            self._run(self._find_interfaces)

    def _find_interfaces(self, studio: Studio) -> None:
        from engine.phone import choose_interface, list_interfaces

        first = choose_interface(None)
        found = [first, *(one for one in list_interfaces() if one != first and one.network != "loopback")]
        self._screen.post_message(InterfacesFound([(one.address, one.name, one.network) for one in found]))

    def prompt_interface(self, found: InterfacesFound) -> None:
        """Prompts for the network to listen on, if there are several."""
        if len(found.interfaces) == 1:
            (only,) = found.interfaces
            self._run(lambda studio: self._switch_on(studio, only[0]))
            return
        choices = [(address, f"{name}  {address}", f"{network} network") for address, name, network in found.interfaces]

        def chosen(address: str | None) -> None:
            if address:
                self._run(lambda studio: self._switch_on(studio, address))

        question = ChoicePrompt("Receive from phones on which network?", choices, hint="⏎ Switch on   esc Cancel")
        self._screen.console_app.push_screen(question, chosen)

    def _switch_on(self, studio: Studio, address: str) -> str | None:
        from engine.studio import PhoneOptions, new_pairing, switch_phones_on

        listener = switch_phones_on(studio, self._project, PhoneOptions(address))
        self._screen.post_message(PairingReady(listener, new_pairing(studio, listener)))
        return None

    def _request_code(self) -> None:
        project = self._project

        def request(studio: Studio) -> None:
            from engine.studio import PhoneOptions, new_pairing, switch_phones_on

            # If it listens already, nothing changes, unless it is for another project, which is refused.
            listener = switch_phones_on(studio, project, PhoneOptions())
            self._screen.post_message(PairingReady(listener, new_pairing(studio, listener)))

        self._run(request)

    def show_pairing(self, ready: PairingReady) -> None:
        """Opens the dialog with a new code, or shows the code in the open one."""
        self._pairing = ready
        if not self._update_dialog():
            self._open_dialog()

    def update_panel(self) -> None:
        """Shows the devices of the last reading in the dialog."""
        self._update_dialog()

    def _update_dialog(self) -> bool:
        dialog = self._screen.console_app.screen
        if not isinstance(dialog, PairPhoneDialog):
            return False
        dialog.panel = self._panel()
        return True

    def _open_dialog(self) -> None:
        app = self._screen.console_app

        def closed(answer: str | None) -> None:
            if answer == "off":
                self.action_phone_off()
            elif answer == "code":
                self._request_code()

        app.push_screen(PairPhoneDialog(self._panel(), app.today, app.plain), closed)

    def _panel(self) -> PairingPanel:
        assert self._pairing
        listener, pairing = self._pairing.listener, self._pairing.pairing
        devices = [
            (one.name, one.last_used_at) for one in self._screen.feed.paired_devices(self._screen.console_app.today())
        ]
        return PairingPanel(
            self._project.name, listener.interface, listener.url, listener.fingerprint, listener.until,
            pairing.url, pairing.code, pairing.expires_at, tuple(devices),
        )  # fmt: skip

    def action_phone_off(self) -> None:
        """Switches receiving off."""

        def off(studio: Studio) -> str:
            from engine.studio import switch_phones_off

            return "The studio does not listen any more." if switch_phones_off(studio) else "The studio did not listen."

        self._pairing = None
        self._run(off)

    def action_revoke_device(self) -> None:
        """Revokes the key of the selected device, after a confirmation."""
        item = self._device
        assert item
        device = item.device

        def answered(answer: str | None) -> None:
            if answer != "revoke":
                return

            def revoke(studio: Studio) -> str:
                studio.catalog.phones.revoke(device)
                self._screen.feed.read_again()
                return f"The key of {device.name} is revoked."

            self._run(revoke)

        choices = [
            ("keep", "Keep it", f"{device.name} may send until {_day(device.expires_at)}"),
            ("revoke", "Revoke it", "an upload that runs now is cut; the device must be paired again"),
        ]
        question = ChoicePrompt(f"Revoke the key of {device.name}?", choices, "keep")
        self._screen.console_app.push_screen(question, answered)

    @property
    def _project(self) -> Project:
        project = self._screen.console_app.snapshot.project
        assert project
        return project


def _day(at: datetime) -> str:
    return f"{at.astimezone():%d %b %Y}"
