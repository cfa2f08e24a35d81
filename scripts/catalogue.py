"""Makes the previews of the first-party packages, and a repository with all of them.

`python scripts/catalogue.py previews` renders preview.png of each look and of each template, over frames of the harbour
of the sample shoot. A look has the picture before it at the left, and with it at the right.
`python scripts/catalogue.py repository FOLDER --keys FOLDER` packs `catalogue/` into a new repository, with new keys.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from PIL import Image

from engine.catalog import Encoding
from engine.ingest import Footage, inspect
from engine.looks import TakeLook, load_look
from engine.market import Repository, load_key, new_key, pack
from engine.picture import Viewer
from engine.titles import TitleRenderer, load_title
from fixtures.scene import Standing
from fixtures.shoot import record, takes

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "catalogue"
AUTHOR = "cleanwater"
WIDTH = 640
# The frames of the previews: recordings of the sample shoot, with somebody in the middle of the picture, or without.
SCENES = {
    "dawn": ("IMG_0103.MOV", Standing(-0.16, 0.42, 0.15)),
    "dawn-middle": ("IMG_0103.MOV", Standing(0.0, 0.42, 0.17)),
    "afternoon": ("IMG_0105.MOV", Standing(0.0, 0.42, 0.20)),
    "boats": ("IMG_0104.MOV", None),
}
_DAY, _PERSON = "afternoon", "dawn"
SCENE_OF = {
    "amber-dusk": "dawn-middle",
    "neon-night": "dawn-middle",
    "silver-fog": "dawn-middle",
    "two-strip": "dawn-middle",
    "place-and-time": "boats",
    "chapter": "boats",
    "quotation": "boats",
    "end-card": "boats",
    "field-notes": "boats",
}
"""The scenes of packages; other looks have the afternoon, other templates the person at dawn."""
# The share of a template's length at which its preview is taken.
SHOWN = {"caption-styles": Fraction(5, 12), "intros": Fraction(3, 5), "motion-graphics": Fraction(7, 10)}


def package_folders() -> list[Path]:
    """The folders of all packages."""
    return sorted(path.parent for path in CATALOGUE.glob("*/*/package.toml"))


def write_previews() -> None:
    """Writes preview.png of each look and each title."""
    with tempfile.TemporaryDirectory() as folder:
        scenes = {name: _recorded(Path(folder), name) for name in SCENES}
        for path in sorted((CATALOGUE / "looks").iterdir()):
            scene = scenes[SCENE_OF.get(path.name, _DAY)]
            assert scene.grid is not None
            made, middle = _frame(scene, None), WIDTH // 2
            after = _frame(scene, TakeLook(load_look(str(path / "look.toml")), scene.grid.rate))
            made.paste(after.crop((middle, 0, *after.size)), (middle, 0))
            made.paste((255, 255, 255), (middle - 1, 0, middle + 1, made.height))
            made.save(path / "preview.png")
        for path in template_folders():
            template = load_title(str(path / "title.toml"))
            titled = _frame(scenes[SCENE_OF.get(path.name, _PERSON)], None).convert("RGBA")
            at = template.duration * SHOWN.get(path.parent.name, Fraction(1, 2))
            layer = TitleRenderer(template, {}, titled.size, template.duration).at(at)
            assert layer is not None
            titled.alpha_composite(Image.fromarray(layer))
            titled.convert("RGB").save(path / "preview.png")


def _recorded(folder: Path, scene: str) -> Footage:
    """Two frames of a scene, as a phone records them."""
    name, standing = SCENES[scene]
    take = next(one for one in takes() if one.name == name)
    path = folder / f"{scene}.mov"
    record(replace(take, board=None, standing=standing, times=take.times[:2]), path)
    return inspect(path)


def _frame(footage: Footage, look: TakeLook | None) -> Image.Image:
    picture, clock = footage.probe.picture, footage.grid
    assert picture is not None
    assert clock is not None
    transform = picture.input_transform or Encoding.APPLE_LOG
    with Viewer(footage.path, picture, transform, clock, look=look) as viewer:
        return Image.fromarray(viewer.at(0, WIDTH)).convert("RGB")


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
    commands.add_parser("previews")
    repository = commands.add_parser("repository")
    repository.add_argument("folder", type=Path)
    repository.add_argument("--keys", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.command == "previews":
        write_previews()
    else:
        write_repository(arguments.folder, arguments.keys)


if __name__ == "__main__":
    main()
