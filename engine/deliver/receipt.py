"""A receipt lists deliverables with their sources, settings, checks and measurements."""

from __future__ import annotations

from collections.abc import Set
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from engine import __version__
from engine.atomic_files import exclusive_lock, write_atomic
from engine.catalog import Damage, Encoding, Exact, FrozenModel
from engine.deliver.fidelity import Fidelity
from engine.deliver.perception_use import PerceptionUse
from engine.deliver.platform_verdict import PlatformVerdict
from engine.deliver.provenance import DeviceFacts, ModelUse, ToolVersion
from engine.deliver.rendered_parts import RenderedPart, Seam
from engine.deliver.source_seal import SourceSeal
from engine.deliver.used_look import UsedLook
from engine.deliver.used_package import UsedPackage
from engine.errors import EngineError
from engine.picture import Rendering
from engine.sound import Downmix, LimiterWork, PassthroughTrack

RECEIPT = "receipt.json"

Role = Literal["movie", "frames", "sound", "captions", "chapters", "credits", "archive", "poster", "sheet"]


_GAINS = {
    "target": ", to reach the target",
    "ceiling": ", limited by the ceiling of true peaks",
    "limiter": ", limited by the limiter",
    "silence": ": the sound is silent",
}


class Check(FrozenModel):
    """One property of the recipe, compared with the finished file.

    `id` is that of its rule (`cwtui checks`), empty in earlier receipts. `accepted`: the check did not pass, and the
    user accepted that beforehand. `warning`: it did not pass, but the file can be used as it is.
    """

    name: str
    id: str = ""
    passed: bool
    accepted: bool = False
    warning: bool = False
    measured: Any
    wanted: Any
    file: str = ""

    @property
    def failed(self) -> bool:
        """Whether the check neither passed nor only warns, and was not accepted beforehand."""
        return not (self.passed or self.accepted or self.warning)


class DeliverableFile(FrozenModel):
    """A finished file; `path` is relative to the receipt.

    `sha256_unsigned` is the digest before the file was signed: the same footage and recipe give the same one again on
    the same device, which is not true of a signed file.
    """

    path: str
    sha256: str
    bytes: int
    role: Role
    sha256_unsigned: str | None = None


class Signature(FrozenModel):
    """The key that signed the files of a delivery: its holder by the certificate, its algorithm, and the certificates.

    `certificate_sha256` is the digest of its own certificate, `chain` has that and its issuers' in PEM.
    """

    signer: str
    algorithm: str
    certificate_sha256: str
    chain: str


class FrameSequence(FrozenModel):
    """Numbered frames beside a receipt, in `folder`, named by `pattern` from the number `first` on.

    A file with the role `frames` lists the SHA-256 of each. `digest` is that of all: the SHA-256 of a line
    `SHA-256  NAME` for each, in order.
    """

    folder: str
    pattern: str
    first: int
    frames: int
    width: int
    height: int
    bytes: int
    digest: str


class TrackChoice(FrozenModel):
    """The sound track that was used, by its index in the probe, and the reason for the choice."""

    index: int
    reason: str


class CutTakeSource(FrozenModel):
    """A take of a delivered cut: the conversion of its picture, the sound track, and whether what is used is whole.

    `damage` is in seconds on the take's clock.
    """

    take: str
    source_digest: str
    input_transform: Encoding | None = None
    conversion: str | None = None
    sound_track: TrackChoice | None = None
    seal: SourceSeal | None = None
    complete: bool = True
    damage: tuple[Damage, ...] = ()


class CopiedPart(FrozenModel):
    """A stretch of a film whose packets were copied: the numbers of its clips, and the take.

    `start` and `duration` are seconds of the film, `source_start` is on the take's clock. `digest` is the XXH3-128 of
    the digests of all `packets`. `open`: the take has an open GOP there, whose first picture is marked as a new start.
    """

    clips: tuple[int, ...]
    take: str
    start: Exact
    duration: Exact
    source_start: Exact
    packets: int
    bytes: int
    digest: str
    open: bool = False


class EncodedPart(FrozenModel):
    """Frames of a clip (by its number) that were encoded although the recipe copies shots, and the reason."""

    clip: int
    take: str | None
    frames: int
    reason: str


class TitleUse(FrozenModel):
    """A title of a cut: its template, the template's version and SHA-256 digest, and its time in seconds."""

    template: str
    version: int
    digest: str
    start: Exact
    duration: Exact


class FollowedSpeaker(FrozenModel):
    """The face of a speaker in a take, by its number, and how certain that is; `chosen` by the user."""

    speaker: str
    face: int
    confidence: float
    chosen: bool = False


class UsedFollow(FrozenModel):
    """The moving crop of a take: the SHA-256 of its path, what it follows, and how it moves in the deliverable.

    `faces` is the number of faces, `turns` that of the speakers' turns, `interjections` that of the turns that the crop
    does not follow, and `keys` that of the user's keys. `cuts` and `moves` are changes of the crop. `in_safe_area` is
    the share of the frames with a followed speaker in which the face is in the safe area, None without speakers.
    `speed` and `acceleration` are the highest ones, in widths of the crop per second (squared).
    """

    take: str
    path_digest: str
    faces: int
    speakers: tuple[FollowedSpeaker, ...] = ()
    turns: int = 0
    interjections: int = 0
    cuts: int = 0
    moves: int = 0
    keys: int = 0
    in_safe_area: float | None = None
    speed: float = 0.0
    acceleration: float = 0.0


class CutSource(FrozenModel):
    """A delivered cut: its name, the digest of what determines the film, and its takes.

    `rate` is in frames per second, `clips` the number of clips. `copied` and `encoded` list how each clip was made, if
    the recipe copies shots. `titles` are those that its pictures show.
    """

    name: str
    digest: str
    rate: Exact
    clips: int
    takes: tuple[CutTakeSource, ...]
    copied: tuple[CopiedPart, ...] = ()
    encoded: tuple[EncodedPart, ...] = ()
    titles: tuple[TitleUse, ...] = ()


class Deliverable(FrozenModel):
    """One take's or cut's deliverable: its source, recipe, files and checks.

    `conversion` describes the conversion from the picture's encoding to the view, including its luminances in nits.
    `complete` is true if the whole source is present and decodes; `damage` lists the exceptions, in seconds on the
    take's clock. For a cut, `take` is its name, `cut` has its takes, and `damage` lists that of all of them.
    `limiter` is the work of the limiter, after that of a cleaned dialog's own. `looks` are those of the picture,
    `follow` its moving crops. `perception` are the products of models that the looks read; they are judged by gates,
    not by hashes. `packages` are those of the market that it uses, with their obligations.
    `platform` is the verdict by the rules of the recipe's platform, if it names one; `approval` the review that the
    recipe asks for (`ApprovalList`); `signature` the key that signed the files. `tools`, `models` and `device` are what
    it was made with, `seal` is that of the take's footage; receipts of earlier versions do not have them. Footage left
    in place has no seal. `parts` are those of the picture, if jobs of their own rendered them, and `seams` the joins
    between parts from different devices.
    """

    take: str
    source_digest: str
    recipe: str
    recipe_digest: str
    input_transform: Encoding | None
    rendering: Rendering | None = None
    conversion: str | None = None
    start: Exact
    duration: Exact
    gain_db: float | None = None
    gain_held_by: str | None = None
    limiter: LimiterWork | None = None
    deinterlacer: str | None = None
    sound_track: TrackChoice | None = None
    downmix: Downmix | None = None
    carried: tuple[PassthroughTrack, ...] = ()
    fidelity: Fidelity | None = None
    sequence: FrameSequence | None = None
    files: tuple[DeliverableFile, ...]
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()
    complete: bool = True
    damage: tuple[Damage, ...] = ()
    platform: PlatformVerdict | None = None
    approval: str | None = None
    looks: tuple[UsedLook, ...] = ()
    perception: tuple[PerceptionUse, ...] = ()
    follow: tuple[UsedFollow, ...] = ()
    packages: tuple[UsedPackage, ...] = ()
    cut: CutSource | None = None
    signature: Signature | None = None
    tools: tuple[ToolVersion, ...] = ()
    models: tuple[ModelUse, ...] = ()
    device: DeviceFacts | None = None
    seal: SourceSeal | None = None
    parts: tuple[RenderedPart, ...] = ()
    seams: tuple[Seam, ...] = ()
    made_at: datetime
    made_by: str = f"Cleanwater {__version__}"

    @property
    def passed(self) -> bool:
        """Whether there is at least one check, and none failed; a warning is no failure."""
        return bool(self.checks) and not any(check.failed for check in self.checks)

    @property
    def described_gain(self) -> str:
        """The gain of the sound and its reason, as “+2.0 dB, to reach the target”; empty without sound."""
        if self.gain_db is None:
            return ""
        reason = _GAINS.get(self.gain_held_by or "", "")
        return f"{self.gain_db:+.1f} dB{reason}".replace("-", "−")


class Receipt(FrozenModel):
    """All deliverables in one folder."""

    version: Literal[1] = 1
    deliveries: tuple[Deliverable, ...] = ()


def read_receipt(folder: Path) -> Receipt:
    """A folder's receipt, empty if there is none yet. Raises EngineError if it cannot be read."""
    path = folder / RECEIPT
    if not path.exists():
        return Receipt()
    try:
        return Receipt.model_validate_json(path.read_bytes())
    except (ValidationError, OSError) as error:
        raise EngineError(
            f"{path} cannot be read as a receipt.",
            "Move it aside and deliver again; the deliverables are not changed.",
        ) from error


def write_receipt(folder: Path, new: Deliverable) -> Path:
    """Adds a deliverable to its folder's receipt and replaces earlier ones that share a file. Returns the path."""
    paths = {file.path for file in new.files}
    path = folder / RECEIPT
    with exclusive_lock(folder / f".{RECEIPT}.lock", wait=True, what="A delivery"):
        kept = [d for d in read_receipt(folder).deliveries if not paths & {file.path for file in d.files}]
        receipt = Receipt(deliveries=tuple(sorted([*kept, new], key=lambda one: (one.take, one.start))))
        write_atomic(path, receipt.model_dump_json(indent=2).encode())
    return path


def forget_deliveries(folder: Path, paths: Set[str]) -> None:
    """Removes the deliverables that have one of these files from their folder's receipt, if there is one."""
    path = folder / RECEIPT
    if not path.exists():
        return
    with exclusive_lock(folder / f".{RECEIPT}.lock", wait=True, what="A delivery"):
        kept = [d for d in read_receipt(folder).deliveries if not paths & {file.path for file in d.files}]
        write_atomic(path, Receipt(deliveries=tuple(kept)).model_dump_json(indent=2).encode())


def now() -> datetime:
    """The current time for a receipt, in UTC."""
    return datetime.now(UTC)
