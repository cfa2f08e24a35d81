"""The files of one delivery while they are built: scratch paths, checks, notes and the sounds for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from engine.atomic_files import final_name, partial
from engine.catalog import Damage
from engine.deliver.checks import Finished, check_rules, platform_verdict
from engine.deliver.dialog import repair_note
from engine.deliver.fidelity import Fidelity
from engine.deliver.ownership import FinishedFiles
from engine.deliver.platform_verdict import PlatformVerdict
from engine.deliver.receipt import Check, DeliverableFile, FrameSequence, Role
from engine.deliver.rendered_parts import FarmParts, RenderedPart, Seam
from engine.deliver.running_checks import publish_checks
from engine.deliver.signing import SignedFile, Signing
from engine.file_digest import sha256_of
from engine.sound import Codec, Loudness, Master, SoundProfile, profiles_path, read_profiles

Progress = Callable[[int, int, str, str], None]
"""Called with (done, total, unit, label)."""

Examined = Callable[[Finished, list[Check]], None]
"""Called with each finished file under its own name, and with the results of its checks."""


class KnownCondition(Protocol):
    """The condition of the sources of a delivery."""

    @property
    def damage(self) -> tuple[Damage, ...]:
        """What the delivered stretch lacks."""

    @property
    def accepted(self) -> bool:
        """Whether the user accepted it."""


@dataclass(frozen=True, slots=True)
class RecordedSound:
    """The sound of the sources in the delivered stretch; `profile` if it is not that of the mastering's input."""

    loudness: Loudness
    profile: SoundProfile | None = None


@dataclass(frozen=True, slots=True)
class MasteredSound:
    """A finished sound file, the measurements and gain of its mastering, and notes about its cleaning."""

    path: Path
    master: Master
    cleaning_notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Outputs:
    """The files, checks and notes of one delivery so far.

    `work` is its working folder, `condition` that of its sources, `replaced` are the names of existing files that it
    may replace. `recorded_sound` returns the recorded sound of a mastering. `no_words` is the verdict on captions
    without words, `source_tracks` the number of sound tracks of its sources. `platform` is the verdict on its first
    file, `fidelity` that of its movie, `profiles` are those of the last mastering's input and file. `examined` receives
    each file with its checks. `signing` signs its files, if the recipe asks for it; `unsigned` are their SHA-256
    before, by name. `encoder` is that of the picture, if frames were encoded, `cover` the picture of sound files.
    `farm` is what other jobs rendered, `parts` and `seams` the record of all parts of the picture.
    """

    work: Path
    masters: dict[Codec, MasteredSound]
    condition: KnownCondition
    recorded_sound: Callable[[Master], RecordedSound]
    replaced: frozenset[str] = frozenset()
    no_words: Check | None = None
    source_tracks: int = 0
    examined: Examined | None = None
    files: list[tuple[Path, Role]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    master: Master | None = None
    profiles: tuple[SoundProfile, SoundProfile] | None = None
    fidelity: Fidelity | None = None
    sequence: FrameSequence | None = None
    platform: PlatformVerdict | None = None
    signing: Signing | None = None
    encoder: str | None = None
    cover: bytes | None = None
    unsigned: dict[str, str] = field(default_factory=dict)
    farm: FarmParts | None = None
    parts: tuple[RenderedPart, ...] = ()
    seams: tuple[Seam, ...] = ()

    def use_master(self, mastered: MasteredSound) -> None:
        """Records the mastering result, and adds notes about repaired samples."""
        self.master = mastered.master
        self.profiles = read_profiles(profiles_path(mastered.path))
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

    def sign(self, unfinished: Path) -> SignedFile | None:
        """Signs an unfinished file, if the recipe asks for it. The checks that follow are about the signed file."""
        if self.signing is None:
            return None
        path = unfinished.with_name(final_name(unfinished))
        signed = self.signing.sign(unfinished, path)
        self.unsigned[path.name] = signed.sha256_unsigned
        return signed

    def check(self, finished: Finished, path: Path) -> None:
        """Runs the checks of a file that will have, or has, its name at `path`, and publishes each as it finishes.

        EngineError if it does not decode.
        """
        recorded = self.recorded_sound(finished.master) if finished.master else None
        source, result = self.profiles if finished.master and self.profiles else (None, None)
        finished = replace(
            finished,
            main=not self.checks,
            source_loudness=recorded.loudness if recorded else None,
            source_profile=source,
            recorded_profile=recorded.profile if recorded else None,
            known_profile=result if finished.known_loudness else None,
            source_tracks=self.source_tracks,
            no_words=self.no_words,
            damage=self.condition.damage,
            accepted=self.condition.accepted,
        )
        results: list[Check] = []
        for rule in check_rules():
            if found := rule.results(finished):
                results += [one.model_copy(update={"file": path.name}) for one in found]
                publish_checks(self.work, [*self.checks, *results])
        self.checks += results
        if finished.kind == "movie":
            self.fidelity = finished.fidelity
        if finished.main:
            self.platform = platform_verdict(finished)
        if self.examined:
            self.examined(finished.moved_to(path), results)

    def entries(self) -> tuple[DeliverableFile, ...]:
        """The files for the receipt."""
        return tuple(
            DeliverableFile(
                path=path.name,
                sha256=sha256_of(path),
                bytes=path.stat().st_size,
                role=role,
                sha256_unsigned=self.unsigned.get(path.name),
            )
            for path, role in self.files
        )
