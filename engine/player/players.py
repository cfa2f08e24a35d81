"""The players there are, best first: each knows how it is called for a file, a title and a moment."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

SIDE_KEYS = ("a", "b")
"""What is pressed for each side, where the player switches."""

# No scripts, no other configuration than this, nothing fetched and nothing remembered.
_MPV = (
    "--no-config",
    "--load-scripts=no",
    "--no-ytdl",
    "--autoload-files=no",
    "--no-resume-playback",
    "--no-terminal",
    "--force-window=immediate",
    "--keep-open=yes",
    # What is said is read below the faces.
    "--osd-font-size=30",
    "--osd-align-x=center",
    "--osd-align-y=bottom",
)


@dataclass(frozen=True, slots=True)
class Side:
    """A sound track to hear, by its file and its number among the file's, from 1; and how.

    `mix` has a row for the left and one for the right: the gain of each of the track's channels. Players' own ways
    differ: FFmpeg's puts mono on both sides at -3 dB.
    """

    path: Path
    number: int
    name: str
    mix: tuple[tuple[float, ...], ...]
    gain_db: float = 0.0

    @property
    def filter(self) -> str:
        """The mix and the gain, as FFmpeg's filters take them."""
        rows = ("+".join(f"{gain:g}*c{place}" for place, gain in enumerate(row) if gain) or "0*c0" for row in self.mix)
        sides = "|".join(f"c{side}={row}" for side, row in enumerate(rows))
        return f"pan=stereo|{sides},volume={self.gain_db:.2f}dB"


@dataclass(frozen=True, slots=True)
class PlaybackRequest:
    """What is to be shown: a file, under which title, from which second on.

    With `sides`, one of them or two, it is only heard: at `path` lies the `chosen` one, and both are at hand where the
    player can switch. `tracks` says how many sound tracks the first one's file has.
    """

    path: Path
    title: str
    at: Fraction
    sides: tuple[Side, ...] = ()
    chosen: int = 0
    tracks: int = 0


class Player(Protocol):
    """A program that opens a window."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def listens(self) -> bool:
        """Whether it opens the socket it is given."""

    @property
    def stays(self) -> bool:
        """Whether the process that is started is the player; else it hands over and leaves."""

    @property
    def switches(self) -> bool:
        """Whether two sides can be switched between, at their gains, while it plays."""

    @property
    def chooses(self) -> bool:
        """Whether it plays the track that it is told, at the gain that it is told."""

    def command(self, request: PlaybackRequest, socket: Path) -> list[str]:
        """The command line. What it takes besides may lie beside the socket, under its name."""


@dataclass(frozen=True, slots=True)
class Mpv:
    """mpv, which takes orders as JSON on a socket."""

    program: str
    name: str = "mpv"
    listens: bool = True
    stays: bool = True
    switches: bool = True
    chooses: bool = True

    def command(self, request: PlaybackRequest, socket: Path) -> list[str]:
        """Paused on nothing, open to the end."""
        return [
            self.program,
            *_MPV,
            *(self._sides(request, socket.with_suffix(".conf")) if request.sides else ()),
            f"--input-ipc-server={socket}",
            f"--title={_plain(request.title)}",
            f"--start={float(request.at):.3f}",
            "--",
            str(request.sides[0].path if request.sides else request.path),
        ]

    def _sides(self, request: PlaybackRequest, keys: Path) -> list[str]:
        """Sound alone: the chosen side at first, and a key for each."""
        numbers = [request.sides[0].number, *(request.tracks + side.number for side in request.sides[1:])]
        lines = []
        for key, number, side in zip(SIDE_KEYS, numbers, request.sides, strict=False):
            said = json.dumps(_plain(f"{key.upper()}: {side.name}"), ensure_ascii=False)
            # One track's mix does not fit the other's channels: none in between.
            lines.append(f'{key} af set ""; set aid {number}; af set lavfi=[{side.filter}]; show-text {said} 3000\n')
        keys.write_text("".join(lines), encoding="utf-8")
        others = [f"--audio-files-append={side.path}" for side in request.sides[1:]]
        heard = [f"--aid={numbers[request.chosen]}", f"--af=lavfi=[{request.sides[request.chosen].filter}]"]
        return [f"--input-conf={keys}", "--vid=no", *others, *heard]


@dataclass(frozen=True, slots=True)
class Ffplay:
    """FFmpeg's own."""

    program: str
    name: str = "ffplay"
    listens: bool = False
    stays: bool = True
    switches: bool = False
    chooses: bool = True

    def command(self, request: PlaybackRequest, socket: Path) -> list[str]:
        """Only files are read: a movie may name others on the network."""
        heard = []
        if request.sides:
            side = request.sides[request.chosen]
            heard = ["-vn", "-showmode", "waves", "-ast", f"a:{side.number - 1}", "-af", side.filter]
        return [
            *(self.program, "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file", *heard),
            *("-window_title", request.title, "-ss", f"{float(request.at):.3f}", "-i", str(request.path)),
        ]


@dataclass(frozen=True, slots=True)
class QuickTime:
    """The one that every Mac has. It starts at the beginning."""

    program: str = "/usr/bin/open"
    name: str = "QuickTime Player"
    listens: bool = False
    stays: bool = False
    switches: bool = False
    chooses: bool = False

    def command(self, request: PlaybackRequest, socket: Path) -> list[str]:
        """By way of the desktop."""
        return [self.program, "-a", self.name, str(request.path)]


def find_player() -> Player | None:
    """The best one on this machine's PATH."""
    if mpv := shutil.which("mpv"):
        return Mpv(mpv)
    if ffplay := shutil.which("ffplay"):
        return Ffplay(ffplay)
    return QuickTime() if sys.platform == "darwin" else None


def _plain(title: str) -> str:
    """mpv replaces ${…} in a title."""
    return title.replace("$", "$$")
