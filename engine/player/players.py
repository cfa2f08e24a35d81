"""Supported players, best first, and their command lines."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from engine.player.mpv_ipc import FILTER

# A player whose console was killed ends its loop after some minutes.
_LOOPS = 50

EDL_SUFFIX = ".edl"

SIDE_KEYS = ("a", "b")
"""The key of each side, if the player can switch."""

# No scripts, no user configuration, no network access, no saved state.
_MPV = (
    "--no-config",
    "--load-scripts=no",
    "--no-ytdl",
    "--autoload-files=no",
    "--no-resume-playback",
    "--no-terminal",
    "--force-window=immediate",
    "--keep-open=yes",
    # Up to 8 times real time; mpv mutes what is faster.
    "--audio-pitch-correction=yes",
    # Messages appear below faces.
    "--osd-font-size=30",
    "--osd-align-x=center",
    "--osd-align-y=bottom",
)


@dataclass(frozen=True, slots=True)
class Side:
    """A sound track to play, by its file and its number among the file's sound tracks (from 1).

    `mix` has one row for the left and one for the right output, with a gain for each channel of the track. It is
    explicit because players differ: FFmpeg puts mono on both sides at -3 dB.
    """

    path: Path
    number: int
    name: str
    mix: tuple[tuple[float, ...], ...]
    gain_db: float = 0.0

    @property
    def filter(self) -> str:
        """The mix and the gain as an FFmpeg filter graph."""
        rows = ("+".join(f"{gain:g}*c{place}" for place, gain in enumerate(row) if gain) or "0*c0" for row in self.mix)
        sides = "|".join(f"c{side}={row}" for side, row in enumerate(rows))
        return f"pan=stereo|{sides},volume={self.gain_db:.2f}dB"


@dataclass(frozen=True, slots=True)
class PlayedStretch:
    """A part of a file to play, in seconds."""

    path: Path
    start: Fraction
    length: Fraction


@dataclass(frozen=True, slots=True)
class PlaybackRequest:
    """The file to play, its window title, and the start time in seconds.

    With one or two `sides`, only sound plays: `path` is the file of the `chosen` side, and a player that can switch
    loads both. `tracks` is the number of sound tracks in the first side's file. With a `graph` of FFmpeg filters, only
    sound plays, without a window; `loops` repeats it.
    """

    path: Path
    title: str
    at: Fraction
    sides: tuple[Side, ...] = ()
    chosen: int = 0
    tracks: int = 0
    graph: str = ""
    loops: bool = False
    stretches: tuple[PlayedStretch, ...] = ()


class Player(Protocol):
    """A program that opens a window."""

    @property
    def name(self) -> str:
        """The display name."""

    @property
    def listens(self) -> bool:
        """Whether the player opens the given socket."""

    @property
    def stays(self) -> bool:
        """Whether the started process is the player; false if it launches the player and exits."""

    @property
    def switches(self) -> bool:
        """Whether the player can switch between two sides, with their gains, during playback."""

    @property
    def chooses(self) -> bool:
        """Whether the player can play a given track with a given gain."""

    @property
    def joins(self) -> bool:
        """Whether the player can play stretches of files one after another."""

    def command(self, request: PlaybackRequest, socket: Path) -> list[str]:
        """The command line. A configuration file may be written beside the socket, under its name."""


@dataclass(frozen=True, slots=True)
class Mpv:
    """mpv, controlled by JSON commands on a socket."""

    program: str
    name: str = "mpv"
    listens: bool = True
    stays: bool = True
    switches: bool = True
    chooses: bool = True
    joins: bool = True

    def command(self, request: PlaybackRequest, socket: Path) -> list[str]:
        """The command line of mpv; with sides, also writes the key bindings, with stretches, the list of them."""
        path = request.sides[0].path if request.sides else request.path
        if request.stretches:
            path = socket.with_suffix(EDL_SUFFIX)
            path.write_bytes(_edl(request.stretches))
        return [
            self.program,
            *_MPV,
            *(_windowless(request) if request.graph else ()),
            *(self._sides(request, socket.with_suffix(".conf")) if request.sides else ()),
            f"--input-ipc-server={socket}",
            f"--title={_plain(request.title)}",
            f"--start={float(request.at):.3f}",
            "--",
            str(path),
        ]

    def _sides(self, request: PlaybackRequest, keys: Path) -> list[str]:
        """The options for audio only: the chosen side first, and a key for each side."""
        numbers = [request.sides[0].number, *(request.tracks + side.number for side in request.sides[1:])]
        lines = []
        for key, number, side in zip(SIDE_KEYS, numbers, request.sides, strict=False):
            said = json.dumps(_plain(f"{key.upper()}: {side.name}"), ensure_ascii=False)
            # Clear the filter before the switch, because one track's mix does not fit the other's channels.
            lines.append(f'{key} af set ""; set aid {number}; af set lavfi=[{side.filter}]; show-text {said} 3000\n')
        keys.write_text("".join(lines), encoding="utf-8")
        others = [f"--audio-files-append={side.path}" for side in request.sides[1:]]
        heard = [f"--aid={numbers[request.chosen]}", f"--af=lavfi=[{request.sides[request.chosen].filter}]"]
        return [f"--input-conf={keys}", "--vid=no", *others, *heard]


@dataclass(frozen=True, slots=True)
class Ffplay:
    """FFmpeg's ffplay."""

    program: str
    name: str = "ffplay"
    listens: bool = False
    stays: bool = True
    switches: bool = False
    chooses: bool = True
    joins: bool = False

    def command(self, request: PlaybackRequest, socket: Path) -> list[str]:
        """The command line of ffplay. Only local files are allowed, because a movie may reference network addresses."""
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
    """QuickTime Player, part of macOS. It always starts at the beginning."""

    program: str = "/usr/bin/open"
    name: str = "QuickTime Player"
    listens: bool = False
    stays: bool = False
    switches: bool = False
    chooses: bool = False
    joins: bool = False

    def command(self, request: PlaybackRequest, socket: Path) -> list[str]:
        """The command line that opens the file with the desktop's `open`."""
        return [self.program, "-a", self.name, str(request.path)]


def find_player() -> Player | None:
    """The best player on this machine's PATH, or None."""
    if mpv := shutil.which("mpv"):
        return Mpv(mpv)
    if ffplay := shutil.which("ffplay"):
        return Ffplay(ffplay)
    return QuickTime() if sys.platform == "darwin" else None


def _edl(stretches: tuple[PlayedStretch, ...]) -> bytes:
    """An edit decision list of mpv (DOCS/edl-mpv.rst). The length of a path in bytes precedes it."""
    lines = [b"# mpv EDL v0"]
    for one in stretches:
        path = os.fsencode(one.path)
        lines.append(b"%%%d%%%b,%.6f,%.6f" % (len(path), path, float(one.start), float(one.length)))
    return b"\n".join(lines) + b"\n"


def _windowless(request: PlaybackRequest) -> list[str]:
    # A short buffer lets a change of the side be heard at once.
    heard = [f"--af=@{FILTER}:lavfi=[{request.graph}]", "--audio-buffer=0.1", "--audio-client-name=Cleanwater"]
    return ["--force-window=no", "--vid=no", *heard, *([f"--loop-file={_LOOPS}"] if request.loops else ())]


def _plain(title: str) -> str:
    """Escapes $, because mpv expands ${…} in titles and messages."""
    return title.replace("$", "$$")
