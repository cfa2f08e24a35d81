"""Checks a GPU against the CPU on a fixed chart, once per device; results are cached.

The references are OpenColorIO for input transforms and views, and the published formulas in double precision for
as-shot conversions.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path
from pydantic import BaseModel, ConfigDict, ValidationError

from engine.atomic_files import write_atomic
from engine.catalog import Encoding, Picture
from engine.errors import EngineError
from engine.picture.as_shot import CONVERSIONS, HLG_GAMMA, HLG_PEAK_NITS, SDR_WHITE_NITS, Conversion
from engine.picture.choices import View
from engine.picture.color import SHAPERS, TRUTH, to_acescg, to_display
from engine.picture.difference import difference
from engine.picture.frame_graphs import InputGraph, Mode
from engine.picture.planes import Planes
from engine.picture.scaling import place
from engine.render import open_device
from engine.resources import shader

_SHADERS = ("input.wgsl", "scale.wgsl", "as_shot.wgsl", "view.wgsl", "yuv.wgsl")

# ACES 2.0 for 1000 nits has discontinuities that no table can follow: this share of a chart may exceed ΔE 1.
_JUMPS = 1 / 200

ConformanceSubject = Encoding | View | Conversion
"""The subject of a check: an input transform, a view, or an as-shot conversion."""

SUBJECTS: tuple[ConformanceSubject, ...] = (
    *(encoding for encoding in Encoding if encoding is not Encoding.EXR),
    *SHAPERS,
    *CONVERSIONS,
)

AdapterKind = Literal["input", "view", "conversion"]


class ConformanceResult(BaseModel):
    """The difference between this device and the CPU reference for one subject.

    For a view or a conversion, `mean` and `largest` are ΔE2000 (SDR) or ΔE ITP (HLG, PQ). For an input transform, they
    are relative to the tolerance (2e-4 absolute or 1e-3 of the colour). `beyond` is the share of the chart above 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: str
    subject: str
    kind: AdapterKind
    mean: float
    largest: float
    beyond: float

    @property
    def fault(self) -> str | None:
        """The description of a difference above the tolerance; None if there is none."""
        if self.kind == "input":
            return (
                None
                if self.largest <= 1
                else f"input transform {self.subject} exceeds the tolerance by a factor of {self.largest:.1f}"
            )
        if self.kind == "conversion":
            if self.mean <= 0.1 and self.beyond == 0:
                return None
            return f"{self.subject} differs by ΔE {self.mean:.2f} on average, {self.largest:.1f} at most"
        if self.mean <= 0.1 and self.beyond <= (0.0 if self.subject == "sdr" else _JUMPS):
            return None
        return f"the {self.subject.upper()} view differs by ΔE {self.mean:.2f} on average, {self.largest:.1f} at most"


def check_device(subjects: Sequence[ConformanceSubject] = SUBJECTS) -> list[ConformanceResult]:
    """The results for this process's GPU: cached from an earlier run with the same device, passes and libraries, or
    measured now. Raises EngineError if there is no GPU."""
    digest = _digest()
    return [_checked(subject, _kind(subject), digest) for subject in subjects]


def require_conformant_device(subjects: Sequence[ConformanceSubject] = SUBJECTS) -> None:
    """Raises EngineError if this GPU's colours differ from the reference."""
    verdicts = check_device(subjects)
    if faults := [fault for verdict in verdicts if (fault := verdict.fault)]:
        raise EngineError(
            f"{verdicts[0].device} does not reproduce the reference colours: {'; '.join(faults)}.",
            "Update the system and its graphics driver, then run cwtui doctor, which repeats the check.",
        )


@cache
def _checked(subject: ConformanceSubject, kind: AdapterKind, digest: str) -> ConformanceResult:
    # The file name includes the kind, because an encoding and a view may have the same name and compare equal.
    path = user_cache_path("Cleanwater") / f"oracle-{kind}-{subject}-{digest}.json"
    with contextlib.suppress(OSError, ValidationError):
        return ConformanceResult.model_validate_json(path.read_text(encoding="utf-8"))
    if isinstance(subject, Conversion):
        found = _conversion_difference(subject)
    elif kind == "input":
        found = _input_error(Encoding(subject))
    else:
        found = _view_difference(cast(View, subject))
    verdict = ConformanceResult(
        device=open_device().description,
        subject=str(subject),
        kind=kind,
        mean=float(found.mean()),
        largest=float(found.max()),
        beyond=float((found > 1).mean()),
    )
    # If the cache cannot be written, the check is repeated next time.
    with contextlib.suppress(EngineError):
        write_atomic(path, verdict.model_dump_json(indent=2).encode())
    return verdict


def _digest() -> str:
    """A digest of everything that affects the GPU's colours."""
    device = open_device()
    as_shot = repr((HLG_PEAK_NITS, HLG_GAMMA, SDR_WHITE_NITS))
    parts = [device.identity, TRUTH, repr(SHAPERS), as_shot, *map(shader, _SHADERS)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _kind(subject: ConformanceSubject) -> AdapterKind:
    if isinstance(subject, Conversion):
        return "conversion"
    return "input" if isinstance(subject, Encoding) else "view"


def _code_chart() -> tuple[NDArray[np.uint16], Planes]:
    """A cube of colours and a grey ramp, as 16-bit codes (…, 16, 3) and as planes."""
    steps = np.linspace(0, 1, 16)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    ramp = np.repeat(np.linspace(0, 1, 1024)[:, None], 3, 1)
    stored = np.rint(np.concatenate([cube, ramp]) * 65535).astype(np.uint16).reshape(-1, 16, 3)
    red, green, blue = (np.ascontiguousarray(stored[..., channel]) for channel in range(3))
    return stored, Planes((green, blue, red), stored.shape[1], stored.shape[0], 16)


def _conversion_difference(conversion: Conversion) -> NDArray[np.float64]:
    stored, planes = _code_chart()
    shown = _graph(planes, conversion.source, conversion).display(planes)
    return difference(shown, conversion.convert(stored / 65535), conversion.view)


def _input_error(encoding: Encoding) -> NDArray[np.float64]:
    stored, planes = _code_chart()
    light = np.ascontiguousarray(_graph(planes, encoding, "linear").read(planes)[..., :3]).astype(np.float32)
    truth = to_acescg(stored / np.float32(65535), encoding)
    error = np.abs(light - truth)
    allowed = np.maximum(2e-4, 1e-3 * np.abs(truth).max(-1, keepdims=True))
    share: NDArray[np.float64] = (error / allowed).astype(np.float64)
    return share


def _view_difference(view: View) -> NDArray[np.float64]:
    even = np.linspace(-0.1, 16, 17)
    by_ratio = np.concatenate([[-0.1, 0.0], np.geomspace(0.002, 16, 15)])
    grids = [np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3) for axis in (even, by_ratio)]
    ramp = np.repeat(np.geomspace(1e-3, 65504, 1024)[:, None], 3, 1)
    scene = np.concatenate([*grids, ramp]).astype(np.float16).reshape(-1, 10, 3)
    red, green, blue = (np.ascontiguousarray(scene[..., channel]) for channel in range(3))
    planes = Planes((green, blue, red), scene.shape[1], scene.shape[0], 16)
    shown = _graph(planes, Encoding.EXR, view).display(planes)
    return difference(shown, to_display(scene, view), view)


def _graph(planes: Planes, encoding: Encoding, mode: Mode) -> InputGraph:
    """The graph that a chart goes through at its own size."""
    size = (planes.width, planes.height)
    return InputGraph(open_device(), planes, _chart(planes, encoding), encoding, mode, place(size, size, "fill"))


def _chart(planes: Planes, encoding: Encoding) -> Picture:
    size: dict[str, Any] = {"width": planes.width, "height": planes.height}
    return Picture(
        index=0, codec="chart", pixel_format="chart", **size, display_width=planes.width, display_height=planes.height,
        frame_rate=1, frames=1, encoding=encoding, input_transform=encoding,
    )  # fmt: skip
