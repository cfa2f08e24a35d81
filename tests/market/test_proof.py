"""Proofs: a package carries what a processor makes of a ramp, this GPU makes the same, and a false proof is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import PyOpenColorIO as OCIO  # noqa: N814 (the name in its documentation)
import pytest

from engine.effects.cdl import CdlEffect
from engine.effects.lut import LutEffect
from engine.errors import RequestError
from engine.market import MarketPackage, archive_bytes, check_proof, manifest_bytes, measure_look
from engine.market.look_reference import reference_light
from engine.market.manifest import MANIFEST
from engine.market.package import listed_files
from engine.market.proof import PROOF, PROOF_FILES, PROOF_INPUT, PROOF_OUTPUT, parse_proof, ramp
from engine.picture import CONFIG

from ..effects.test_lut import write_cube
from .packages import look_package, made, opened, preset_bytes

CLIPPED = b"LUT_1D_SIZE 2\n0.0 0.0 0.0\n0.5 0.5 0.5\n"
FALLING = b"LUT_3D_SIZE 2\n" + b"".join(f"{1 - r} {g} {b}\n".encode() for b in (0, 1) for g in (0, 1) for r in (0, 1))


def with_files(package: MarketPackage, changes: Mapping[str, bytes]) -> bytes:
    """The archive of a package with other files, as somebody would make it who can pack."""
    files = {**package.files, **changes}
    manifest = package.manifest.model_copy(update={"files": listed_files(files)})
    return archive_bytes({MANIFEST: manifest_bytes(manifest), **files})


def test_a_look_proves_how_it_looks_and_is_measured_here(tmp_path: Path) -> None:
    package = look_package()
    assert look_package().archive == package.archive
    found = check_proof(opened(package.archive), tmp_path)
    assert found
    assert found.error < 0.1
    assert found.compared == ("white_balance", "cdl", "tone_curve")
    assert "grain" in found.others
    assert found.monotone
    assert found.keeps_hdr
    measured = measure_look(package, tmp_path)
    assert measured
    assert measured.finite
    assert measured.milliseconds > 0
    # At least two pictures of half floats.
    assert measured.memory >= 2 * 3840 * 2160 * 8
    assert measured.device == found.device


def test_badges_say_what_a_table_loses(tmp_path: Path) -> None:
    clipped = check_proof(made({"table.cube": CLIPPED}, "lut", content="table.cube"), tmp_path)
    falling = check_proof(made({"table.cube": FALLING}, "lut", content="table.cube"), tmp_path)
    assert clipped
    assert falling
    assert (clipped.compared, clipped.keeps_hdr, clipped.monotone) == (("lut",), False, True)
    assert not falling.monotone


def test_badges_count_what_a_shader_does(tmp_path: Path) -> None:
    """A shader that limits light to 1 is not compared, but its result is measured."""
    look = b'version = 1\ntitle = "Limit"\n[exposure]\nstops = 1.0\n[point]\nfile = "limit.wgsl"\n'
    shader = b"fn point(color: vec3<f32>, place: vec2<f32>) -> vec3<f32> {\n    return min(color, vec3<f32>(1.0));\n}\n"
    found = check_proof(made({"item.toml": look, "limit.wgsl": shader}), tmp_path)
    assert found
    assert (found.compared, found.others) == (("exposure",), ("point",))
    assert found.monotone
    assert not found.keeps_hdr


def test_a_look_without_effects_is_measured(tmp_path: Path) -> None:
    package = made({"item.toml": b'version = 1\ntitle = "Nothing"\n'})
    measured, found = measure_look(package, tmp_path), check_proof(package, tmp_path)
    assert measured
    assert measured.finite
    assert found
    assert found.keeps_hdr


def test_a_title_needs_no_proof(tmp_path: Path) -> None:
    package = made({"item.toml": preset_bytes("title", "lower-third")}, "title")
    assert not set(PROOF_FILES) & set(package.files)
    assert check_proof(package, tmp_path) is None
    assert measure_look(package, tmp_path) is None


def test_a_proof_of_another_look_is_refused_by_name(tmp_path: Path) -> None:
    """The proof of the look Natural in a package of Film print."""
    package = look_package()
    other = parse_proof(package.files).made * np.float32(1.01)
    false = opened(with_files(package, {PROOF_OUTPUT: other.astype("<f4").tobytes()}))
    with pytest.raises(RequestError, match=r"proof of ada/dusk 1\.0\.0 fails: .* becomes .* in the package") as error:
        check_proof(false, tmp_path)
    assert "does not look as its author says" in error.value.hint


def test_a_proof_that_compares_less_or_nothing_is_refused() -> None:
    package = look_package()
    nan = np.full(ramp().shape, np.nan, "<f4").tobytes()
    cases = {
        "does not compare the colour effects": {PROOF: b'format = 1\ncompared = []\nothers = ["cdl"]\n'},
        "proof.toml does not list": {PROOF: b"format = 2\n"},
        "is not the ramp": {PROOF_INPUT: bytes(ramp().nbytes)},
        "another size": {PROOF_OUTPUT: b"\0\0"},
        "not finite": {PROOF_OUTPUT: nan},
    }
    for reason, changes in cases.items():
        with pytest.raises(RequestError, match=reason):
            opened(with_files(package, changes))
    bare = MarketPackage(package.manifest, {name: one for name, one in package.files.items() if name != PROOF_OUTPUT})
    with pytest.raises(RequestError, match=r"has no proof\.output: it does not prove how it looks"):
        opened(with_files(bare, {}))


def test_an_author_cannot_write_the_proof() -> None:
    with pytest.raises(RequestError, match=r"has proof\.toml"):
        made({"item.toml": preset_bytes("look", "film-print"), PROOF: b"format = 1\n"})


def test_a_look_that_is_not_finite_is_not_packed() -> None:
    bright = "".join(f"[e{number}]\neffect = 'exposure'\nstops = 16.0\n" for number in range(10))
    with pytest.raises(RequestError, match="light that is not finite"):
        made({"item.toml": f'version = 1\ntitle = "Bright"\n{bright}'.encode()})


def test_the_reference_is_that_of_opencolorio(tmp_path: Path) -> None:
    """A grade and a cube on the CPU, in double precision, against OpenColorIO."""
    cdl = CdlEffect(slope_red=1.2, offset_green=0.03, power_blue=0.8, saturation=0.7)
    graded = OCIO.CDLTransform()
    graded.setStyle(OCIO.CDL_NO_CLAMP)
    graded.setSlope([1.2, 1, 1])
    graded.setOffset([0, 0.03, 0])
    graded.setPower([1, 1, 0.8])
    graded.setSat(0.7)
    file = write_cube(tmp_path / "look.cube", 9)
    table = OCIO.FileTransform(file, interpolation=OCIO.INTERP_TETRAHEDRAL)
    config = OCIO.Config.CreateFromFile(CONFIG)
    light = ramp()[:, 3:40]
    apple = LutEffect(file=file, input_space="Apple Log")
    for effect, step, space, tolerance in (
        (cdl, graded, "ACEScct", 1e-4),
        (LutEffect(file=file), table, "ACEScct", 1e-4),
        # Its curve is interpolated between 2048 steps.
        (apple, table, "Apple Log", 1e-3),
    ):
        there, back = OCIO.ColorSpaceTransform("ACEScg", space), OCIO.ColorSpaceTransform(space, "ACEScg")
        processor = config.getProcessor(OCIO.GroupTransform([there, step, back]))
        expected = light.copy()
        processor.getOptimizedCPUProcessor(OCIO.OPTIMIZATION_LOSSLESS).applyRGB(expected.reshape(-1, 3))
        found = reference_light([effect], light)
        assert np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected))) < tolerance
