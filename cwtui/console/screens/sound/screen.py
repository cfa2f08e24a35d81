"""Sound: the chain that cleans a take's dialog, what it did and why, and how loud the take is before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import on
from textual.containers import Vertical
from textual.timer import Timer
from textual.widget import Widget

from cwtui.console.dialogs.text_viewer import Reader
from cwtui.console.screens.base import RoomScreen
from cwtui.console.screens.sound.sound_summary import Standing, stage_text
from cwtui.console.screens.sound.stage_rows import LOUDNESS, did, found_of, row, told_of
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.level_meters import SCALES, MeterLine, Reading, Sides
from cwtui.console.widgets.loudness_plot import Curves, Drawn, Heard, Side, clock
from cwtui.console.widgets.row_list import RowList
from cwtui.console.widgets.status_lines import Keys
from cwtui.console.workers.cleaned_audio import FULL, Chains, ChainSet, Cleaned, Cleanings, Reported, read_chains
from cwtui.console.workers.take_media import Glimpse, Glimpsed
from engine.catalog import Job, JobState, Project

if TYPE_CHECKING:
    from engine.sound import Loudness
    from engine.studio import Studio

_STEP = 5
# Every so many seconds; what reads the screen aloud could not follow the meters otherwise.
_TICK_S, _PLAIN_TICK_S = 0.1, 1.0
# Shorter takes have no short-term loudness to tell a range by, seconds.
_RANGED = 3
_OF_THE_CHAIN = {"bypass", "weaker", "stronger", "preset", "clean", "open"}


class Sound(RoomScreen):
    """The chain, for the take that is meant."""

    ROOM: ClassVar[str] = "sound"

    def __init__(self) -> None:
        super().__init__()
        self.chains = ChainSet()
        self._cleanings = Cleanings(self.post_message)
        self._shown: str | None = None
        self.at = Fraction(0)
        self._since = 0.0
        self._clock: Timer | None = None

    def furnish(self) -> Iterable[Widget]:
        """How the take stands, its meters, the chain, the curves."""
        yield Standing()
        with Vertical(id="meters"):
            yield Sides()
            yield from (MeterLine(scale) for scale in SCALES)
        yield RowList(self._draw, id="chain")
        yield Curves(id="curves")

    def on_mount(self) -> None:
        """Nothing runs where nobody looks."""
        self.watch(self.app, "app_focus", self._focused, init=False)

    def on_unmount(self) -> None:
        """Nor is anything listened to any more."""
        self._cleanings.leave()

    # What there is

    @property
    def rows(self) -> RowList | None:
        """The stages."""
        return self.query_one("#chain", RowList) if self.is_mounted else None

    @property
    def settled(self) -> bool:
        """Whether the cleaned sound has been read."""
        return not self._cleanings.listening

    @property
    def glimpse(self) -> Glimpse:
        """What is known of the take's own sound."""
        return (self.desk.glimpses.of(self.take) if self.take else None) or Glimpse()

    @property
    def job(self) -> Job | None:
        """The clean job whose outcome is shown: this chain's, or the newest that is done."""
        return self.chains.shown(self._jobs())

    @property
    def cleaned(self) -> Cleaned | None:
        """What is known of that."""
        return self._cleanings.of(self.job)

    @property
    def is_so(self) -> bool:
        """Whether what is shown was made by the chain as it is set now."""
        job = self.job
        return job is not None and self.chains.made(job)

    @property
    def under_way(self) -> Job | None:
        """The cleaning of this take that runs, or will."""
        return next((job for job in self._jobs() if job.state.open or job.state is JobState.BLOCKED), None)

    @property
    def failed(self) -> Job | None:
        """The last cleaning of this take, where it failed."""
        jobs = self._jobs()
        return jobs[0] if jobs and jobs[0].state is JobState.FAILED else None

    @property
    def running(self) -> bool:
        """Whether the meters run."""
        return self._clock is not None

    def _jobs(self) -> list[Job]:
        return self.desk.snapshot.jobs_of(self.take, "clean") if self.take else []

    def _hears(self) -> bool:
        return self.take is not None and any(track.decodable for track in self.take.probe.sound)

    # What the console tells

    def show(self, snapshot: Snapshot) -> None:
        """Another state of the studio, or another take."""
        if not self.chains.presets:
            self.desk.do(read_chains(self.post_message))
        shown = self.take.id if self.take else None
        if shown != self._shown:
            self._shown = shown
            self._stop()
            self.at = Fraction(0)
        self._again()

    def glimpsed(self, seen: Glimpsed) -> None:
        """The take's own sound."""
        if self.take and seen.take == self.take.id:
            self._again()

    def left(self) -> None:
        """The meters rest."""
        self._stop()

    def _focused(self, focused: bool) -> None:
        if not focused and self.running:
            self._stop()
            self._again()

    @on(Chains)
    def _have_chains(self, chains: Chains) -> None:
        self.chains.take_in(chains)
        self._again()

    @on(Reported)
    def _have_report(self, reported: Reported) -> None:
        self._cleanings.take_in(reported, self.desk.folder)
        self._again()

    @on(Heard)
    def _have_heard(self, heard: Heard) -> None:
        self._cleanings.hear(heard)
        self._again()

    # What is shown

    def _again(self) -> None:
        """Everything that became different."""
        if not self.is_mounted:
            return
        self._cleanings.want(self.job, self.desk.do)
        self.set_class(self.take is None, "-none")
        listed = self.chains.listed
        self._rows.put([*listed, LOUDNESS] if listed else [])
        chain, cleaned, levels, take = self.chains.chain, self.cleaned, self.glimpse.levels, self.take
        self.query_one(Curves).put(
            Drawn(
                max(take.probe.duration, Fraction(1, 100)) if take else Fraction(1),
                Side.of(levels) if levels else None,
                cleaned.side if cleaned else None,
                chain.loudness.lufs if chain else Drawn.target,
                self._none_before(),
                self._none_after(),
            )
        )
        self._point()
        self.query_one(Standing).again()
        self.query_one(Keys).again()

    def _point(self) -> None:
        """Playhead and meters to the moment."""
        self.query_one(Curves).go(self.at if self.running or self.at else None, paced=self.running)
        levels, cleaned, chain = self.glimpse.levels, self.cleaned, self.chains.chain
        report = cleaned.report if cleaned else None
        whole = levels.loudness if levels else report.before if report else None
        before = self._readings(whole, Side.of(levels) if levels else None)
        after = self._readings(report.after if report else None, cleaned.side if cleaned else None)
        target, ceiling = (chain.loudness.lufs, chain.loudness.true_peak_dbtp) if chain else (None, None)
        marks = (target, target, target, None, ceiling)
        for meter, mine, theirs, mark in zip(self.query(MeterLine), before, after, marks, strict=True):
            meter.put(mine, theirs, mark)
        # The curves, which tell the moment elsewhere, are not there in plain text.
        now = f"now, {clock(self.at, tenths=False)}" if self.desk.plain else "now"
        then = "after" if self.is_so or not report else "after, by another chain"
        self.query_one(Sides).put(now if self.running else "whole", then)

    def _readings(self, whole: Loudness | None, side: Side | None) -> list[Reading]:
        """M, S, I, LRA, TP: at the playhead what can be told of a moment, of the whole take what cannot."""
        if whole is None:
            return [Reading()] * len(SCALES)
        most = (whole.max_momentary_lufs, whole.max_short_term_lufs)
        now = side.at(self.at) if side and self.running else most
        chain, peak = self.chains.chain, whole.true_peak_dbtp
        over = chain is not None and peak > chain.loudness.true_peak_dbtp + 0.05
        ranged = whole.range_lu if self.take and self.take.probe.duration >= _RANGED else None
        return [
            *(Reading(value, "accent", top) for value, top in zip(now, most, strict=True)),
            Reading(whole.integrated_lufs),
            Reading(ranged),
            Reading(peak, "red" if peak > 0 else "amber" if over else "accent"),
        ]

    def _none_before(self) -> str:
        if self.take is None:
            return ""
        if not self._hears():
            return "It has no sound that can be decoded."
        if self.desk.glimpses.of(self.take) is None:
            return "…"
        return self.glimpse.trouble or "Not measured yet: T goes to Takes, n asks for it."

    def _none_after(self) -> str:
        if not self._hears():
            return ""
        if self.cleaned:
            return self.cleaned.trouble or "is being listened to …"
        return "…" if self.job else "Not cleaned yet."

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        return row(self, key, width, here)

    # What can be asked

    def values(self) -> dict[str, str]:
        """For command lines."""
        chains = self.chains
        parts = [f"--preset {chains.name}", *(f"--bypass {stage}" for stage in chains.bypassed)]
        if chains.percent < FULL:
            parts.append(f"--strength {chains.percent / FULL:g}")
        return {"chain": " ".join(parts)}

    def why_not(self, action: str) -> str:
        """What does not fit the take or the chain."""
        stage, chains, take = self.rows.cursor if self.rows else None, self.chains, self.take
        if action in _OF_THE_CHAIN and (chains.chain is None or stage is None):
            return "The presets are being read."
        if action in ("clean", "meter") and take and not self._hears():
            return f"{take.label} has no sound that can be decoded."
        return {
            "bypass": "The loudness is always set: a recipe says to what." if stage == LOUDNESS else "",
            "weaker": "" if chains.percent else "The chain does as little as it can: space leaves stages out.",
            "stronger": "" if chains.percent < FULL else "It is as strong as its preset says: n takes another.",
            "clean": self._why_not_clean(),
            "meter": "" if self.glimpse.levels else "Its sound is not measured yet: T goes to Takes, n asks for it.",
        }.get(action, "")

    def _why_not_clean(self) -> str:
        if len(self.chains.bypassed) == len(self.chains.listed):
            return "Every stage is left out: space takes one in again."
        if self.take and not self.glimpse.present:
            return f"The footage of {self.take.label} is gone: put it back, or ingest it again."
        if any(job.state.open and self.chains.made(job) for job in self._jobs()):
            return "It is being cleaned by this chain already: J shows how far it is."
        return ""

    def do_bypass(self) -> None:
        """Out, or in again."""
        self.chains.out ^= {str(self._rows.cursor)}
        self._again()

    def do_weaker(self) -> None:
        """Five per cent less."""
        self.chains.percent = max(0, self.chains.percent - _STEP)
        self._again()

    def do_stronger(self) -> None:
        """Five per cent more."""
        self.chains.percent = min(FULL, self.chains.percent + _STEP)
        self._again()

    def do_preset(self) -> None:
        """The next one."""
        self.chains.next()
        self._again()

    def do_sound_take_back(self) -> None:
        """The take before."""
        self._other_take(-1)

    def do_sound_take_forth(self) -> None:
        """The next take."""
        self._other_take(1)

    def _other_take(self, steps: int) -> None:
        if take := self.neighbour(steps):
            self.desk.choose_take(take)
            self.show(self.desk.snapshot)

    def do_clean(self) -> None:
        """Asks for it; the report comes by itself."""
        take, chain, bypassed = self.take, self.chains.chain, self.chains.bypassed
        assert take
        assert chain

        def clean(studio: Studio, _: Project | None) -> str:
            (job,) = studio.jobs.submit([studio.tasks.clean_request(studio.subject_of(take), chain, bypassed=bypassed)])
            return f"{take.label} {'is' if job.state is JobState.DONE else 'will be'} cleaned by this chain."

        self.desk.do(clean)

    def do_meter(self) -> None:
        """Run, or hold: held, they show the whole take."""
        if self.running:
            self._stop()
        else:
            self._since = self.desk.clock()
            self._clock = self.set_interval(_PLAIN_TICK_S if self.desk.plain else _TICK_S, self._tick)
        self._again()

    def do_open(self) -> None:
        """All that a stage may do, and did."""
        stage, chain = self._rows.cursor, self.chains.chain
        assert stage
        assert chain
        report = self.cleaned.report if self.cleaned else None
        found = found_of(report, stage) if report else []
        curve: Sequence[float] = did(report, stage).curve
        text = stage_text(self.desk, *told_of(chain, stage), found, curve)
        self.desk.push_screen(Reader(stage, text))

    def _stop(self) -> None:
        if self._clock:
            self._clock.stop()
        self._clock = None

    def _tick(self) -> None:
        now, take = self.desk.clock(), self.take
        self.at += Fraction(now - self._since).limit_denominator(1000)
        self._since = now
        if take is None or self.at >= take.probe.duration:
            self._stop()
            self.at = Fraction(0)
            self._again()
        else:
            self._point()
