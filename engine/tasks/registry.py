"""The studio's kinds of job, bound to it, and the graphs they are asked in."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.catalog import Encoding, Project, Take
from engine.deliver import Order, Recipe, Speed, at_speed, load_recipe, sounds_needed
from engine.errors import EngineError, GateError, RequestError
from engine.export import ExrForm, refuse_unfit
from engine.export.sequence import Numbering, refuse_to_overwrite, stretch
from engine.ingest import unconfirmed
from engine.jobs import GIB, JobContext, Kind, Needs, Step
from engine.picture import Rendering
from engine.resources import resource_root
from engine.sound import STAGES, Preset, StageName, load_preset
from engine.speech import SpeechModel, locate_model
from engine.tasks.clean import clean_take, cleaning_intact
from engine.tasks.condition import check, is_checked
from engine.tasks.deliver import deliver, delivery_intact, master, master_intact
from engine.tasks.ingest import ingest, probe, probe_intact
from engine.tasks.parameters import (
    CleanParameters,
    ConditionParameters,
    DeliverParameters,
    IngestParameters,
    LevelsParameters,
    MasterParameters,
    ProbeParameters,
    RenderParameters,
)
from engine.tasks.render import frames_of, render, render_intact
from engine.tasks.requests import ARRIVING, ASKED_FOR, DAYS, IDLE, LATER, SOON, about, called, project_of
from engine.tasks.speech_registry import Words
from engine.tasks.transcribe_options import AS_FOUND, Hearing

if TYPE_CHECKING:
    from engine.studio import Studio
    from engine.transfer import Subject

_PROXY = resource_root("presets") / "proxies" / "proxy.toml"


class Work:
    """Kinds of work in one studio."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.words = Words(studio)
        self.ingest = Kind(
            "ingest",
            2,
            IngestParameters,
            lambda asked, context: ingest(studio, asked, context),
            lambda p: f"ingest {p.paths[0].name}{f' and {len(p.paths) - 1} more' if len(p.paths) > 1 else ''}",
            lambda result: False,
            needs=Needs(cpu=1, memory=2 * GIB),
            turn=lambda p: f"ingest {p.project}",
            follow=self._after_ingest,
        )
        self.probe = Kind(
            "probe",
            1,
            ProbeParameters,
            lambda asked, context: probe(studio, asked, context),
            lambda p: f"probe {p.label}",
            lambda result: probe_intact(studio, result),
            needs=Needs(cpu=1, memory=2 * GIB),
            follow=self._after_probe,
        )
        self.levels = Kind(
            "levels",
            2,
            LevelsParameters,
            self._meter_take,
            lambda p: f"levels of {p.label}",
            lambda result: (studio.folder / str(result["path"])).is_file(),
            needs=Needs(cpu=1, memory=2 * GIB),
        )
        self.condition = Kind(
            "condition",
            1,
            ConditionParameters,
            lambda asked, context: check(studio, asked, context),
            lambda p: f"check {p.label}",
            lambda result: is_checked(studio, result),
            # No core of its own: it decodes in what others leave, and never keeps another job from starting.
            needs=Needs(cpu=0, memory=2 * GIB),
            turn=lambda p: "condition",
        )
        self.clean = Kind(
            "clean",
            2,
            CleanParameters,
            lambda asked, context: clean_take(studio, asked, context, self.clean.address(asked)),
            lambda p: f"clean {p.label} by {p.preset.name}",
            lambda result: cleaning_intact(studio, result),
            needs=Needs(cpu=2, memory=4 * GIB, cpu_seconds=7 * DAYS),
        )
        self.master = Kind(
            "master",
            3,
            MasterParameters,
            lambda asked, context: master(studio, asked, context, self.master.address(asked)),
            lambda p: f"master {p.label} at {p.sound.lufs:g} LUFS ({p.codec})",
            lambda result: master_intact(studio, result),
            needs=Needs(cpu=1, memory=2 * GIB),
        )
        making = Needs(cpu=2, memory=6 * GIB, gpu=True, cpu_seconds=7 * DAYS)
        self.proxy = self._making("proxy", 2, making)
        self.deliver = self._making("deliver", 3, making, self._after_delivery)
        self.render = Kind(
            "render",
            2,
            RenderParameters,
            lambda asked, context: render(studio, asked, context),
            lambda p: f"render {p.label}, {p.frames} frame{'s' if p.frames != 1 else ''} to {p.pattern}",
            lambda result: render_intact(studio, result),
            needs=making,
            turn=lambda p: f"render {p.folder}",
            writes=lambda p: (p.folder,) if p.folder.is_absolute() else (),
        )

    def kinds(self) -> Mapping[str, Kind[Any]]:
        """All of them, by name."""
        seen = (self.ingest, self.probe, self.condition, self.proxy, self.render)
        heard = (self.levels, self.clean, self.master, self.deliver)
        return {kind.name: kind for kind in (*seen, *heard)} | dict(self.words.kinds())

    def _making(
        self,
        name: str,
        version: int,
        needs: Needs,
        follow: Callable[[DeliverParameters, Mapping[str, Any]], Sequence[Step]] = lambda asked, result: (),
    ) -> Kind[DeliverParameters]:
        studio = self._studio
        return Kind(
            name,
            version,
            DeliverParameters,
            lambda asked, context: deliver(studio, asked, context),
            lambda p: f"{p.recipe.name}: {p.label}",
            lambda result: delivery_intact(studio, result),
            needs=needs,
            writes=lambda p: (p.folder,) if p.folder.is_absolute() else (),
            follow=follow,
        )

    def _meter_take(self, asked: LevelsParameters, context: JobContext) -> dict[str, Any]:
        # Its module works on samples from its first line on, and asking for levels needs none.
        from engine.tasks.levels import meter_take

        return meter_take(self._studio, asked, context)

    # Graphs

    def ingest_step(
        self, project: Project, paths: Sequence[Path], transform: Encoding | None, in_place: bool, prepare: bool
    ) -> Step:
        """The question as of now."""
        asked = IngestParameters(
            project=project.id,
            paths=tuple(Path(os.path.abspath(path)) for path in paths),
            input_transform=transform,
            in_place=in_place,
            prepare=prepare,
            asked_at=datetime.now(UTC),
        )
        return Step(self.ingest, asked, project.id, priority=ARRIVING)

    def delivery_step(
        self,
        subject: Subject,
        recipe: Recipe,
        folder: Path,
        *,
        input_transform: Encoding | None = None,
        start: Fraction = Fraction(0),
        end: Fraction | None = None,
        how: Hearing = AS_FOUND,
        kind: Kind[DeliverParameters] | None = None,
        priority: int = ASKED_FOR,
        damaged: bool = False,
        waits_for: EngineError | None = None,
        overwrite: bool = False,
        speed: Speed | None = None,
    ) -> Step:
        """One recipe for a stretch of a subject, after its sound is mastered and its words are heard.

        A stretch carries its times in its name. Raises RequestError where there is no speech model.
        """
        order = at_speed(Order(subject.footage, subject.label, recipe, input_transform, start, end), speed)
        hears = any(track.decodable for track in order.footage.probe.sound)
        project = project_of(subject)
        cleaned: Step | None = None
        if recipe.sound and recipe.sound.dialog and hears:
            cleaned = self.clean_step(subject, load_preset(recipe.sound.dialog), model=how.model, priority=priority)
        masters: dict[Literal["aac", "wav"], Step] = {}
        for codec in sounds_needed(order):
            assert recipe.sound
            sound = MasterParameters(
                **about(subject),
                sound=recipe.sound,
                cleaned=cleaned.id if cleaned else None,
                codec=codec,
                edit_list=recipe.container.edit_list,
                start=order.begin,
                duration=order.duration,
            )
            masters[codec] = Step(self.master, sound, project, (cleaned,) if cleaned else (), priority)
        cues: Step | None = None
        if recipe.needs_words and hears:
            cues = self.words.caption_step(subject, replace(how, speakers=recipe.tells_speakers), priority)
        named = about(subject)
        if start or end is not None:
            named["label"] += f" {_moment(start)}-{_moment(end)}"
        parameters = DeliverParameters(
            **named,
            recipe=recipe,
            input_transform=input_transform,
            start=start,
            end=end,
            masters={codec: step.id for codec, step in masters.items()},
            captions=cues.id if cues else None,
            folder=self._studio.below(folder),
            replace=overwrite,
            speed=speed,
            damaged=damaged,
        )
        after = (*masters.values(), *((cues,) if cues else ()))
        return Step(kind or self.deliver, parameters, project, after, priority, waits_for)

    def clean_step(
        self,
        subject: Subject,
        preset: Preset,
        *,
        index: int | None = None,
        bypassed: Collection[StageName] = (),
        words: bool = True,
        model: str | None = None,
        priority: int = ASKED_FOR,
    ) -> Step:
        """A subject's dialog through a chain; its words are compared where a speech model is found here."""
        found: SpeechModel | None = None
        if words:
            try:
                found = locate_model(model)
            except RequestError:
                if model:
                    raise
        asked = CleanParameters(
            **about(subject),
            index=index,
            preset=preset,
            bypassed=tuple(stage for stage in STAGES if stage in bypassed),
            model=called(found) if found else None,
            model_digest=found.digest if found else "",
        )
        return Step(self.clean, asked, project_of(subject), (), priority)

    def levels_step(self, subject: Subject, priority: int = ASKED_FOR) -> Step:
        """A take's sound at a glance, for `read_levels`."""
        return Step(self.levels, LevelsParameters(**about(subject)), project_of(subject), (), priority)

    def condition_step(self, subject: Subject, priority: int = IDLE) -> Step:
        """A subject's condition, from decoding all of it once."""
        return Step(self.condition, ConditionParameters(**about(subject)), project_of(subject), (), priority)

    def render_step(
        self,
        subject: Subject,
        out: Path,
        form: ExrForm,
        *,
        start: Fraction | None = None,
        end: Fraction | None = None,
        whole: bool = False,
        first_number: int | None = None,
        input_transform: Encoding | None = None,
        replace: bool = False,
        rendering: Rendering | None = None,
    ) -> Step:
        """A stretch of a picture as numbered frames called like `out` (DIR/shot.####.exr); by their ticks if not told.

        A log take waits for the director. Raises RequestError where that cannot be, or other files are in the way;
        GateError for a log file nobody has answered for.
        """
        numbering = Numbering(out.name)
        refuse_unfit(out.name, form, rendering)
        ticks = stretch(subject.footage, subject.label, start, end, numbering, form, whole=whole)
        parameters = RenderParameters(
            **about(subject),
            input_transform=input_transform or subject.input_transform,
            first_tick=ticks.start,
            frames=len(ticks),
            first_number=ticks.start if first_number is None else first_number,
            folder=self._studio.below(out.parent),
            pattern=out.name,
            half=form.half,
            compression=form.compression,
            level=form.level,
            replace=replace,
            rendering=rendering or "as-shot",
        )
        waits_for: EngineError | None = None
        try:
            refuse_to_overwrite(frames_of(self._studio, parameters, subject))
        except GateError as gate:
            if subject.take is None:
                raise
            waits_for = gate
        return Step(self.render, parameters, project_of(subject), (), ASKED_FOR, waits_for)

    def preparation(self, take: Take) -> list[Step]:
        """What a take may be wanted with later: frame times and then a proxy; its levels, words and condition."""
        studio = self._studio
        subject = studio.subject_unprobed(take)
        steps = [Step(self.probe, ProbeParameters(**about(subject)), take.project_id, priority=SOON)]
        if subject.hears:
            steps.append(self.levels_step(subject, SOON))
        # Without a model there are no words; whoever asks for them is told so.
        with suppress(RequestError):
            if subject.hears:
                steps.append(self.words.fullest_transcript_step(subject, LATER))
        steps.append(self.condition_step(subject))
        return steps

    def proxy_step(self, take: Take) -> Step | None:
        """A light copy to look at; it waits where the picture waits for the director. None for sound alone."""
        if take.probe.picture is None or take.probe.picture.unsupported is not None:
            return None
        studio = self._studio
        folder = studio.folder / studio.project(take.project_id).folder / "proxies"
        picture = take.probe.picture
        gate = unconfirmed(take.label, picture) if take.needs_director else None
        return self.delivery_step(
            studio.subject_of(take),
            load_recipe(str(_PROXY)),
            folder,
            input_transform=take.input_transform,
            kind=self.proxy,
            priority=LATER,
            damaged=True,
            waits_for=gate,
        )

    def _after_ingest(self, asked: IngestParameters, result: Mapping[str, Any]) -> list[Step]:
        arrived = [Take.model_validate(raw) for raw in result["takes"]]
        return [step for take in arrived for step in self.preparation(take)] if asked.prepare else []

    def _after_delivery(self, asked: DeliverParameters, result: Mapping[str, Any]) -> list[Step]:
        """The transcript is kept with the project, though the deliverable does not depend on it."""
        if asked.take is None or asked.captions is None:
            return []
        subject = self._studio.subject_unprobed(self._studio.take_by_id(asked.take))
        return [self.words.fullest_transcript_step(subject, LATER, self.words.hearing_of(asked.captions))]

    def _after_probe(self, asked: ProbeParameters, result: Mapping[str, Any]) -> list[Step]:
        assert asked.take
        proxy = self.proxy_step(self._studio.take_by_id(asked.take))
        return [proxy] if proxy else []


def _moment(time: Fraction | None) -> str:
    return "end" if time is None else f"{float(time):.3f}s"
