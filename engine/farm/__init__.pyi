"""Other machines as workers: they join with a code, fetch inputs by digest, and return the same bytes."""

from .machine_facts import MachineFacts
from .software import Identity, software_identity
from .work_order import OrderedFile, WorkAnswer, WorkOrder

__all__ = ["Identity", "MachineFacts", "OrderedFile", "WorkAnswer", "WorkOrder", "software_identity"]
