"""Prepares sides to compare in threads, and plays one comparison at a time or writes it into a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from textual.message import Message

from cwtui.comparison_text import REMOVED
from cwtui.console.workers.error_report import to_engine_error
from engine.catalog import Take
from engine.errors import Cancelled, EngineError

if TYPE_CHECKING:
    from engine.player import SidePlayer
    from engine.sound import SoundComparison
    from engine.studio import Studio

# A comparison of a long take is prepared in parts of this length, so that it is heard at once.
_PART_S = 300
# A file to take away is at most this long, and alternates between its sides.
_FILE_S = 60
FILE_EVERY_S = Fraction(4)
"""The time after which such a file changes its side, in seconds."""

# Increment this if the same sources give another comparison.
_VERSION = 1


@dataclass(frozen=True, slots=True)
class ListenRequest:
    """The sound to play: a take from `at` on (seconds of its clock), or one `stage`.

    `result` is that of the clean job whose sound is the other side, or of the stage's audition. With `to_file`, the
    comparison is written into a file instead of played; `instead` is the alternative that errors name.
    """

    take: Take
    at: Fraction
    result: Mapping[str, Any] | None
    stage: str = ""
    side: int = 0
    to_file: bool = False
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Listening:
    """A comparison that plays."""

    request: ListenRequest
    comparison: SoundComparison
    player: SidePlayer


class ListeningReady(Message):
    """A request is done: its player runs, or its file is written, or it failed."""

    def __init__(
        self, request: ListenRequest, listening: Listening | None, path: Path | None, error: EngineError | None
    ) -> None:
        super().__init__()
        self.request = request
        self.listening = listening
        self.path = path
        self.error = error


class SoundListener:
    """The player of the Sound screen; `folder` returns the studio's."""

    def __init__(self, folder: Callable[[], Path], post: Callable[[Message], object]) -> None:
        self._folder = folder
        self._post = post
        self._listening: Listening | None = None
        self._request: ListenRequest | None = None
        self._stopped = Event()

    @property
    def listening(self) -> Listening | None:
        """The comparison that plays or is paused; None if the player has ended."""
        if self._listening and not self._listening.player.alive:
            self._listening = None
        return self._listening

    @property
    def preparing(self) -> ListenRequest | None:
        """The request that is being prepared."""
        return self._request

    def listen(self, request: ListenRequest) -> None:
        """Prepares a request in a thread; a ListeningReady follows. Whatever played before ends."""
        self.stop()
        self._request, self._stopped = request, Event()
        Thread(target=self._prepare, args=(request, self._stopped), name="listening", daemon=True).start()

    def take_over(self, event: ListeningReady) -> bool:
        """Uses the result of a request; false if the request is out of date."""
        if event.request is not self._request:
            if event.listening:
                event.listening.player.quit()
            return False
        self._request, self._listening = None, event.listening
        return True

    def stop(self) -> None:
        """Ends the player, and abandons a request."""
        self._stopped.set()
        self._request = None
        if self._listening:
            self._listening.player.quit()
        self._listening = None

    def _prepare(self, request: ListenRequest, stopped: Event) -> None:
        from engine.player import has_audio_output
        from engine.studio import Studio

        listening, path, error = None, None, None
        try:
            studio = Studio(self._folder())
            try:
                # Without a sound device, as in a session whose connection is not known, a file is the way to listen.
                if request.to_file or not has_audio_output():
                    path = _write_file(studio, request, stopped.is_set)
                else:
                    listening = _play(*_compared(studio, request, stopped.is_set), request)
            finally:
                studio.close()
        except Cancelled:
            return
        except Exception as caught:
            error = to_engine_error(caught)
        self._post(ListeningReady(request, listening, path, error))


def _compared(studio: Studio, request: ListenRequest, cancelled: Callable[[], bool]) -> tuple[Path, SoundComparison]:
    """The file with the sides of a request, and its description; prepared unless it exists."""
    from engine.sound import SoundComparison, read_comparison

    if request.stage:
        assert request.result
        return studio.folder / str(request.result["path"]), SoundComparison.model_validate(request.result["comparison"])
    start = Fraction(int(request.at) // _PART_S * _PART_S)
    end = min(request.take.probe.duration, start + _PART_S)
    folder = studio.artifact_folder(request.take.id) / "listening"
    path = folder / f"{_content_id(request, start, end)}.flac"
    known = read_comparison(path)
    if known:
        return path, known
    made = _write_sides(studio, request, start, end, path, cancelled)
    for other in folder.glob("*.flac"):
        # A comparison is prepared within seconds; only the last one is kept.
        if other != path:
            other.unlink(missing_ok=True)
            other.with_suffix(".json").unlink(missing_ok=True)
    return path, made


def _content_id(request: ListenRequest, start: Fraction, end: Fraction) -> str:
    from xxhash import xxh3_128_hexdigest

    cleaned = request.result["sha256"] if request.result else ""
    return xxh3_128_hexdigest(f"{_VERSION} {request.take.digest} {cleaned} {start} {end}".encode())


def _write_sides(
    studio: Studio, request: ListenRequest, start: Fraction, end: Fraction, path: Path, cancelled: Callable[[], bool]
) -> SoundComparison:
    from engine.sound import Version, audible_track, write_comparison
    from engine.tasks import cleaned_dialog

    footage = studio.subject_of(request.take).footage
    track = audible_track(footage.path, footage.probe, cancelled=cancelled)
    versions = [Version(footage.path, track.index if track else None, "raw")]
    if request.result:
        versions.append(Version(cleaned_dialog(studio, request.result)[0], None, "cleaned"))
    return write_comparison(versions, path, start=start, end=end, cancelled=cancelled)


def _play(path: Path, comparison: SoundComparison, request: ListenRequest) -> Listening:
    from engine.player import Side, SidePlayer

    names = comparison.names
    sides = [Side(path, 1, name, comparison.mix(n), comparison.gains_db[n]) for n, name in enumerate(names)]
    at = Fraction(0) if request.stage else max(Fraction(0), request.at - comparison.start)
    title = f"{request.take.label} — Cleanwater"
    chosen = min(request.side, len(sides) - 1)
    player = SidePlayer(path, sides, chosen, at, title=title, loops=bool(request.stage), instead=request.instead)
    return Listening(request, comparison, player)


def _write_file(studio: Studio, request: ListenRequest, cancelled: Callable[[], bool]) -> Path:
    """Writes a WAV that alternates between the sides, or contains the only one, into `listening/` of the project."""
    from engine.sound import write_alternating_sides, write_side

    take = request.take
    folder = studio.artifact_folder(take.id).parent / "listening"
    if request.stage:
        path, comparison = _compared(studio, request, cancelled)
    else:
        end = min(take.probe.duration, request.at + _FILE_S)
        path = studio.artifact_folder(take.id) / "listening" / "part.flac"
        comparison = _write_sides(studio, request, request.at, end, path, cancelled)
    what = f"{request.stage}-removed" if request.side == REMOVED else request.stage or "-".join(comparison.names)
    out = folder / f"{take.label}-{int(comparison.start) // 60}m{int(comparison.start) % 60:02d}s-{what}.wav"
    folder.mkdir(parents=True, exist_ok=True)
    if request.side == REMOVED or len(comparison.names) == 1:
        write_side(path, comparison, REMOVED if request.side == REMOVED else 0, out)
    else:
        write_alternating_sides(path, comparison, (0, 1), out, every=FILE_EVERY_S)
    return out
