"""The reference pictures. `python -m tests.text.golden_texts` redraws them for review."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.text import CaptionRenderer, TextStyle, fonts
from fixtures.emoji_font import write_emoji_font

FOLDER = Path(__file__).parent / "golden"
WIDTH, HEIGHT = 640, 360


@dataclass(frozen=True, slots=True)
class Picture:
    text: str
    style: TextStyle


PICTURES = {
    "latin": Picture(
        "Đặng Thị Ñandú & Größe “ok” ♪\n"
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        TextStyle(),
    ),
    "arabic": Picture("مرحبا بالعالم، هذا اختبار 123.\nلا إله إلا الله؟", TextStyle(size=0.08)),
    "devanagari": Picture("हिन्दी में शक्ति और क्षेत्रज्ञ\nविद्यार्थी ट्रक में कि", TextStyle(size=0.08, box="", outline=0.08)),
    "cjk": Picture(
        "你好，世界。今天很好！\nこんにちは、ゆっくり。",
        TextStyle(size=0.08, bold=True, box="", outline=0.07, shadow=0.06),
    ),
    "emoji": Picture("Go 😀 שלום 👩‍🚀 ❤️ fine\nאני 😀 כאן ♪ OK 12", TextStyle(size=0.08, position="top")),
    "thai-hebrew-greek": Picture("สวัสดีครับ น้ำ\nשָׁלוֹם עולם! Ελληνικά", TextStyle(size=0.08, align="left")),
}


@contextmanager
def fixed_fonts() -> Iterator[None]:
    """Replaces the installed fonts by one for Chinese and Japanese and one for emoji."""
    found = importlib.util.find_spec("zhplot")
    assert found
    assert found.submodule_search_locations
    chinese = Path(found.submodule_search_locations[0]) / "fonts" / "NotoSansSC-Regular.ttf"
    with tempfile.TemporaryDirectory() as folder:
        emoji = write_emoji_font(Path(folder) / "emoji.otf")
        with mock.patch.object(fonts, "_installed", return_value=(emoji, chinese)):
            yield


def draw_picture(picture: Picture) -> NDArray[np.uint8]:
    """The text over a grey background, (height, width, 3)."""
    layer = Image.fromarray(CaptionRenderer(WIDTH, HEIGHT, picture.style).draw(picture.text))
    canvas = Image.new("RGBA", layer.size, (96, 128, 120, 255))
    canvas.alpha_composite(layer)
    return np.asarray(canvas.convert("RGB"))


if __name__ == "__main__":
    with fixed_fonts():
        for name, picture in PICTURES.items():
            Image.fromarray(draw_picture(picture)).save(FOLDER / f"{name}.png", optimize=True)
