"""Farm: the machines that run jobs of this studio, what each of them does, and why a job is where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.actions import requires
from cwtui.console.dialogs.prompts import ChoicePrompt
from cwtui.console.screens.base import ModeScreen
from cwtui.console.screens.farm.rows import lease_row, lease_status, machine_row, machine_status
from cwtui.console.screens.row_style import GAP_MIN_HEIGHT, heading_segment
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.detail_list import Detail, DetailList
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.farm_text import machine_heat, machine_use
from cwtui.formatting import recent_age
from engine.catalog import FarmLease, FarmMachine

if TYPE_CHECKING:
    from engine.studio import Studio

_OFF = "  The farm is off: nothing listens. cwtui farm host switches it on."
_LEASE = "lease "


class FarmScreen(ModeScreen):
    """The machines and their work, and details of the row under the cursor."""

    MODE: ClassVar[str] = "farm"

    def __init__(self) -> None:
        super().__init__()
        self._headings: dict[str, str] = {}

    def compose_body(self) -> Iterable[Widget]:
        yield Static("", id="farm-summary", markup=False)
        yield RowList(self._draw, id="farm")
        yield FarmDetails()

    @property
    def rows(self) -> RowList | None:
        """The list of machines and leases."""
        return self.query_one("#farm", RowList) if self.is_mounted else None

    @property
    def machine(self) -> FarmMachine | None:
        """The machine under the cursor, or that of the lease there."""
        farm, lease = self.console_app.snapshot.farm, self.lease
        return farm.machine(lease.machine if lease else self._cursor)

    @property
    def lease(self) -> FarmLease | None:
        """The lease under the cursor."""
        leases = self.console_app.snapshot.farm.leases
        return next((one for one in leases if f"{_LEASE}{one.id}" == self._cursor), None)

    @property
    def _cursor(self) -> str | None:
        return self.rows.cursor if self.rows else None

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Shows a new snapshot of the studio."""
        farm, keys = snapshot.farm, list[str]()
        groups = {
            "Machines": [one.name for one in farm.machines],
            "Work": [f"{_LEASE}{one.id}" for one in farm.leases],
        }
        for group, members in groups.items():
            if members:
                key = f"{HEADING}{group}"
                self._headings[key] = f"{group} · {len(members)}"
                gap = [f"{key} before"] if keys and self.size.height >= GAP_MIN_HEIGHT else []
                keys += [*gap, key, *members]
        self._rows.set_rows(keys)
        self._rows.refresh_changed()
        listener = farm.listener
        here = f"{listener.address} ({listener.interface})" if listener else ""
        summary = f"  The farm listens on {here} as {listener.name}." if listener else _OFF
        self.query_one("#farm-summary", Static).update(summary)
        self._show_details()

    def on_row_list_row_highlighted(self) -> None:
        self._show_details()

    def _show_details(self) -> None:
        self.query_one(FarmDetails).lines = tuple(self._details())

    def _details(self) -> Iterator[Detail]:
        """Label and value, a line each."""
        snapshot, now = self.console_app.snapshot, self.console_app.today()
        farm, machine, lease = snapshot.farm, self.machine, self.lease
        if lease:
            yield "job", f"{lease.task.get('title', '')} · attempt {lease.attempt} · id {lease.job_id[:8]}", "text"
            yield "now", lease_status(lease), "text"
        if machine is None:
            return
        story, tone = machine_status(machine, farm, now)
        yield "machine", f"{machine.label} · joined {recent_age(machine.joined_at, now)}", "text"
        yield "does", story, tone
        yield "key", machine.fingerprint[:32], "faint"
        facts = machine.facts or {}
        if facts:
            identity = facts.get("identity") or {}
            device = identity.get("device") or facts.get("gpu") or "no GPU"
            yield "system", f"{facts.get('platform', '')} · {device}", "text"
        if state := " · ".join(filter(None, (machine_heat(facts), machine_use(facts)))):
            yield "state", state, "text"
        if speeds := facts.get("speeds"):
            yield "speed", " · ".join(f"{kind} {float(rate):.1f} ×" for kind, rate in sorted(speeds.items())), "text"
        for fault in (farm.faults or {}).get(machine.name, ())[:3]:
            yield "fault", f"{fault.kind}: {fault.reason}, {recent_age(fault.at, now)}", "red"

    def command_values(self) -> dict[str, str]:
        """The placeholders of command lines: the machine."""
        machine = self.machine
        return {"machine": machine.name} if machine else {}

    def disabled_reason(self, action: str) -> str:
        """The reasons depend on the state of the machine under the cursor."""
        machine = self.machine
        if not requires(action, "machine"):
            return ""
        if machine is None:
            return "No machine selected."
        if machine.state == "revoked":
            return f"{machine.label} was removed. It joins again with a new code."
        if action == "drain" and machine.state == "draining":
            return f"{machine.label} gets no more work already."
        if action == "forgive" and machine.state == "active":
            return f"{machine.label} gets work already."
        return ""

    # Actions

    def action_drain(self) -> None:
        def drain(studio: Studio, machine: FarmMachine) -> str:
            from engine.studio import drain_machine

            drain_machine(studio, machine)
            return f"{machine.label}: it gets no more work."

        self._change(drain)

    def action_forgive(self) -> None:
        def forgive(studio: Studio, machine: FarmMachine) -> str:
            from engine.studio import forgive_machine

            forgive_machine(studio, machine)
            return f"{machine.label}: it gets work again."

        self._change(forgive)

    def action_revoke(self) -> None:
        """Asks before a machine is removed, because it must join again."""
        machine = self.machine
        assert machine

        def revoke(studio: Studio, machine: FarmMachine) -> str:
            from engine.studio import revoke_machine

            revoke_machine(studio, machine)
            return f"{machine.label}: it is removed."

        def answered(answer: str | None) -> None:
            if answer == "yes":
                self._change(revoke, machine)

        rows = [("no", "Keep it", ""), ("yes", "Remove it", "its work goes to others; it joins again with a new code")]
        self.console_app.push_screen(ChoicePrompt(f"Remove {machine.label} from the farm?", rows), answered)

    def _change(self, work: Callable[[Studio, FarmMachine], str], machine: FarmMachine | None = None) -> None:
        """Submits a change of a machine, by default of the one under the cursor."""
        chosen = machine or self.machine
        assert chosen
        self.console_app.submit(lambda studio, _: work(studio, chosen))

    # Rendering

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        if key.startswith(HEADING):
            yield heading_segment(self._headings.get(key, ""), self.console_app.palette.styles)
            return
        farm, now, row = self.console_app.snapshot.farm, self.console_app.today(), self.row_style(width, here)
        if machine := farm.machine(key):
            yield from machine_row(machine, farm, now, row)
        elif lease := next((one for one in farm.leases if f"{_LEASE}{one.id}" == key), None):
            yield from lease_row(lease, farm, now, row)


class FarmDetails(DetailList):
    """Details of the machine or the lease under the cursor."""
