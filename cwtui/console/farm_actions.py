"""The actions of Farm."""

from __future__ import annotations

from cwtui.console.action import Action

FARM_ACTIONS: tuple[Action, ...] = (
    Action("drain", "d", "Give the machine no more work", ("farm",), "cwtui farm drain {machine}", "drain",
           requires=("machine",)),
    Action("forgive", "a", "Give the machine work again, and forget its faults", ("farm",),
           "cwtui farm forgive {machine}", "work again", requires=("machine",)),
    Action("revoke", "x", "Remove the machine from the farm", ("farm",), "cwtui farm revoke {machine}", "remove",
           requires=("machine",)),
)  # fmt: skip
