"""The headless engine: rooms that turn footage into deliverables."""

import os

# ONNX Runtime, behind the voice activity model, would write a device id and report its use to its makers;
# the hub client behind the speech models has a switch of its own. Both look before their first import.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

# Before its first model, pydantic would search all installed distributions for plugins. Cleanwater has none.
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"

__version__ = "0.1.0"
