"""Draws the pictures of docs/titles.md: each template over bright and dark footage, and a lower third in six scripts.

Run it after a change of a template: `.venv/bin/python scripts/titles.py [TEMPLATE...]`
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from engine.titles import TitleRenderer, load_title, title_names
from tests.text.golden_texts import fixed_fonts

FOLDER = Path(__file__).parent.parent / "docs" / "titles"
WIDE, TALL = (1280, 720), (720, 1280)
# Of each template: the times of three moments in seconds; the last one is shown over other footage and upright as well.
MOMENTS: dict[str, tuple[str, str, str]] = {
    "captions": ("0.45", "1.25", "2.2"),
    "counter": ("0.35", "1", "3"),
    "intro": ("0.55", "1.45", "5"),
    "lower-third": ("0.38", "0.55", "2.5"),
    "progress": ("0.3", "4", "9"),
    "title": ("0.35", "0.6", "2.5"),
}
SCRIPTS = {
    "Latin": ("Ada Lovelace", "Mathematician, London"),
    "Arabic": ("ليلى العامري", "مهندسة المياه، الإسكندرية"),
    "Hebrew": ("דנה לוי", "מהנדסת מים, חיפה"),
    "Devanagari": ("अनन्या शर्मा", "जल अभियंता, वाराणसी"),
    "Japanese": ("田中さくら", "水道技術者、京都市"),
    "Thai": ("สมชาย ใจดี", "วิศวกรน้ำ กรุงเทพมหานคร"),
}


def footage(size: tuple[int, int], kind: str) -> Image.Image:
    """A landscape out of focus, a bright sky, or a dark room."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(float)
    x, y = x / size[0], y / size[1]
    if kind == "bright":
        light = np.stack([242 - 22 * y, 238 - 18 * y + 5 * x, 232 - 6 * y], axis=-1)
    elif kind == "dark":
        glow = np.exp(-((x - 0.75) ** 2 + (y - 0.3) ** 2) * 9)
        light = np.stack([16 + 60 * glow, 20 + 38 * glow, 30 + 22 * glow], axis=-1)
    else:
        sky = np.stack([150 + 85 * x, 182 + 40 * x, 208 - 4 * x], axis=-1)
        land = np.stack([62 + 40 * x, 82 + 22 * x, 58 + 6 * x], axis=-1)
        hills = 1 / (1 + np.exp(-(y - 0.55 - 0.06 * np.sin(x * 7)) * 40))[..., None]
        light = sky * (1 - hills) + land * hills
    return Image.fromarray(np.clip(light, 0, 255).astype(np.uint8)).convert("RGBA")


def frame(renderer: TitleRenderer, size: tuple[int, int], at: Fraction, kind: str = "hills") -> Image.Image:
    """A frame of a title over footage."""
    picture = footage(size, kind)
    layer = renderer.at(at)
    if layer is not None:
        picture.alpha_composite(Image.fromarray(layer))
    return picture.convert("RGB")


def template_picture(name: str) -> Image.Image:
    """Three moments, the last one over bright and dark footage, and upright at the side."""
    template = load_title(name)
    wide, tall = (TitleRenderer(template, {}, size, template.duration) for size in (WIDE, TALL))
    times = [Fraction(one) for one in MOMENTS[name]]
    cells = [frame(wide, WIDE, at) for at in times]
    cells += [frame(wide, WIDE, times[2], kind) for kind in ("bright", "dark")]
    width, height, gap = 400, 225, 4
    sheet = Image.new("RGB", (3 * width + 2 * gap, 2 * height + gap), "white")
    for number, cell in enumerate(cells):
        place = (number % 3) * (width + gap), (number // 3) * (height + gap)
        sheet.paste(cell.resize((width, height), Image.Resampling.LANCZOS), place)
    upright = frame(tall, TALL, times[2]).resize((height * 9 // 16, height), Image.Resampling.LANCZOS)
    left = 2 * (width + gap)
    sheet.paste(upright, (left + (width - upright.width) // 2, height + gap))
    return sheet


def script_picture() -> Image.Image:
    """A lower third in six scripts."""
    template = load_title("lower-third")
    width, height, gap = 400, 150, 4
    sheet = Image.new("RGB", (3 * width + 2 * gap, 2 * height + gap), "white")
    with fixed_fonts():
        for number, (name, role) in enumerate(SCRIPTS.values()):
            renderer = TitleRenderer(template, {"name": name, "role": role}, (800, 450), template.duration)
            cell = frame(renderer, (800, 450), Fraction(5, 2)).crop((0, 150, 800, 450))
            place = (number % 3) * (width + gap), (number // 3) * (height + gap)
            sheet.paste(cell.resize((width, height), Image.Resampling.LANCZOS), place)
    return sheet


def main() -> None:
    """Draws all pictures, or those of the templates that are named."""
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:] or title_names():
        template_picture(name).save(FOLDER / f"{name}.jpg", quality=88, optimize=True)
    if len(sys.argv) == 1:
        script_picture().save(FOLDER / "scripts.jpg", quality=88, optimize=True)


if __name__ == "__main__":
    main()
