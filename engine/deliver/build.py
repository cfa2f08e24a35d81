"""Builds the files of a deliverable request and checks them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.atomic_files import make_folder, partial
from engine.catalog import Condition, Encoding
from engine.deliver.burn_in import burn_in
from engine.deliver.caption_look import caption_look
from engine.deliver.checks import check_captions, check_carried, check_embedded, check_movie, check_sound_file
from engine.deliver.condition import SourceCondition, forget_findings, read_findings, write_findings
from engine.deliver.content_checks import check_no_sound_made, check_picture_kept
from engine.deliver.dialog import cleaned_sound, cleaning_notes, repair_note
from engine.deliver.fidelity import Fidelity, summarize_fidelity
from engine.deliver.hdr10 import hdr10_light
from engine.deliver.master import dialog_track, master_stretch, required_codecs
from engine.deliver.ownership import SOUND_SUFFIXES, FinishedFiles, refuse_occupied, targets
from engine.deliver.receipt import Check, Deliverable, DeliverableFile, Role, TrackChoice, now, write_receipt
from engine.deliver.recipe import PictureRecipe, SoundRecipe
from engine.deliver.request import DeliverableRequest, refuse_impossible
from engine.deliver.source_content import CONTENT, SourcePictures, SourceSound
from engine.deliver.speed import refuse_unanswered
from engine.file_digest import sha256_of
from engine.ingest import picture_transform, refuse_to_replace
from engine.picture import (
    CaptionTrack,
    Fit,
    MovieLayout,
    OutputSpec,
    PictureFormat,
    PictureSource,
    Pipeline,
    YuvPlanes,
    captions_in,
    describe,
    forget_chunks,
    inspect_movie,
    write_movie,
)
from engine.sound import (
    PASSTHROUGH_TIMESCALE,
    Codec,
    Master,
    Passthrough,
    PassthroughTrack,
    downmix_of,
    measure_file,
    passthrough_tracks_in,
)
from engine.speech import write_captions

Progress = Callable[[int, int, str, str], None]
"""Called with (done, total, unit, label)."""


@dataclass(frozen=True, slots=True)
class MasteredSound:
    """A finished sound file, the measurements and gain of its mastering, and notes about its cleaning."""

    path: Path
    master: Master
    cleaning_notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Build:
    work: Path
    masters: dict[Codec, MasteredSound]
    source: SourceCondition
    replaced: frozenset[str] = frozenset()
    files: list[tuple[Path, Role]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    master: Master | None = None
    track: TrackChoice | None = None
    sounds: SourceSound | None = None
    no_words: Check | None = None
    carried: tuple[PassthroughTrack, ...] = ()
    fidelity: Fidelity | None = None
    transform: Encoding | None = None
    conversion: str | None = None

    def use_master(self, mastered: MasteredSound) -> None:
        """Records the mastering result, and adds notes about repaired samples."""
        self.master = mastered.master
        notes = [*mastered.cleaning_notes, *mastered.master.notes]
        if mastered.master.repaired:
            notes.append(repair_note(mastered.master.repaired))
        self.notes += [note for note in notes if note not in self.notes]

    @contextmanager
    def file(self, path: Path, role: Role) -> Iterator[Path]:
        """Yields a scratch path that is renamed to `path` on success; replaces only files of this request."""
        with partial(path, replace=path.name in self.replaced) as unfinished:
            yield unfinished
            FinishedFiles(self.work).add(path.name, unfinished)
        self.files.append((path, role))

    def check(self, path: Path, checks: list[Check]) -> None:
        """Adds the checks of one file. A check without a finite measurement fails."""
        for check in checks:
            value = check.measured
            nothing = value is None or (isinstance(value, float) and not isfinite(value))
            passed = check.passed and not nothing
            warning = check.warning and not nothing
            self.checks.append(check.model_copy(update={"file": path.name, "passed": passed, "warning": warning}))


def build_deliverable(
    order: DeliverableRequest,
    folder: Path,
    *,
    work: Path | None = None,
    masters: Mapping[Codec, MasteredSound] | None = None,
    source: SourceCondition | None = None,
    source_digest: str = "",
    replace: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Deliverable:
    """Builds the requested files below `folder` and adds them to the folder's receipt.

    Each file appears under its name only when it is complete. The checks run on the finished files and
    are recorded, passed or not. Finished chunks of a long render are kept below `work`, which belongs to
    this request alone, so the next attempt resumes from them. Without `work`, they are kept in a temporary
    folder beside the deliverable for this call only. `masters` are finished sounds; missing ones are
    mastered first. The files are byte-identical either way. `source` is the known condition of the footage;
    the default is the damage that its probe found.

    An existing file is replaced only if this delivery wrote it (`refuse_occupied`).

    Raises RequestError if the request is impossible, FileInTheWayError if a file must not be replaced, GateError if
    the picture needs a decision of the user or the stretch is damaged and not accepted, Cancelled, or EngineError if
    the work failed.
    """
    refuse_unanswered(order)
    refuse_impossible(order)
    condition = source or SourceCondition(order, Condition(damage=order.footage.probe.damage))
    condition.refuse()
    track = dialog_track(order.footage, order.begin, order.duration, cancelled)
    condition.track = track.index if track else None
    condition.check_sound(cancelled)
    condition.refuse()
    make_folder(folder)
    for name in targets(order):
        refuse_to_replace(order.footage, folder / name)
    carry = _carry(order)
    with ExitStack() as stack:
        scratch = work or Path(stack.enter_context(TemporaryDirectory(prefix=f".{order.label}.", dir=folder)))
        finished = FinishedFiles(scratch)
        ours = refuse_occupied(order, folder, source_digest, replace=replace, finished=finished.digests)
        notes = [*order.notes, *(carry.left_out if carry else ())]
        made = _Build(scratch, dict(masters or {}), condition, ours, notes=notes, track=track)
        made.sounds = SourceSound(order, made.track, cancelled)
        made.no_words = made.sounds.check_words()
        if made.no_words:
            made.notes.append(f"the captions are empty: {made.no_words.measured}")
        if order.recipe.sound:
            missing = [codec for codec in required_codecs(order) if codec not in made.masters]
            heard, cleaned, limited_db = order.footage.path, tuple[str, ...](), 0.0
            if missing and order.recipe.sound.dialog:
                heard, report = cleaned_sound(order, order.recipe.sound.dialog, scratch, cancelled)
                stack.callback(heard.unlink, missing_ok=True)
                cleaned, limited_db = cleaning_notes(report), report.limited_db
            for codec in missing:
                index = made.track.index if made.track and heard == order.footage.path else None
                master = _master(order, order.recipe.sound, heard, index, codec, limited_db, scratch, cancelled)
                stack.callback(master[0].unlink, missing_ok=True)
                made.masters[codec] = MasteredSound(*master, cleaned)
        recipe, picture = order.recipe, order.footage.probe.picture
        if recipe.picture:
            _movie(order, recipe.picture, folder, made, carry, progress, cancelled)
        elif recipe.sound:
            _sound_files(order, recipe.sound, folder, made)
        if recipe.captions:
            _captions(order, folder, made)
        delivered = Deliverable(
            take=order.label,
            source_digest=source_digest,
            recipe=recipe.name,
            recipe_digest=recipe.digest,
            input_transform=made.transform,
            rendering=recipe.picture.rendering if recipe.picture else None,
            conversion=made.conversion,
            start=order.begin,
            duration=order.duration,
            gain_db=made.master.gain.db if made.master else None,
            gain_held_by=made.master.gain.held_by if made.master else None,
            limiter=made.master.limiter if made.master else None,
            deinterlacer=picture.deinterlacer if recipe.picture and picture else None,
            sound_track=made.track if made.master else None,
            downmix=downmix_of(order.footage.path, made.track.index if made.track else None) if made.master else None,
            carried=made.carried,
            fidelity=made.fidelity,
            files=tuple(_entry(path, role) for path, role in made.files),
            checks=(*made.checks, *(condition.verdict(path) for path, _ in made.files[:1])),
            notes=tuple(made.notes),
            complete=not condition.damage,
            damage=condition.damage,
            made_at=now(),
        )
        write_receipt(folder, delivered)
        finished.clear()
        forget_chunks(scratch)
        forget_findings(scratch)
        (scratch / CONTENT).unlink(missing_ok=True)
    return delivered


def _master(
    order: DeliverableRequest,
    recipe: SoundRecipe,
    source: Path,
    index: int | None,
    codec: Codec,
    limited_db: float,
    work: Path,
    cancelled: Callable[[], bool] | None,
) -> tuple[Path, Master]:
    path = work / f"sound{SOUND_SUFFIXES[codec]}"
    master = master_stretch(
        source,
        recipe,
        codec,
        path,
        index=index,
        start=order.begin,
        duration=order.duration,
        edit_list=order.recipe.container.edit_list,
        limited_db=limited_db,
        cancelled=cancelled,
    )
    return path, master


def _carry(order: DeliverableRequest) -> Passthrough | None:
    """The original sound tracks to carry into the movie. RequestError if the container cannot carry them."""
    path, recipe, sounds = order.footage.path, order.recipe, order.footage.probe.sound
    if recipe.picture is None or recipe.sound is None or recipe.sound.carry == "none" or not sounds:
        return None
    end = None if order.end is None else order.begin + order.duration
    return Passthrough(path, sounds, recipe.movie_format, start=order.begin, end=end, length=order.duration)


def _movie(
    order: DeliverableRequest,
    recipe: PictureRecipe,
    folder: Path,
    made: _Build,
    carry: Passthrough | None,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    picture = order.footage.probe.picture
    grid = order.footage.grid
    assert picture is not None
    assert grid is not None
    made.transform = transform = picture_transform(order.footage, order.input_transform)
    assert transform is not None
    made.conversion = describe(transform, recipe.view, recipe.rendering)
    width, height = recipe.size(picture)
    gop = max(1, int(grid.rate * Fraction(recipe.gop_seconds).limit_denominator(1000)))
    wanted = PictureFormat(
        width=width,
        height=height,
        rate=grid.rate,
        frames=len(order.ticks),
        codec=recipe.codec,
        bit_depth=recipe.bit_depth,
        view=recipe.view,
        gop=gop,
        effort=recipe.effort,
        bit_rate=recipe.bits_per_second(width, height, grid.rate),
        quality=recipe.quality,
        light=hdr10_light(order.footage.path, transform, recipe),
    )
    fit: Fit = "fit" if recipe.fit == "within" else "fill"
    spec = OutputSpec(width, height, recipe.view, recipe.bit_depth, fit, recipe.chroma)
    path = folder / f"{order.label}.{order.recipe.movie_format}"
    ticks = order.ticks
    mastered = made.masters.get(order.recipe.sound.codec) if order.recipe.sound else None
    if mastered:
        made.use_master(mastered)
    elif order.recipe.sound:
        heard = "no decodable sound" if order.footage.probe.sound else "no sound"
        made.notes.append(f"{heard} in the footage, no dialog in the deliverable")
    with made.file(path, "movie") as unfinished, PictureSource(order.footage.path, picture) as source:
        pipeline = Pipeline(picture, transform, spec, rendering=recipe.rendering)
        overlay = burn_in(order, recipe, width, height)
        before = read_findings(made.work)
        looked = SourcePictures(made.work, order)

        def frames(stretch: range) -> Iterator[YuvPlanes]:
            wanted_ticks = ticks[stretch.start : stretch.stop]
            shown = source.frames(grid, wanted_ticks.start, wanted_ticks.stop)
            planes = map(looked.observe, wanted_ticks, shown)
            layers = (overlay.at(tick - ticks.start) if overlay else None for tick in wanted_ticks)
            pictures = zip(planes, layers, strict=True)
            yield from pipeline.stream(pictures, first_frame=wanted_ticks.start)
            findings = before.joined(source, grid)
            if findings.any:
                write_findings(made.work, findings)
                made.source.merge(findings)
            looked.save()

        def cleaned(done: int) -> None:
            if progress:
                progress(done, len(ticks), "frames", order.label)

        container = order.recipe.container
        timescale = PASSTHROUGH_TIMESCALE if carry else None
        layout = MovieLayout(order.recipe.movie_format, container.edit_list, container.faststart, timescale)
        sound = mastered.path if mastered else None
        captions = [one for one in order.caption_tracks if one.cues] if order.recipe.embeds_captions else []
        lines = [[(cue.start, cue.end, cue.text) for cue in one.cues] for one in captions]
        passengers = [carry.join] if carry else []
        for one, said in zip(captions, lines, strict=True):
            passengers.append(CaptionTrack(said, order.duration, one.language).join)
        chunks = write_movie(
            unfinished,
            frames,
            wanted,
            work=made.work,
            sound=sound,
            passengers=passengers,
            layout=layout,
            progress=cleaned,
            cancelled=cancelled,
        )
        findings = read_findings(made.work)
        made.source.merge(findings)
        made.notes += findings.notes
        if picture.alpha:
            made.notes.append("the footage has an alpha channel: composited over black")
        if carry:
            carry.finish(unfinished)
            made.carried = carry.carried
            made.check(path, check_carried(carry.carried, passthrough_tracks_in(unfinished, carry.carried)))
        for number, said in enumerate(lines):
            made.check(path, check_embedded(said, captions_in(unfinished, number)))
        survey = inspect_movie(unfinished)
        made.fidelity = summarize_fidelity(chunks, wanted.rate, recipe.fidelity_floor)
        made.check(
            path, check_movie(unfinished, survey, order.recipe, wanted, sound is not None, made.fidelity, chunks)
        )
        made.check(path, [check_picture_kept(looked.content, survey.content, cropped=fit == "fill")])
        if made.no_words and (order.recipe.burns_captions or order.recipe.embeds_captions):
            made.check(path, [made.no_words])
        if made.master and order.recipe.sound:
            assert made.sounds
            made.check(path, made.sounds.check_result(made.master, measure_file(unfinished)))
        elif order.recipe.sound:
            made.check(path, [check_no_sound_made(len(order.footage.probe.sound), len(made.carried))])


def _sound_files(order: DeliverableRequest, recipe: SoundRecipe, folder: Path, made: _Build) -> None:
    for codec in required_codecs(order):
        mastered = made.masters[codec]
        made.use_master(mastered)
        path = folder / f"{order.label}{SOUND_SUFFIXES[codec]}"
        with made.file(path, "sound") as unfinished:
            shutil.copyfile(mastered.path, unfinished)
        made.check(path, check_sound_file(path, recipe, codec, order.duration))
        assert made.sounds
        made.check(path, made.sounds.check_result(mastered.master, mastered.master.after))


def _captions(order: DeliverableRequest, folder: Path, made: _Build) -> None:
    assert order.recipe.captions is not None
    for kind, one in product(order.recipe.captions.formats, order.caption_tracks):
        path = folder / f"{order.label}{one.suffix}.{kind}"
        with made.file(path, "captions") as unfinished:
            unfinished.write_bytes(write_captions(one.cues, kind, one.language, caption_look(order)))
        made.check(path, check_captions(one.cues, order.duration))
        if made.no_words:
            made.check(path, [made.no_words])


def _entry(path: Path, role: Role) -> DeliverableFile:
    return DeliverableFile(path=path.name, sha256=sha256_of(path), bytes=path.stat().st_size, role=role)
