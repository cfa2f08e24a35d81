"""The headless engine: packages that turn footage into deliverables."""

import os

# ONNX Runtime (voice activity detection) would store a device id and send telemetry; the Hugging Face hub client
# (speech models) has its own switch. Both read these variables on their first import.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

# pydantic would search all installed distributions for plugins before its first model. Cleanwater has none.
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"

# OpenBLAS, the linear algebra of numpy and scipy, would start a thread per core for the smallest matrix. Its threads
# spin while they wait: on a busy machine, that takes many times the processor time. It reads this when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
