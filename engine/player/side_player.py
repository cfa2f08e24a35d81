"""Plays one side of a comparison at a time, without a window, and switches between the sides without a gap."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from engine.errors import EngineError
from engine.player.mpv_ipc import MpvClient
from engine.player.open import play_in_background
from engine.player.players import Side


class SidePlayer:
    """A player that runs until `quit`. Positions are in seconds from the file's first sample.

    All sides are channels of one file, so that they are always at the same sample. Raises EngineError as
    `play_in_background`.
    """

    def __init__(
        self, path: Path, sides: Sequence[Side], chosen: int, at: Fraction, *, title: str, loops: bool, instead: str
    ) -> None:
        self._sides = tuple(sides)
        self.chosen = chosen
        opened = play_in_background(path, title, self._graph(), at, loops=loops, instead=instead)
        if opened.socket is None:
            raise EngineError(f"{opened.player} does not accept commands.", f"Update {opened.player}; or {instead}.")
        self._client = MpvClient(opened.socket)

    @property
    def alive(self) -> bool:
        """Whether the player runs."""
        return self._client.alive

    @property
    def paused(self) -> bool:
        """Whether playback is paused; it also pauses at the end of the file, and has started before it reports so."""
        return self.position() is not None and self._client.paused

    def position(self) -> Fraction | None:
        """The position; None before the player has reported one."""
        return self._client.position()

    def select(self, side: int) -> None:
        """Switches to a side at the same position."""
        self.chosen = side
        # mpv reports an error for this command, because only one filter of the graph knows it; that one obeys.
        self._client.command_filter("map", str(side))

    def seek(self, at: Fraction) -> None:
        """Seeks to a position."""
        # A seek starts the graph again, with the side that is in it.
        self._client.set_filter(self._graph())
        self._client.seek(at)

    def pause(self, on: bool) -> None:
        """Pauses or resumes."""
        self._client.pause(on)

    def quit(self) -> None:
        """Ends the player."""
        self._client.quit()

    def _graph(self) -> str:
        """The filters that make each side, and the one that selects a side."""
        names = [f"s{number}" for number in range(len(self._sides))]
        parts = [f"asplit={len(names)}{''.join(f'[i{name}]' for name in names)}"]
        parts += [f"[i{name}]{side.filter}[{name}]" for name, side in zip(names, self._sides, strict=True)]
        selected = f"astreamselect=inputs={len(names)}:map={self.chosen}"
        return ";".join([*parts, "".join(f"[{name}]" for name in names) + selected])
