"""Listening on the Sound screen: raw and cleaned sound at the playhead, and single stages of the chain."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from textual.message import Message

from cwtui.comparison_text import REMOVED, loudness_difference
from cwtui.console.keymap import first_key
from cwtui.console.screens.sound.sound_summary import CleaningStatus
from cwtui.console.screens.sound.stage_rows import LOUDNESS
from cwtui.console.widgets.progress_bar import job_share
from cwtui.console.workers.sound_listener import FILE_EVERY_S, ListeningReady, ListenRequest, SoundListener
from cwtui.job_status import format_progress
from engine.catalog import Job, JobState, Project, Take

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from cwtui.console.workers.cleaned_audio import ChainSettings
    from engine.studio import Studio

_SEEK_S = 2


class AuditionQueued(Message):
    """The job of an audition is queued, or its result is known; None if it could not be queued."""

    def __init__(self, job: Job | None) -> None:
        super().__init__()
        self.job = job


class ListeningScreen(Protocol):
    """The parts of the Sound screen that listening uses."""

    at: Fraction
    running: bool
    settings: ChainSettings

    @property
    def console_app(self) -> ConsoleApp:
        """The app."""
        ...

    @property
    def take(self) -> Take | None:
        """The take."""
        ...

    @property
    def job(self) -> Job | None:
        """The clean job whose result is shown."""
        ...

    @property
    def stage(self) -> str | None:
        """The selected stage."""
        ...

    def refresh_widgets(self) -> None:
        """Shows what plays."""
        ...

    def post_message(self, message: Message) -> bool:
        """Posts a message to the screen, from any thread."""
        ...


class SoundListening:
    """The actions that play sound, and what plays."""

    def __init__(self, screen: ListeningScreen, listener: SoundListener) -> None:
        self._screen = screen
        self._listener = listener
        # The id of the audition's job; empty until it is queued.
        self._audition: str | None = None
        self._audition_side = 0

    @property
    def idle(self) -> bool:
        """Whether nothing is being prepared here; the studio process may render an audition."""
        return self._listener.preparing is None

    @property
    def sounding(self) -> tuple[Fraction, bool] | None:
        """The position of the player in seconds of the take's clock, and whether it plays; None without a player."""
        listening = self._listener.listening
        at = listening.player.position() if listening else None
        if listening is None or at is None:
            return None
        # mpv counts below 0 for a moment when it repeats a stretch.
        return listening.comparison.start + max(at, Fraction(0)), not listening.player.paused

    @property
    def playing(self) -> bool:
        """Whether sound plays or is about to."""
        listening = self._listener.listening
        return listening is not None and not listening.player.paused

    def stop(self) -> None:
        """Ends the sound, and abandons what is being prepared."""
        self._listener.stop()
        self._audition = None

    def ready(self, event: ListeningReady) -> None:
        """Plays a prepared comparison, or shows where its file is."""
        if not self._listener.take_over(event):
            return
        app = self._screen.console_app
        if event.error:
            app.show_error(event.error)
        elif event.path:
            from cwtui.console.dialogs.file_written import FileWritten
            from cwtui.remote_copy import copy_command

            app.push_screen(FileWritten(event.path, _describe_file(event.request), copy_command(event.path)))
        else:
            self._screen.running = True
        self._screen.refresh_widgets()

    def queued(self, event: AuditionQueued) -> None:
        """Waits for the job of an audition, unless it has been done before."""
        if self._audition == "":
            self._audition = event.job.id if event.job else None
            self.check_audition(event.job)
            self._screen.refresh_widgets()

    def check_audition(self, job: Job | None = None) -> None:
        """Plays an audition as soon as its job is done."""
        app = self._screen.console_app
        job = app.snapshot.job(self._audition) or job
        if job is None or job.state.open:
            return
        self._audition = None
        take = app.snapshot.by_id.get(str(job.parameters.get("take")))
        if job.state is JobState.DONE and job.result and take:
            self._listen(take, job.result, str(job.parameters["stage"]), self._audition_side)
        elif job.error:
            app.show_message(f"{job.error['message']} {job.error.get('hint', '')}".strip(), "wrong")

    def status(self) -> CleaningStatus | None:
        """The comparison that plays, its side, and how loud the sides were; None if nothing does."""
        app = self._screen.console_app
        if job := app.snapshot.job(self._audition):
            return CleaningStatus(((f"  {format_progress(job):>5}  {job.title}", "quiet"),), job_share(job))
        if self._audition is not None or self._listener.preparing:
            return CleaningStatus((("Preparing to listen …", "quiet"),))
        listening = self._listener.listening
        if listening is None:
            return None
        comparison, player = listening.comparison, listening.player
        playing = self._screen.running
        sign = "" if app.plain else "▸ " if playing else "· "
        state = "playing: " if playing and app.plain else "" if playing else "paused: "
        parts = [(f"{sign}{state}", "accent"), (comparison.names[player.chosen], "here")]
        if len(comparison.names) > 1:
            other = 1 if player.chosen in (0, REMOVED) else 0
            key = self._key("listen_side")
            parts.append((f"   {key} {comparison.names[other if player.chosen != REMOVED else 0]}", "text"))
            parts.append((f"   {loudness_difference(comparison, player.chosen)}", "quiet"))
        return CleaningStatus(tuple(parts))

    # Actions

    def disabled_reason(self, action: str) -> str:
        """Returns why an action is disabled."""
        take, stage = self._screen.take, self._screen.stage
        listening = self._listener.listening
        if action in ("audition", "audition_removed") and stage == LOUDNESS:
            return "Loudness changes nothing else: both sides are equally loud. Select a stage."
        if action == "stop_listening":
            active = listening or self._listener.preparing or self._audition is not None
            return "" if active else f"Nothing plays. Press {self._key('listen')} to listen."
        if action == "listen_side":
            key = self._key("listen")
            if listening is None:
                return f"Nothing plays. Press {key} to listen."
            if len(listening.comparison.names) == 1:
                return f"Not cleaned yet. Press {self._key('clean')} to clean; then compare."
        if action in ("listen", "audition", "audition_removed") and take and not self._is_present(take):
            return f"The footage of {take.label} is missing. Restore it, or ingest it again."
        return ""

    def action_listen(self) -> None:
        """Plays raw and cleaned sound from the playhead; pauses or resumes what plays."""
        listening = self._listener.listening
        if self._listener.preparing or self._audition is not None:
            self.stop()
        elif listening and not listening.request.stage:
            if listening.player.paused and self._at_end:
                listening.player.seek(Fraction(0))
            listening.player.pause(not listening.player.paused)
            self._screen.running = not listening.player.paused
        else:
            take, job = self._screen.take, self._screen.job
            assert take
            self._listen(take, job.result if job else None, "", 1)
        self._screen.refresh_widgets()

    def action_stop_listening(self) -> None:
        """Ends the sound, and abandons what is being prepared."""
        self.stop()
        self._screen.refresh_widgets()

    def action_switch_side(self) -> None:
        """Switches between both sides at the same position."""
        listening = self._listener.listening
        assert listening
        listening.player.select(1 if listening.player.chosen == 0 else 0)
        self._screen.refresh_widgets()

    def action_audition(self, side: int) -> None:
        """Plays a stage in a loop: with and without it, or only what it removes; ends it if it plays."""
        listening, stage = self._listener.listening, self._screen.stage
        app, settings, take = self._screen.console_app, self._screen.settings, self._screen.take
        assert take
        assert stage
        if self._audition:
            job = app.snapshot.job(self._audition)
            self._audition = None
            if job and job.state.open:
                app.submit(lambda studio, _: studio.jobs.cancel(job))
        elif listening and listening.request.stage == stage and listening.request.take.id == take.id:
            if (listening.player.chosen == REMOVED) == (side == REMOVED):
                self.stop()
            else:
                listening.player.select(side)
        else:
            self.stop()
            self._audition, self._audition_side = "", side
            app.submit(self._audition_work(take, settings, stage, self._screen.at))
        self._screen.refresh_widgets()

    def action_seek_sound(self, direction: int) -> None:
        """Moves the playhead by two seconds."""
        self.seek(self._screen.at + direction * _SEEK_S)

    def action_sound_start(self) -> None:
        """Moves the playhead to the start."""
        self.seek(Fraction(0))

    def seek(self, at: Fraction) -> None:
        """Moves the playhead, and the sound with it."""
        take, listening = self._screen.take, self._listener.listening
        if take is None:
            return
        at = min(max(at, Fraction(0)), take.probe.duration)
        self._screen.at = at
        if listening:
            inside = at - listening.comparison.start
            if 0 <= inside <= listening.comparison.duration:
                listening.player.seek(min(inside, listening.comparison.duration - Fraction(1, 20)))
            elif self._screen.running and not listening.request.stage:
                self._listen(take, listening.request.result, "", listening.player.chosen)
            else:
                self.stop()
        self._screen.console_app.update_session(playhead=at)

    def play_next_part(self) -> None:
        """Goes on with the next part of a long take, if the player has come to the end of one."""
        listening = self._listener.listening
        if listening is None or listening.request.stage or not self._at_end:
            return
        request, comparison = listening.request, listening.comparison
        if (end := comparison.start + comparison.duration) < request.take.probe.duration - 1:
            self._screen.at = end
            self._listen(request.take, request.result, "", listening.player.chosen)

    @property
    def _at_end(self) -> bool:
        listening = self._listener.listening
        at = listening.player.position() if listening else None
        return bool(listening and at is not None and at >= listening.comparison.duration - Fraction(1, 10))

    def _is_present(self, take: Take) -> bool:
        media = self._screen.console_app.take_media.get(take)
        return media is None or media.present

    def _listen(self, take: Take, result: Mapping[str, Any] | None, stage: str, side: int) -> None:
        app = self._screen.console_app
        at = min(self._screen.at, max(Fraction(0), take.probe.duration - Fraction(1, 2)))
        other = f"--stage {stage}" if stage else f"--preset {self._screen.settings.name}"
        instead = f"cwtui listen {take.number} {other} -o listen.wav"
        self._listener.listen(
            ListenRequest(take, at, result, stage, side, to_file=app.link.remote, instead=f"write a file: {instead}")
        )
        self._screen.refresh_widgets()

    def _audition_work(self, take: Take, settings: ChainSettings, stage: str, at: Fraction) -> Any:
        chain, bypassed = settings.chain, settings.bypassed
        assert chain

        def submit(studio: Studio, _: Project | None) -> None:
            from engine.sound import stage_named

            job = None
            try:
                request = studio.tasks.audition_request(
                    studio.subject_of(take), chain, stage_named(stage), at, bypassed=bypassed
                )
                (job,) = studio.jobs.submit([request])
            finally:
                self._screen.post_message(AuditionQueued(job))

        return submit

    def _key(self, action: str) -> str:
        return first_key(action, self._screen.console_app.keymap)


def _describe_file(request: ListenRequest) -> str:
    """Why the sound of a request is in a file, and what the file contains."""
    why = "Over SSH, sound is written to a file." if request.to_file else "This machine has no sound output."
    if request.side == REMOVED:
        return f"{why} The file has what {request.stage} removes."
    if not request.stage and request.result is None:
        return f"{why} The file has the raw sound."
    sides = f"with and without {request.stage}" if request.stage else "raw and cleaned"
    return f"{why} The file alternates every {float(FILE_EVERY_S):g} s: {sides}, equally loud."
