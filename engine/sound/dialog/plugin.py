"""The user's own VST3 or Audio Unit, hosted by pedalboard; loaded only if a preset names it."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.errors import EngineError, RequestError
from engine.sound.dialog.filters import RATE, Mono
from engine.sound.dialog.preset import Plugin
from engine.sound.dialog.stage import StageOutcome


class PluginStage:
    """A mono effect plug-in, with its reported latency compensated."""

    def __init__(self, effect: Any) -> None:
        self._effect = effect
        self._given = self._made = 0

    def process(self, block: Mono) -> Mono:
        """Processes the next samples."""
        self._given += len(block)
        made = np.asarray(self._effect.process(block.reshape(1, -1), RATE, reset=False), np.float32).reshape(-1)
        self._made += len(made)
        return made

    def finish(self) -> Mono:
        """The remaining samples, flushed with silence."""
        made = []
        while self._made < self._given:
            silence = np.zeros((1, min(RATE, self._given - self._made + 512)), np.float32)
            out = np.asarray(self._effect.process(silence, RATE, reset=False), np.float32).reshape(-1)
            made.append(out[: self._given - self._made])
            self._made += len(made[-1])
        return np.concatenate(made) if made else np.zeros(0, np.float32)


def plugin(table: Plugin) -> tuple[PluginStage, StageOutcome]:
    """Loads the plug-in and sets its parameters.

    Raises RequestError if it does not exist, is not an effect or rejects a parameter, EngineError if it cannot be
    loaded.
    """
    import pedalboard

    path = table.path.expanduser()
    if not path.exists():
        raise RequestError(
            f"Plug-in {path} not found.", "Set path in the preset's [plugin] table to its .vst3 or .component."
        )
    try:
        effect: Any = pedalboard._pedalboard.load_plugin(str(path), plugin_name=table.name)
    except (ImportError, ValueError, RuntimeError) as error:
        raise EngineError(
            f"{path.name} cannot be loaded: {error}.", "Check that it is an effect for this machine's processor."
        ) from error
    if not effect.is_effect:
        raise RequestError(f"{path.name} is an instrument, not an effect.", "Choose an effect plug-in.")
    for name, value in table.parameters.items():
        try:
            setattr(effect, name, value)
        except (AttributeError, ValueError, TypeError) as error:
            raise RequestError(
                f"{path.name} rejects {name} = {value!r}: {error}.",
                f"Its parameters: {', '.join(sorted(effect.parameters))}.",
            ) from error
    return PluginStage(effect), StageOutcome("plugin", "applied", effect.name)
