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
from engine.deliver import DeliverableRequest, Recipe, Speed, load_recipe, required_codecs, with_speed
from engine.errors import EngineError, GateError, RequestError
from engine.export import ExrForm, refuse_unfit
from engine.export.sequence import Numbering, frame_range, refuse_to_overwrite
from engine.ingest import unconfirmed
from engine.jobs import GIB, JobContext, JobKind, JobRequest, ResourceNeeds
from engine.picture import Rendering
from engine.resources import resource_root
from engine.sound import STAGES, Preset, StageName, load_preset
from engine.speech import SpeechModel, locate_model
from engine.tasks.clean import clean_is_current, clean_take
from engine.tasks.condition import check, is_checked
from engine.tasks.deliver import deliver, delivery_is_current, master, master_is_current
from engine.tasks.ingest import ingest, probe, probe_is_current
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
from engine.tasks.render import frames_of, render, render_is_current
from engine.tasks.requests import (
    ARRIVING,
    DAYS,
    IDLE,
    LATER,
    REQUESTED,
    SOON,
    model_reference,
    project_of,
    subject_parameters,
)
from engine.tasks.speech_registry import SpeechTasks
from engine.tasks.transcribe_options import DEFAULT_OPTIONS, TranscribeOptions

if TYPE_CHECKING:
    from engine.studio import Studio
    from engine.transfer import Subject

_PROXY = resource_root("presets") / "proxies" / "proxy.toml"


class TaskRegistry:
    """Kinds of work in one studio."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.speech = SpeechTasks(studio)
        self.ingest = JobKind(
            "ingest",
            2,
            IngestParameters,
            lambda parameters, context: ingest(studio, parameters, context),
            lambda p: f"ingest {p.paths[0].name}{f' and {len(p.paths) - 1} more' if len(p.paths) > 1 else ''}",
            lambda result: False,
            needs=ResourceNeeds(cpu=1, memory=2 * GIB),
            mutex=lambda p: f"ingest {p.project}",
            successors=self._after_ingest,
        )
        self.probe = JobKind(
            "probe",
            1,
            ProbeParameters,
            lambda parameters, context: probe(studio, parameters, context),
            lambda p: f"probe {p.label}",
            lambda result: probe_is_current(studio, result),
            needs=ResourceNeeds(cpu=1, memory=2 * GIB),
            successors=self._after_probe,
        )
        self.levels = JobKind(
            "levels",
            2,
            LevelsParameters,
            self._meter_take,
            lambda p: f"levels of {p.label}",
            lambda result: (studio.folder / str(result["path"])).is_file(),
            needs=ResourceNeeds(cpu=1, memory=2 * GIB),
        )
        self.condition = JobKind(
            "condition",
            1,
            ConditionParameters,
            lambda parameters, context: check(studio, parameters, context),
            lambda p: f"check {p.label}",
            lambda result: is_checked(studio, result),
            # No core of its own: it decodes in what others leave, and never keeps another job from starting.
            needs=ResourceNeeds(cpu=0, memory=2 * GIB),
            mutex=lambda p: "condition",
        )
        self.clean = JobKind(
            "clean",
            2,
            CleanParameters,
            lambda parameters, context: clean_take(studio, parameters, context, self.clean.content_id(parameters)),
            lambda p: f"clean {p.label} by {p.preset.name}",
            lambda result: clean_is_current(studio, result),
            needs=ResourceNeeds(cpu=2, memory=4 * GIB, cpu_seconds=7 * DAYS),
        )
        self.master = JobKind(
            "master",
            3,
            MasterParameters,
            lambda parameters, context: master(studio, parameters, context, self.master.content_id(parameters)),
            lambda p: f"master {p.label} at {p.sound.lufs:g} LUFS ({p.codec})",
            lambda result: master_is_current(studio, result),
            needs=ResourceNeeds(cpu=1, memory=2 * GIB),
        )
        making = ResourceNeeds(cpu=2, memory=6 * GIB, gpu=True, cpu_seconds=7 * DAYS)
        self.proxy = self._delivery_kind("proxy", 2, making)
        self.deliver = self._delivery_kind("deliver", 3, making, self._after_delivery)
        self.render = JobKind(
            "render",
            2,
            RenderParameters,
            lambda parameters, context: render(studio, parameters, context),
            lambda p: f"render {p.label}, {p.frames} frame{'s' if p.frames != 1 else ''} to {p.pattern}",
            lambda result: render_is_current(studio, result),
            needs=making,
            mutex=lambda p: f"render {p.folder}",
            writes=lambda p: (p.folder,) if p.folder.is_absolute() else (),
        )

    def kinds(self) -> Mapping[str, JobKind[Any]]:
        """All of them, by name."""
        seen = (self.ingest, self.probe, self.condition, self.proxy, self.render)
        heard = (self.levels, self.clean, self.master, self.deliver)
        return {kind.name: kind for kind in (*seen, *heard)} | dict(self.speech.kinds())

    def _delivery_kind(
        self,
        name: str,
        version: int,
        needs: ResourceNeeds,
        follow: Callable[[DeliverParameters, Mapping[str, Any]], Sequence[JobRequest]] = lambda parameters, result: (),
    ) -> JobKind[DeliverParameters]:
        studio = self._studio
        return JobKind(
            name,
            version,
            DeliverParameters,
            lambda parameters, context: deliver(studio, parameters, context),
            lambda p: f"{p.recipe.name}: {p.label}",
            lambda result: delivery_is_current(studio, result),
            needs=needs,
            writes=lambda p: (p.folder,) if p.folder.is_absolute() else (),
            successors=follow,
        )

    def _meter_take(self, parameters: LevelsParameters, context: JobContext) -> dict[str, Any]:
        # Its module works on samples from its first line on, and asking for levels needs none.
        from engine.tasks.levels import meter_take

        return meter_take(self._studio, parameters, context)

    # Graphs

    def ingest_request(
        self, project: Project, paths: Sequence[Path], transform: Encoding | None, in_place: bool, prepare: bool
    ) -> JobRequest:
        """The question as of now."""
        parameters = IngestParameters(
            project=project.id,
            paths=tuple(Path(os.path.abspath(path)) for path in paths),
            input_transform=transform,
            in_place=in_place,
            prepare=prepare,
            asked_at=datetime.now(UTC),
        )
        return JobRequest(self.ingest, parameters, project.id, priority=ARRIVING)

    def delivery_request(
        self,
        subject: Subject,
        recipe: Recipe,
        folder: Path,
        *,
        input_transform: Encoding | None = None,
        start: Fraction = Fraction(0),
        end: Fraction | None = None,
        options: TranscribeOptions = DEFAULT_OPTIONS,
        kind: JobKind[DeliverParameters] | None = None,
        priority: int = REQUESTED,
        damaged: bool = False,
        waits_for: EngineError | None = None,
        overwrite: bool = False,
        speed: Speed | None = None,
    ) -> JobRequest:
        """One recipe for a stretch of a subject, after its sound is mastered and its words are heard.

        A stretch carries its times in its name. Raises RequestError where there is no speech model.
        """
        order = with_speed(
            DeliverableRequest(subject.footage, subject.label, recipe, input_transform, start, end), speed
        )
        hears = any(track.decodable for track in order.footage.probe.sound)
        project = project_of(subject)
        cleaned: JobRequest | None = None
        if recipe.sound and recipe.sound.dialog and hears:
            cleaned = self.clean_request(
                subject, load_preset(recipe.sound.dialog), model=options.model, priority=priority
            )
        masters: dict[Literal["aac", "wav"], JobRequest] = {}
        for codec in required_codecs(order):
            assert recipe.sound
            sound = MasterParameters(
                **subject_parameters(subject),
                sound=recipe.sound,
                cleaned=cleaned.id if cleaned else None,
                codec=codec,
                edit_list=recipe.container.edit_list,
                start=order.begin,
                duration=order.duration,
            )
            masters[codec] = JobRequest(self.master, sound, project, (cleaned,) if cleaned else (), priority)
        cues: JobRequest | None = None
        if recipe.needs_words and hears:
            cues = self.speech.caption_request(subject, replace(options, speakers=recipe.labels_speakers), priority)
        named = subject_parameters(subject)
        if start or end is not None:
            named["label"] += f" {_time_in_name(start)}-{_time_in_name(end)}"
        parameters = DeliverParameters(
            **named,
            recipe=recipe,
            input_transform=input_transform,
            start=start,
            end=end,
            masters={codec: step.id for codec, step in masters.items()},
            captions=cues.id if cues else None,
            folder=self._studio.relative_path(folder),
            replace=overwrite,
            speed=speed,
            damaged=damaged,
        )
        after = (*masters.values(), *((cues,) if cues else ()))
        return JobRequest(kind or self.deliver, parameters, project, after, priority, waits_for)

    def clean_request(
        self,
        subject: Subject,
        preset: Preset,
        *,
        index: int | None = None,
        bypassed: Collection[StageName] = (),
        words: bool = True,
        model: str | None = None,
        priority: int = REQUESTED,
    ) -> JobRequest:
        """A subject's dialog through a chain; its words are compared where a speech model is found here."""
        found: SpeechModel | None = None
        if words:
            try:
                found = locate_model(model)
            except RequestError:
                if model:
                    raise
        parameters = CleanParameters(
            **subject_parameters(subject),
            index=index,
            preset=preset,
            bypassed=tuple(stage for stage in STAGES if stage in bypassed),
            model=model_reference(found) if found else None,
            model_digest=found.digest if found else "",
        )
        return JobRequest(self.clean, parameters, project_of(subject), (), priority)

    def levels_request(self, subject: Subject, priority: int = REQUESTED) -> JobRequest:
        """A take's sound at a glance, for `read_levels`."""
        return JobRequest(
            self.levels, LevelsParameters(**subject_parameters(subject)), project_of(subject), (), priority
        )

    def condition_request(self, subject: Subject, priority: int = IDLE) -> JobRequest:
        """A subject's condition, from decoding all of it once."""
        return JobRequest(
            self.condition, ConditionParameters(**subject_parameters(subject)), project_of(subject), (), priority
        )

    def render_request(
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
    ) -> JobRequest:
        """A stretch of a picture as numbered frames called like `out` (DIR/shot.####.exr); by their ticks if not told.

        A log take waits for the director. Raises RequestError where that cannot be, or other files are in the way;
        GateError for a log file nobody has answered for.
        """
        numbering = Numbering(out.name)
        refuse_unfit(out.name, form, rendering)
        ticks = frame_range(subject.footage, subject.label, start, end, numbering, form, whole=whole)
        parameters = RenderParameters(
            **subject_parameters(subject),
            input_transform=input_transform or subject.input_transform,
            first_tick=ticks.start,
            frames=len(ticks),
            first_number=ticks.start if first_number is None else first_number,
            folder=self._studio.relative_path(out.parent),
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
        return JobRequest(self.render, parameters, project_of(subject), (), REQUESTED, waits_for)

    def preparation(self, take: Take) -> list[JobRequest]:
        """What a take may be wanted with later: frame times and then a proxy; its levels, words and condition."""
        studio = self._studio
        subject = studio.subject_unprobed(take)
        steps = [JobRequest(self.probe, ProbeParameters(**subject_parameters(subject)), take.project_id, priority=SOON)]
        if subject.has_sound:
            steps.append(self.levels_request(subject, SOON))
        # Without a model there are no words; whoever asks for them is told so.
        with suppress(RequestError):
            if subject.has_sound:
                steps.append(self.speech.fullest_transcript_request(subject, LATER))
        steps.append(self.condition_request(subject))
        return steps

    def proxy_request(self, take: Take) -> JobRequest | None:
        """A light copy to look at; it waits where the picture waits for the director. None for sound alone."""
        if take.probe.picture is None or take.probe.picture.unsupported is not None:
            return None
        studio = self._studio
        folder = studio.folder / studio.project(take.project_id).folder / "proxies"
        picture = take.probe.picture
        gate = unconfirmed(take.label, picture) if take.needs_director else None
        return self.delivery_request(
            studio.subject_of(take),
            load_recipe(str(_PROXY)),
            folder,
            input_transform=take.input_transform,
            kind=self.proxy,
            priority=LATER,
            damaged=True,
            waits_for=gate,
        )

    def _after_ingest(self, parameters: IngestParameters, result: Mapping[str, Any]) -> list[JobRequest]:
        arrived = [Take.model_validate(raw) for raw in result["takes"]]
        return [step for take in arrived for step in self.preparation(take)] if parameters.prepare else []

    def _after_delivery(self, parameters: DeliverParameters, result: Mapping[str, Any]) -> list[JobRequest]:
        """The transcript is kept with the project, though the deliverable does not depend on it."""
        if parameters.take is None or parameters.captions is None:
            return []
        subject = self._studio.subject_unprobed(self._studio.take_by_id(parameters.take))
        return [self.speech.fullest_transcript_request(subject, LATER, self.speech.options_of(parameters.captions))]

    def _after_probe(self, parameters: ProbeParameters, result: Mapping[str, Any]) -> list[JobRequest]:
        assert parameters.take
        proxy = self.proxy_request(self._studio.take_by_id(parameters.take))
        return [proxy] if proxy else []


def _time_in_name(time: Fraction | None) -> str:
    return "end" if time is None else f"{float(time):.3f}s"
