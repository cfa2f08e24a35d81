"""The index of stored products: what made them, how large they are, and the range that they cover."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from engine import __version__
from engine.catalog import Exact, FrozenModel
from engine.errors import EngineError
from engine.perception.products import ProductKind
from engine.perception.provider import ProviderIdentity
from engine.perception.track import FrameQuality

INDEX, STARTED = "perception.json", "started.json"
"""The index of finished products, and that of products that are being made."""

SEGMENT = 120
"""Frames of one file: a multiple of every `ProductRecord.every`."""

FLOW_STEPS = 32
"""Stored flow is in steps of 1/32 of an analysis pixel."""


class IdentityRecord(FrozenModel):
    """A `ProviderIdentity` as it is stored."""

    name: str
    product: ProductKind
    runtime: str
    device: str
    model: str = ""
    digest: str = ""
    parameters: dict[str, str | int | float | bool] = Field(default_factory=dict)

    @classmethod
    def of(cls, identity: ProviderIdentity) -> IdentityRecord:
        """The record of an identity."""
        return cls(
            name=identity.name,
            product=identity.product,
            runtime=identity.runtime,
            device=identity.device,
            model=identity.model,
            digest=identity.digest,
            parameters=dict(identity.parameters),
        )

    @property
    def identity(self) -> ProviderIdentity:
        """The identity."""
        return ProviderIdentity(
            self.name, self.product, self.runtime, self.device, self.model, self.digest, self.parameters
        )


class QualitySummary(FrozenModel):
    """The quality of all frames of a product: how many are keyframes, resets and not stable, and the confidence."""

    frames: int
    keyframes: int
    resets: int
    unstable: int
    mean_confidence: float
    lowest_confidence: float


class ProductRecord(FrozenModel):
    """A stored product. Every `every`-th tick has a result, which is valid until the next one.

    `summary` is there when the product is complete.
    """

    kind: ProductKind
    identity: IdentityRecord
    every: int = 1
    summary: QualitySummary | None = None


class PerceptionIndex(FrozenModel):
    """The products of a take from the tick `first` on, in files of `segment` frames.

    `width` and `height` are the size of the analysis, `rate` is the take's in ticks per second. `flow` made the flow
    by which masks and depth were warped.
    """

    version: Literal[1] = 1
    label: str
    source_digest: str
    rate: Exact
    first: int
    frames: int
    width: int
    height: int
    segment: int = SEGMENT
    products: tuple[ProductRecord, ...]
    flow: IdentityRecord | None = None
    made_at: datetime | None = None
    made_by: str = f"Cleanwater {__version__}"

    @property
    def ticks(self) -> range:
        """The covered ticks."""
        return range(self.first, self.first + self.frames)

    @property
    def segments(self) -> list[range]:
        """The ticks of each file, in order."""
        ticks = self.ticks
        return [ticks[at : at + self.segment] for at in range(0, len(ticks), self.segment)]

    def segment_start(self, number: int) -> int:
        """The first tick of the file that has a tick."""
        return number - (number - self.first) % self.segment

    def product(self, kind: ProductKind) -> ProductRecord | None:
        """The record of a kind, None if it is not stored."""
        return next((one for one in self.products if one.kind == kind), None)


def segment_path(folder: Path, kind: ProductKind, first: int) -> Path:
    """The file of a kind whose first tick is `first`."""
    return folder / f"{kind}-{first:07d}.npz"


def quality_path(folder: Path, first: int) -> Path:
    """The file with the quality of all products from the tick `first` on. It is written after their files."""
    return folder / f"quality-{first:07d}.json"


def read_index(folder: Path, name: str = INDEX) -> PerceptionIndex:
    """The index of a folder. Raises EngineError if there is none, or if it cannot be read."""
    path = folder / name
    try:
        return PerceptionIndex.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise EngineError(f"{folder} has no finished products.", "cwtui perceive makes them.") from error
    except (OSError, ValidationError) as error:
        raise EngineError(f"{path} cannot be read.", "Delete its folder, then run cwtui perceive again.") from error


def quality_as_json(quality: FrameQuality) -> dict[str, Any]:
    """A frame's quality; what has its usual value is left out."""
    fields: dict[str, Any] = {"number": quality.number, "confidence": round(quality.confidence, 4)}
    fields |= {name: True for name in ("keyframe", "reset") if getattr(quality, name)}
    if quality.reasons:
        fields["reasons"] = list(quality.reasons)
    if quality.measures:
        fields["measures"] = {name: float(f"{value:.5g}") for name, value in quality.measures.items()}
    return fields


def quality_from_json(fields: dict[str, Any]) -> FrameQuality:
    """The inverse of `quality_as_json`."""
    return FrameQuality(
        int(fields["number"]),
        float(fields["confidence"]),
        bool(fields.get("keyframe", False)),
        bool(fields.get("reset", False)),
        tuple(fields.get("reasons", ())),
        fields.get("measures", {}),
    )


def summary_of(qualities: Iterable[FrameQuality]) -> QualitySummary:
    """The summary of at least one frame, in one pass."""
    frames = keyframes = resets = unstable = 0
    total, lowest = 0.0, 1.0
    for one in qualities:
        frames += 1
        keyframes += one.keyframe
        resets += one.reset
        unstable += not one.stable
        total += one.confidence
        lowest = min(lowest, one.confidence)
    return QualitySummary(
        frames=frames,
        keyframes=keyframes,
        resets=resets,
        unstable=unstable,
        mean_confidence=round(total / max(1, frames), 4),
        lowest_confidence=round(lowest, 4),
    )
