"""The players there are, best first: each knows how it is called for a file, a title and a moment."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

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
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown: a file, under which title, from which second on."""

    path: Path
    title: str
    at: Fraction


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

    def words(self, wanted: Wanted, socket: Path) -> list[str]:
        """The command line."""


@dataclass(frozen=True, slots=True)
class Mpv:
    """mpv, which takes orders as JSON on a socket."""

    program: str
    name: str = "mpv"
    listens: bool = True
    stays: bool = True

    def words(self, wanted: Wanted, socket: Path) -> list[str]:
        """Paused on nothing, open to the end."""
        return [
            self.program,
            *_MPV,
            f"--input-ipc-server={socket}",
            f"--title={_plain(wanted.title)}",
            f"--start={float(wanted.at):.3f}",
            "--",
            str(wanted.path),
        ]


@dataclass(frozen=True, slots=True)
class Ffplay:
    """FFmpeg's own."""

    program: str
    name: str = "ffplay"
    listens: bool = False
    stays: bool = True

    def words(self, wanted: Wanted, socket: Path) -> list[str]:
        """Only files are read: a movie may name others on the network."""
        return [
            *(self.program, "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file"),
            *("-window_title", wanted.title, "-ss", f"{float(wanted.at):.3f}", "-i", str(wanted.path)),
        ]


@dataclass(frozen=True, slots=True)
class QuickTime:
    """The one that every Mac has. It starts at the beginning."""

    program: str = "/usr/bin/open"
    name: str = "QuickTime Player"
    listens: bool = False
    stays: bool = False

    def words(self, wanted: Wanted, socket: Path) -> list[str]:
        """By way of the desktop."""
        return [self.program, "-a", self.name, str(wanted.path)]


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
