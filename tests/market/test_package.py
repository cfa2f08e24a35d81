"""Packages: what is installed was written by Cleanwater, and contains no code and no path."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from engine.errors import RequestError
from engine.market import archive_bytes, is_name, manifest_bytes, pack, version_key
from engine.market.proof import PROOF_FILES
from engine.resources import resource_root

from .packages import FOLDERS, look_package, made, manifest_text, opened, preset_bytes, source_folder

PRESETS = [
    (kind, path.stem) for kind, folder in FOLDERS.items() for path in (resource_root("presets") / folder).glob("*.toml")
]
CUBE = b"LUT_1D_SIZE 2\n0 0 0\n1 1 1\n"
LUT_LOOK = b'version = 1\ntitle = "Print"\norder = "physical"\n[lut]\nfile = "table.cube"\n'


def png(width: int = 8, height: int = 8) -> bytes:
    out = io.BytesIO()
    facts = PngImagePlugin.PngInfo()
    facts.add_text("Comment", "made at home")
    Image.fromarray(np.full((height, width, 3), 90, np.uint8)).save(out, "PNG", pnginfo=facts)
    return out.getvalue()


@pytest.mark.parametrize(("kind", "name"), PRESETS, ids=[name for _, name in PRESETS])
def test_every_built_in_preset_becomes_a_package_of_one_form(kind: str, name: str) -> None:
    package = made({"item.toml": preset_bytes(kind, name)}, kind)
    assert opened(package.archive) == package
    again = made({"item.toml": package.files["item.toml"]}, kind)
    assert again.archive == package.archive
    assert b"#" not in package.files["item.toml"].replace(b'"#', b"")


def test_a_packed_look_renders_the_same(tmp_path: Path) -> None:
    from engine.looks import load_look

    (tmp_path / "print.toml").write_bytes(look_package().files["item.toml"])
    assert load_look(str(tmp_path / "print.toml")).digest == load_look("film-print").digest


def test_a_look_brings_its_tables() -> None:
    package = made({"item.toml": LUT_LOOK, "table.cube": b"# by Ada\n" + CUBE, "licence.txt": b"Free.  \r\n"})
    assert set(package.files) == {"item.toml", "table.cube", "licence.txt", *PROOF_FILES}
    assert b"Ada" not in package.files["table.cube"]
    assert package.files["licence.txt"] == b"Free.\n"
    assert opened(package.archive) == package


def test_a_preview_is_encoded_again(tmp_path: Path) -> None:
    source = source_folder(tmp_path / "p", {"item.toml": preset_bytes("look", "natural"), "view.png": png(3000, 20)})
    text = (source / "package.toml").read_text() + 'previews = ["view.png"]\n'
    (source / "package.toml").write_text(text)
    (tmp_path / "scratch").mkdir()
    package = pack(source, tmp_path / "scratch")
    assert b"made at home" not in package.files["view.png"]
    with Image.open(io.BytesIO(package.files["view.png"])) as picture:
        assert max(picture.size) == 1280
    assert opened(package.archive) == package


def refused(files: dict[str, bytes], kind: str = "look", **fields: str) -> str:
    with pytest.raises(RequestError) as refusal:
        made(files, kind, **fields)
    return refusal.value.message


def test_code_and_paths_are_refused() -> None:
    chain = preset_bytes("sound-chain", "dialog")
    assert "loads a plug-in" in refused({"item.toml": chain + b'\n[plugin]\npath = "evil.vst3"\n'}, "sound-chain")
    recipe = preset_bytes("recipe", "podcast")
    assert "cover" in refused({"item.toml": recipe + b'\n[cover]\nimage = "/etc/passwd"\n'}, "recipe")
    assert "no .cube or .clf file" in refused({"item.toml": LUT_LOOK.replace(b"table.cube", b"/etc/passwd")})
    assert "no .cube or .clf file" in refused({"item.toml": LUT_LOOK.replace(b"table.cube", b"../../table.cube")})
    assert "has 0 steps" in refused(
        {"item.toml": LUT_LOOK.replace(b"table.cube", b"t.clf"), "t.clf": b"<ProcessList/>"}
    )
    assert "no .cube or .clf file" in refused(
        {"item.toml": LUT_LOOK.replace(b"table.cube", b"t.3dl"), "t.3dl": b"0 512 1023"}
    )
    text = b'version = 1\ntitle = "~/.ssh/id_rsa"\n[grain]\nstrength = 1.0\n'
    assert "names the path" in refused({"item.toml": text})


def test_files_that_belong_to_nothing_are_refused() -> None:
    look = preset_bytes("look", "natural")
    assert "evil.py belongs to nothing" in refused({"item.toml": look, "evil.py": b"import os"})
    assert "other.toml belongs to nothing" in refused({"other.toml": look})
    assert "item.toml is missing" in refused({})
    assert "not a valid look" in refused({"item.toml": look + b"\n[shader]\nbody = 'loop {}'\n"})
    assert "tables within tables" in refused({"item.toml": b"a = " + b"[" * 40 + b"]" * 40})
    assert "is not TOML" in refused({"item.toml": b"[" * 3000})
    assert "not plain text" in refused({"item.toml": look, "licence.txt": b"\x00\xff"})


def test_a_picture_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    bomb = bytearray(png())
    bomb[16:24] = (50_000).to_bytes(4, "big") * 2
    look = {"item.toml": preset_bytes("look", "natural")}
    for number, (picture, reason) in enumerate([(bytes(bomb), "pixels|decoded"), (b"GIF89a", "cannot be decoded")]):
        source = source_folder(tmp_path / str(number), {**look, "view.png": picture})
        (source / "package.toml").write_text(manifest_text() + 'previews = ["view.png"]\n')
        with pytest.raises(RequestError, match=reason):
            pack(source, tmp_path)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("kind", "plugin", "kind"),
        ("author", "../ada", "author"),
        ("name", "Dusk", "name"),
        ("version", "1.0", "version"),
        ("version", "01.0.0", "version"),
        ("licence", "Proprietary", "licence"),
        ("title", "", "title"),
        ("requires", "99.0.0x", "requires"),
        ("surprise", "1", "surprise"),
    ],
)
def test_a_wrong_manifest_is_refused_with_the_key(field: str, value: str, reason: str) -> None:
    assert reason in refused({"item.toml": preset_bytes("look", "natural")}, **{field: value})


def test_a_manifest_that_lies_about_its_files_is_refused() -> None:
    package = look_package()
    files = dict(package.files)
    manifest = manifest_bytes(package.manifest)
    for changed in (
        {**files, "item.toml": files["item.toml"] + b"\n"},
        {**files, "licence.txt": b"Do what you want.\n"},
        {},
    ):
        with pytest.raises(RequestError):
            opened(archive_bytes({"package.toml": manifest, **changed}))
    newer = package.manifest.model_copy(update={"requires": "99.0.0"})
    with pytest.raises(RequestError, match=r"needs Cleanwater 99\.0\.0"):
        opened(archive_bytes({"package.toml": manifest_bytes(newer), **files}))


def test_a_package_that_was_not_written_by_cleanwater_is_refused() -> None:
    package = look_package()
    text = manifest_bytes(package.manifest) + b"# a comment\n"
    with pytest.raises(RequestError, match="not in the form"):
        opened(archive_bytes({"package.toml": text, **package.files}))


def test_versions_sort_by_precedence() -> None:
    ordered = ["0.9.0", "1.0.0-alpha", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0", "1.0.1", "1.10.0", "2.0.0"]
    shuffled = ordered[::2] + ordered[1::2]
    assert sorted(shuffled, key=version_key) == ordered


def test_names_have_one_form() -> None:
    assert all(map(is_name, ["a", "a-b", "4k", "x" * 40]))
    assert not any(map(is_name, ["", "-a", "a-", "a--b", "A", "a_b", "a/b", "é", "x" * 41]))
