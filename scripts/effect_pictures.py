"""Creates pictures of docs/effects.md: the sample shoot's harbour before (left) and after each effect.

Run `.venv/bin/python scripts/effect_pictures.py`, or with the names of effects for only these.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_erosion, gaussian_filter

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.catalog import Encoding  # noqa: E402
from engine.effects import FrameContext, effect_type, render_array  # noqa: E402
from engine.picture import input_transform, to_display  # noqa: E402
from fixtures.backdrop import Framing  # noqa: E402
from fixtures.scene import Scene, Standing  # noqa: E402
from fixtures.shoot import DAWN  # noqa: E402

Floats = NDArray[np.float32]

WIDTH, HEIGHT = 1280, 720
SHOWN = (480, 270)
_PRESENTER_METRES = 2.0
_CAMERA_HEIGHT = 1.6


@dataclass(frozen=True)
class Example:
    """Parameters of a picture, and the part of it that is shown: left, top and width as shares."""

    parameters: dict[str, Any] = field(default_factory=dict)
    part: tuple[float, float, float] = (0, 0, 1)


FACE = (0.12, 0.25, 0.32)
EXAMPLES = {
    "background_blur": Example(),
    "cdl": Example({"slope_red": 1.015, "offset_blue": 0.006, "power_green": 1.008, "saturation": 1.15}),
    "chromatic_aberration": Example({"red": 0.5, "blue": -0.35}, (0, 0.2, 0.3)),
    "defocus": Example({"focus": 2.0, "depth_unit": "metric"}),
    "fog": Example({"visibility": 40, "depth_unit": "metric", "limit": 0.85}),
    "grain": Example({"film_height": 7.49}, FACE),
    "lens_distortion": Example({"k1": 0.25}),
    "lut": Example(),
    "motion_blur": Example({"shutter": 360}),
    "relight": Example({"stops": 0.5, "background": -0.7, "side": 0.8}),
    "sharpen": Example({"amount": 1.0}, FACE),
    "tone_curve": Example({"contrast": 1.3, "shoulder": 0.5}),
    "transform": Example({"scale": 1.25, "x": 12, "y": 6, "rotation": -2}),
    "white_balance": Example({"temperature": 4700}),
}


def main() -> None:
    """Writes the pictures."""
    light, sources = harbour()
    names = sys.argv[1:] or list(EXAMPLES)
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            example = EXAMPLES[name]
            parameters = dict(example.parameters)
            if name == "lut":
                parameters["file"] = str(write_lut(Path(folder) / "print.cube"))
            effect = effect_type(name).model_validate(parameters)
            made = render_array([effect], light, FrameContext(WIDTH, HEIGHT, number=24), sources)
            target = ROOT / "docs" / "effects" / f"{name}.jpg"
            save(target, light, made, example.part)
            print(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1024} KiB")


def harbour() -> tuple[Floats, dict[str, Floats]]:
    """A frame of the second take as ACEScg, with its depth in metres, a flow of the presenter, and a mask of him."""
    framing = Framing(WIDTH, HEIGHT, horizon=0.5, scale=1.5, centre=0.05, sun=(0.10, 0.10))
    person, empty = (Scene(framing, DAWN, who).frame(0.4) for who in (Standing(-0.42, 0.42, 0.135), None))
    matrix = input_transform(Encoding.HLG).matrix
    light = np.ascontiguousarray(np.moveaxis(person, 0, -1) @ matrix.T.astype(np.float32))
    covered = np.abs(person - empty).sum(0) > 1e-4
    below = np.maximum((np.arange(HEIGHT) + 0.5) / HEIGHT - framing.horizon, 1e-4)[:, None]
    depth = np.broadcast_to(np.minimum(_CAMERA_HEIGHT / below, 2000), (HEIGHT, WIDTH)).astype(np.float32)
    depth = np.where(covered, np.float32(_PRESENTER_METRES), depth)[..., None]
    flow = np.zeros((HEIGHT, WIDTH, 2), np.float32)
    flow[covered] = (0.05, 0.01)
    # Pixels at the edge belong to both.
    person_mask = gaussian_filter(binary_erosion(covered).astype(np.float32), 0.7)[..., None]
    return light, {"depth": depth, "flow": flow, "person": person_mask}


def write_lut(path: Path, steps: int = 33) -> Path:
    """A film print as a cube in ACEScct: warm highlights, cool shadows, and less blue."""
    codes = np.linspace(0, 1, steps)
    blue, green, red = np.meshgrid(codes, codes, codes, indexing="ij")
    rows = []
    for channel, (slope, lift) in zip((red, green, blue), ((1.03, 0.004), (1.0, 0.0), (0.93, -0.006)), strict=True):
        curve = (channel - 0.41) * slope * 1.06 + 0.41 + lift
        rows.append(np.clip(curve, 0, 1))
    lines = [" ".join(f"{value:.6f}" for value in row) for row in np.stack(rows, -1).reshape(-1, 3)]
    path.write_text(f"LUT_3D_SIZE {steps}\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def save(target: Path, before: Floats, after: Floats, part: tuple[float, float, float]) -> None:
    """Write both pictures side by side."""
    left, top, share = part
    box = (left * WIDTH, top * HEIGHT, (left + share) * WIDTH, (top + share) * HEIGHT)
    both = Image.new("RGB", (2 * SHOWN[0] + 4, SHOWN[1]), (9, 16, 24))
    for number, light in enumerate((before, after)):
        codes = (np.clip(to_display(light, "sdr"), 0, 1) * 255 + 0.5).astype(np.uint8)
        both.paste(Image.fromarray(codes).resize(SHOWN, Image.Resampling.LANCZOS, box), (number * (SHOWN[0] + 4), 0))
    target.parent.mkdir(exist_ok=True)
    both.save(target, quality=88, optimize=True)


if __name__ == "__main__":
    main()
