"""The engine's dependencies work in the sandbox: threads, the GPU, PyAV, the speech model."""

from __future__ import annotations

from pathlib import Path

from .confined_process import ConfinedProcess

TOOLS = [
    "import numpy as np; np.ones((600, 600)) @ np.ones((600, 600))",
    "from engine.render import open_device; open_device()",
    "from engine.picture import write_png; write_png(studio / 'still.png', np.zeros((4, 4, 3), np.uint8))",
    "from engine.speech import open_transcriber; hear = open_transcriber('tiny.en', 'faster-whisper').transcribe",
    "hear(np.random.default_rng(1).normal(0, 0.1, 16_000).astype(np.float32))",
]


def test_dependencies_work_without_network_in_four_gigabytes(confined: ConfinedProcess, small_take: Path) -> None:
    decode = f"from engine.picture import inspect_movie; inspect_movie(Path({str(small_take)!r}))"
    results, exit_code = confined.run(*TOOLS, decode, memory=4 << 30, readable=(small_take,))
    assert [result.outcome for result in results] == ["done"] * (len(TOOLS) + 1)
    assert exit_code == 0
