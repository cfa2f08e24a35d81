"""Other machines as workers: they join with a code, fetch inputs by digest, and return the same bytes."""

from .machine_facts import Identity, MachineFacts
from .work_order import OrderedFile, WorkAnswer, WorkOrder

__all__ = ["Identity", "MachineFacts", "OrderedFile", "WorkAnswer", "WorkOrder"]
