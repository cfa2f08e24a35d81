"""Quality of every recipe's deliverables: the sample shoot, a clip at 59.94 fps, and a folder of clips."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from engine.deliver import RECEIPT, Deliverable, Recipe, load_recipe, read_receipt, recipe_names
from engine.ingest import Footage, inspect
from fixtures.recorder import Recorder, SoundTrack, hevc
from fixtures.texture import Texture

GOAL = 0.985
"""The mean luma SSIM that every deliverable should reach."""

_CWTUI = str(Path(sys.executable).with_name("cwtui"))
_SUFFIXES = {".mov", ".mp4", ".m4v", ".mkv"}
_FAST = "texture-60.mov"
_REPEATED = ("youtube-4k", True)


@dataclass(frozen=True, slots=True, eq=False)
class _Variant:
    """A recipe, in the view of `--sdr` or its own."""

    recipe: Recipe
    sdr: bool

    @property
    def name(self) -> str:
        return f"{self.recipe.name} --sdr" if self.sdr else self.recipe.name


def run(
    clips: Path | None = None,
    seconds: float = 1.0,
    recipes: Sequence[str] = (),
    whole: Sequence[str] = (),
    folder: Path | None = None,
    only: Sequence[str] = (),
) -> None:
    """Delivers each recipe, as shot, in the recipe's view and in SDR, and prints the measurements of the receipts.

    The sources are the sample shoot, a generated clip of 59.94 frames per second and the movies of `clips`: the first
    `seconds` of each, or all of it for those whose names are in `whole`. `recipes` and `only` limit the recipes and
    the sources (by file name). One delivery is repeated in a second studio to compare the bytes. `folder` keeps the
    deliverables: the next run there makes only those that are missing.
    """
    # An archive encodes nothing.
    encoding = [name for name in recipe_names() if load_recipe(name).archive is None]
    variants = [one for name in recipes or encoding for one in _variants(name)]
    with tempfile.TemporaryDirectory() as scratch:
        folder = (folder or Path(scratch)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        sources = [one for one in _sources(folder, clips) if not only or one.path.name in only]
        delivered = {
            one: _deliver(one, sources, folder / one.name.replace(" ", ""), folder / "studio", seconds, whole)
            for one in variants
        }
        _stop(folder / "studio")
        _print_fidelity(delivered, sources)
        _print_variants(delivered)
        repeats = any(one.path.name == _FAST for one in sources)
        if repeats and any((one.recipe.name, one.sdr) == _REPEATED for one in variants):
            _print_repetition(folder, Path(scratch), sources, seconds)


def _variants(name: str) -> list[_Variant]:
    recipe = load_recipe(name)
    has_hdr = recipe.picture and recipe.picture.view != "sdr"
    return [_Variant(recipe, sdr) for sdr in ((False, True) if has_hdr else (False,))]


def _sources(folder: Path, clips: Path | None) -> list[Footage]:
    shoot = folder / "shoot"
    subprocess.run([sys.executable, "-m", "fixtures.shoot", str(shoot)], check=True, capture_output=True)
    fast = folder / _FAST
    paths = [*sorted(shoot.iterdir()), fast if fast.exists() else _fast_clip(fast)]
    if clips:
        paths += sorted(path for path in clips.iterdir() if path.suffix.lower() in _SUFFIXES)
    return [inspect(path) for path in paths]


def _fast_clip(path: Path) -> Path:
    """One second of panning texture with light grain, 1280×720 HLG at 59.94 frames per second, with a tone."""
    time = np.arange(48_048) / 48_000
    tone = np.tile((0.1 * np.sin(2 * np.pi * 440 * time)).astype(np.float32), (2, 1))
    track = hevc(1280, 720, Fraction(1, 60_000), Fraction(60_000, 1001), more="crf=16")
    with Recorder(path, track, [SoundTrack(tone)]) as recorder:
        for number, planes in enumerate(Texture(1280, 720, 10, grain=0.4, speed=1.5).frames(range(60))):
            recorder.picture(planes, number * 1001)
    return path


def _deliver(
    variant: _Variant, sources: Sequence[Footage], out: Path, studio: Path, seconds: float, whole: Sequence[str]
) -> tuple[Deliverable, ...]:
    """The receipt's deliverables: one for each source that the recipe accepts. Prints errors to stderr."""
    groups: dict[tuple[str, ...], list[Path]] = {}
    for source in sources:
        is_whole = source.path.name in whole or source.probe.duration <= seconds
        options = [] if is_whole else ["--to", str(seconds)]
        if source.probe.picture and (transform := source.probe.picture.suggested_input_transform):
            options += ["--input-transform", transform]
        groups.setdefault(tuple(options), []).append(source.path)
    common = ["--damaged", "--json", "--studio", str(studio), "-o", str(out), *(["--sdr"] if variant.sdr else [])]
    if variant.recipe.picture:
        common += ["--rendering", "as-shot"]
    for options, paths in groups.items():
        command = [_CWTUI, "deliver", variant.recipe.name, *map(str, paths), *common, *options]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            print(f"{variant.name}: {_reason(result.stdout) or result.stderr}", file=sys.stderr)
    return read_receipt(out).deliveries if (out / RECEIPT).exists() else ()


def _reason(answer: str) -> str:
    """The failed checks or errors of a delivery's JSON result."""
    result = json.loads(answer)
    checks = [f"{one['name']}: {one['measured']}" for one in result.get("checks", ()) if not one["passed"]]
    errors = [result.get("error"), *result.get("failed", ()), *result.get("waiting", ())]
    return "; ".join([*checks, *(str(one.get("message", one)) for one in errors if one)])


def _print_fidelity(delivered: dict[_Variant, tuple[Deliverable, ...]], sources: Sequence[Footage]) -> None:
    """A table of mean luma SSIM, sources by variants; values below the goal are bold."""
    pictured = [one for one in delivered if one.recipe.picture]
    print("| SSIM luma |" + "".join(f" {one.name} |" for one in pictured))
    print("| --- |" + " ---: |" * len(pictured))
    for source in sources:
        cells = []
        for variant in pictured:
            found = [one.fidelity for one in delivered[variant] if _is_of(one, source) and one.fidelity]
            value = f"{found[0].mean.luma:.4f}" if found else "–"
            cells.append(f"**{value}**" if found and found[0].mean.luma < GOAL else value)
        print(f"| {_describe(source)} | " + " | ".join(cells) + " |")
    print()


def _is_of(deliverable: Deliverable, source: Footage) -> bool:
    """Whether a deliverable was made from this source; the name of a part has its times after a space."""
    return deliverable.take.split(" ")[0] == source.path.stem


def _describe(source: Footage) -> str:
    picture = source.probe.picture
    size = f", {picture.width}×{picture.height} {picture.encoding or ''}".rstrip() if picture else ""
    return f"{source.path.stem}{size}"


def _print_variants(delivered: dict[_Variant, tuple[Deliverable, ...]]) -> None:
    """A table of the lowest values of each variant, and of its checks."""
    print("| | lowest luma | lowest second | lowest chroma | floor | bit rate | loudness | checks passed |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for variant, found in delivered.items():
        measured = [one.fidelity for one in found if one.fidelity]
        checks = [check for one in found for check in one.checks]
        cells = [""] * 4
        if measured:
            cells = [
                f"{min(one.mean.luma for one in measured):.4f}",
                f"{min(one.worst_second.luma for one in measured):.4f}",
                f"{min(min(one.mean.cb, one.mean.cr) for one in measured):.4f}",
                f"{measured[0].floor:g}",
            ]
        cells += [_range(found, "bit rate"), _range(found, "loudness")]
        cells.append(f"{sum(check.passed for check in checks)} of {len(checks)}")
        print(f"| {variant.name} | " + " | ".join(cells) + " |")
    print()


def _range(found: Sequence[Deliverable], name: str) -> str:
    """The lowest and the highest measured value of a check."""
    measured = [str(check.measured) for one in found for check in one.checks if check.name == name]
    numbers = sorted(float(one.split()[0]) for one in measured if one.split()[0].lstrip("-").replace(".", "").isdigit())
    return f"{numbers[0]:.2f} … {numbers[-1]:.2f}" if numbers else ""


def _print_repetition(folder: Path, scratch: Path, sources: Sequence[Footage], seconds: float) -> None:
    """Delivers the generated clip again in a new studio, and compares the files of the two."""
    name, sdr = _REPEATED
    variant = _Variant(load_recipe(name), sdr)
    source = next(one for one in sources if one.path.name == _FAST)
    again = scratch / "again"
    _deliver(variant, [source], again, scratch / "second-studio", seconds, ())
    _stop(scratch / "second-studio")
    first = folder / variant.name.replace(" ", "")
    files = sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file() and path.name != RECEIPT)
    same = bool(files) and all(_digest(again / path) == _digest(first / path) for path in files)
    print(f"{variant.name} of {source.path.name} in a second studio: {'the same bytes' if same else 'OTHER BYTES'}")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _stop(studio: Path) -> None:
    subprocess.run(
        [_CWTUI, "studio", "--stop"], env={**os.environ, "CWTUI_STUDIO": str(studio)}, capture_output=True, check=False
    )
