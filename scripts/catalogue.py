"""Makes the previews of the first-party packages, and a repository with all of them.

`python scripts/catalogue.py previews [FOOTAGE]` after `make demo` renders preview.png of each look, before at the left
and after at the right, and of each template. `python scripts/catalogue.py repository FOLDER --keys FOLDER` packs
`catalogue/` into a new repository, with new keys.
"""

from __future__ import annotations

import argparse
import tempfile
from fractions import Fraction
from pathlib import Path

from PIL import Image

from engine.catalog import Encoding
from engine.ingest import inspect
from engine.looks import TakeLook, load_look
from engine.market import Repository, load_key, new_key, pack
from engine.picture import Viewer
from engine.titles import TitleRenderer, load_title

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "catalogue"
AUTHOR = "cleanwater"
# A face at dawn in HLG.
TAKE = "IMG_0103.MOV"
AT = Fraction(1)
WIDTH = 480
# The share of a template's length at which its preview is taken.
SHOWN = {"caption-styles": Fraction(5, 12), "intros": Fraction(3, 5), "motion-graphics": Fraction(7, 10)}


def package_folders() -> list[Path]:
    """The folders of all packages."""
    return sorted(path.parent for path in CATALOGUE.glob("*/*/package.toml"))


def write_previews(path: Path) -> None:
    """Writes preview.png of each look and each title."""
    footage = inspect(path)
    picture, clock = footage.probe.picture, footage.grid
    assert picture is not None
    assert clock is not None
    transform = picture.input_transform or Encoding.APPLE_LOG

    def frame(look: TakeLook | None) -> Image.Image:
        with Viewer(footage.path, picture, transform, clock, look=look) as viewer:
            return Image.fromarray(viewer.at(viewer.tick_at(AT), WIDTH))

    before = frame(None)
    for folder in sorted((CATALOGUE / "looks").iterdir()):
        after = frame(TakeLook(load_look(str(folder / "look.toml")), clock.rate))
        # The same half of the picture twice: what changes is beside what was.
        half = before.crop((before.width // 4, 0, before.width * 3 // 4, before.height))
        both = Image.new("RGB", (half.width * 2, half.height))
        both.paste(half, (0, 0))
        both.paste(after.crop((after.width // 4, 0, after.width * 3 // 4, after.height)), (half.width, 0))
        both.save(folder / "preview.png")
    for folder in template_folders():
        template = load_title(str(folder / "title.toml"))
        titled = before.convert("RGBA")
        at = template.duration * SHOWN.get(folder.parent.name, Fraction(1, 2))
        layer = TitleRenderer(template, {}, titled.size, template.duration).at(at)
        assert layer is not None
        titled.alpha_composite(Image.fromarray(layer))
        titled.convert("RGB").save(folder / "preview.png")


def template_folders() -> list[Path]:
    """The folders of all packages with a title template."""
    return sorted(path.parent for path in CATALOGUE.glob("*/*/title.toml"))


def write_repository(folder: Path, keys: Path) -> None:
    """Makes a repository with all packages."""
    owner = Repository(folder, keys)
    owner.create()
    new_key(AUTHOR, keys)
    owner.add_author(AUTHOR, load_key(AUTHOR, keys).public_key)
    for source in package_folders():
        with tempfile.TemporaryDirectory() as scratch:
            owner.publish(pack(source, Path(scratch)), keys)


def main() -> None:
    """Runs a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True, dest="command")
    previews = commands.add_parser("previews")
    previews.add_argument("footage", nargs="?", type=Path, default=ROOT / "demo" / "footage" / TAKE)
    repository = commands.add_parser("repository")
    repository.add_argument("folder", type=Path)
    repository.add_argument("--keys", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.command == "previews":
        write_previews(arguments.footage)
    else:
        write_repository(arguments.folder, arguments.keys)


if __name__ == "__main__":
    main()
