"""Creates docs/effects/*.jpg: each optical effect on a frame of the sample shoot and on lights before black.

Run `.venv/bin/python scripts/effects.py [EFFECT ...]`.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.effects import Effect, FrameContext, render_array
from engine.effects.bloom import BloomEffect
from engine.effects.diffusion import DiffusionEffect
from engine.effects.halation import HalationEffect
from engine.effects.light_leak import LightLeakEffect
from engine.effects.streak import StreakEffect
from engine.effects.vignette import VignetteEffect
from engine.picture import to_display
from engine.picture.color import matrix_to_acescg
from fixtures.scene import Scene
from fixtures.shoot import takes

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "effects"
# Rec.2020 with a white of D65.
REC2020 = (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290)
WIDTH = 640
QUALITY = 88

# The take of the sample shoot, and the effect with its default values or with those that suit the frame.
EXAMPLES: dict[str, tuple[str, float, Effect]] = {
    "bloom": ("IMG_0104.MOV", 1.0, BloomEffect()),
    "diffusion": ("IMG_0102.MOV", 0.5, DiffusionEffect()),
    "halation": ("IMG_0104.MOV", 1.0, HalationEffect()),
    "light_leak": ("IMG_0105.MOV", 1.0, LightLeakEffect()),
    "streak": ("IMG_0104.MOV", 1.0, StreakEffect()),
    "vignette": ("IMG_0105.MOV", 1.0, VignetteEffect()),
}

Floats = NDArray[np.float32]


def main(names: list[str]) -> None:
    """Writes the pictures of the named effects, or of all."""
    FOLDER.mkdir(exist_ok=True)
    for name in names or EXAMPLES:
        take, seconds, effect = EXAMPLES[name]
        rows = [pair(effect, shot(take, seconds)), pair(effect, lamps())]
        Image.fromarray(np.concatenate(rows)).save(FOLDER / f"{name}.jpg", quality=QUALITY, optimize=True)


def pair(effect: Effect, picture: Floats) -> NDArray[np.uint8]:
    """The picture before and after the effect, beside each other."""
    height, width = picture.shape[:2]
    frame = FrameContext(width, height, number=30, time=Fraction(1))
    after = render_array([effect], picture, frame)
    return np.concatenate([shown(picture), shown(after)], 1)


def shown(picture: Floats) -> NDArray[np.uint8]:
    """R′G′B′ by the SDR view, WIDTH pixels wide."""
    codes = np.clip(to_display(picture, "sdr"), 0, 1)
    whole = Image.fromarray((codes * 255 + 0.5).astype(np.uint8))
    height = round(WIDTH * picture.shape[0] / picture.shape[1])
    return np.asarray(whole.resize((WIDTH, height), Image.Resampling.LANCZOS))


def shot(name: str, seconds: float) -> Floats:
    """A frame of the sample shoot, in ACEScg."""
    (take,) = (take for take in takes() if take.name == name)
    scene = Scene(take.framing, take.light, take.standing, None)
    picture = np.moveaxis(scene.frame(seconds), 0, -1)
    return np.ascontiguousarray(picture @ matrix_to_acescg(REC2020).T.astype(np.float32))


def lamps() -> Floats:
    """A row of highlights before black, from one pixel upwards, each two stops brighter, and a warm strip of light."""
    height, width = 720, 1280
    y, x = np.mgrid[:height, :width] + 0.5
    picture = np.full((height, width, 3), 0.004)
    for number in range(6):
        radius = 1 + 3 * number
        lamp = np.clip(radius + 0.5 - np.hypot(x - (number + 0.7) * width / 6.4, y - height / 3), 0, 1)
        picture += lamp[..., None] * 4.0 * 2 ** (5 - number)
    strip = np.clip(1.5 - np.abs(y - height * 0.72), 0, 1) * (np.abs(x - width / 2) < width / 3)
    picture += strip[..., None] * np.array([9.0, 5.0, 2.0])
    return picture.astype(np.float32)


if __name__ == "__main__":
    main(sys.argv[1:])
