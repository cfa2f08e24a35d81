"""The proof that a look or a table carries: a ramp of light, and the light that a CPU makes of it.

The ramp is the same for all packages of a format. Spatial effects and grain are not compared: the proof names them.
The same look makes the same bytes, because sixteen bits are kept of each value: processors differ far below them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from engine.catalog import FrozenModel
from engine.errors import RequestError
from engine.market.manifest import PackageManifest
from engine.validation import parse_toml

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.looks import Look

    Light = NDArray[np.float32]

PROOF, PROOF_INPUT, PROOF_OUTPUT = "proof.toml", "proof.input", "proof.output"
PROOF_FILES = (PROOF, PROOF_INPUT, PROOF_OUTPUT)
PROVEN_KINDS = ("look", "lut")
"""The kinds of packages that carry a proof."""

GREY_ROW = 0
"""The row of the ramp that has neutral colours, from dark to bright."""
_BITS = 16
_MIXTURES = (
    *((1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 0)),
    *((1, 0.5, 0.35), (0.45, 0.3, 0.2), (0.3, 0.6, 1), (1, 0.9, 0.7), (1, -0.05, -0.02)),
)
_NEGATIVE = (-0.25, -0.0625, -0.015625, 0.0)
_HALF_STOPS = range(-24, 21)


class ProofTable(FrozenModel):
    """The file proof.toml: the effects of the look that the proof compares, and the others, by their names."""

    format: Literal[1] = 1
    compared: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LookProof:
    """A proof: `made` is the light (rows, columns, 3) that the compared effects make of the ramp, in ACEScg."""

    table: ProofTable
    made: Light


def ramp() -> Light:
    """The ramp of format 1, (rows, columns, 3) in ACEScg: mixtures of the primaries from −0.25 to 1024."""
    import numpy as np

    levels = np.array([*_NEGATIVE, *(2.0 ** (half / 2) for half in _HALF_STOPS)])
    light = np.array(_MIXTURES)[:, None, :] * levels[None, :, None]
    return np.asarray(light.astype(np.float16), np.float32)


def make_proof(manifest: PackageManifest, files: Mapping[str, bytes], scratch: Path) -> dict[str, bytes]:
    """The files of the proof of a package's content; empty for a kind that needs none.

    Raises RequestError if the look makes light that is not finite.
    """
    import numpy as np

    if manifest.kind not in PROVEN_KINDS:
        return {}
    from engine.market.look_reference import colour_effects, reference_light

    look = look_of(manifest, files, scratch)
    compared = colour_effects(look.effects)
    made = rounded(reference_light([one.effect for one in compared], ramp()))
    if not np.isfinite(made).all():
        raise RequestError(
            f"{manifest.content} makes light that is not finite.", "Lower its exposure or its powers, and pack again."
        )
    return _proof_bytes(LookProof(_table_of(look), made))


def read_proof(
    manifest: PackageManifest, content: Mapping[str, bytes], files: Mapping[str, bytes], scratch: Path
) -> dict[str, bytes]:
    """The files of a package's proof, written again; `content` are the files of its content.

    Raises RequestError if the proof is missing, is not one, or does not compare what it has to.
    """
    if manifest.kind not in PROVEN_KINDS:
        return {}
    if missing := [name for name in PROOF_FILES if name not in files]:
        raise RequestError(
            f"{manifest.id} has no {missing[0]}: it does not prove how it looks.",
            "Ask its author to pack it again with this version: cwtui market pack.",
        )
    proof = parse_proof(files)
    if proof.table != _table_of(look_of(manifest, content, scratch)):
        raise _refusal(f"The proof of {manifest.id} does not compare the colour effects of its look")
    return _proof_bytes(proof)


def parse_proof(files: Mapping[str, bytes]) -> LookProof:
    """The proof of a package's files. Raises RequestError if it is not one."""
    import numpy as np

    expected = ramp()
    if files[PROOF_INPUT] != _array_bytes(expected):
        raise _refusal(f"{PROOF_INPUT} is not the ramp of format 1")
    if len(files[PROOF_OUTPUT]) != expected.nbytes:
        raise _refusal(f"{PROOF_OUTPUT} has another size than the ramp")
    made = np.frombuffer(files[PROOF_OUTPUT], "<f4").astype(np.float32).reshape(expected.shape)
    if not np.isfinite(made).all():
        raise _refusal(f"{PROOF_OUTPUT} has values that are not finite")
    try:
        table = ProofTable.model_validate(parse_toml(files[PROOF].decode(), PROOF))
    except (UnicodeDecodeError, ValidationError):
        raise _refusal(f"{PROOF} does not list the effects") from None
    return LookProof(table, made)


def look_of(manifest: PackageManifest, files: Mapping[str, bytes], scratch: Path) -> Look:
    """The look of a package's content, or one that applies its table to ACEScct. `scratch` gets the files."""
    from engine.effects.lut import LutEffect
    from engine.looks import Look, LookEffect, load_look

    for name, content in files.items():
        place = scratch / name
        # A table that is there was read already: the same file is not read again.
        if not place.is_file() or place.read_bytes() != content:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    path = scratch / manifest.content
    if manifest.kind == "lut":
        effect = LutEffect(file=str(path))
        return Look(manifest.name, manifest.title, "physical", (LookEffect("lut", effect),))
    return load_look(str(path))


def rounded(light: NDArray[np.floating]) -> Light:
    """Light with sixteen bits of each value."""
    import numpy as np

    share, power = np.frexp(light)
    with np.errstate(over="ignore"):
        # The sum makes −0 a 0.
        return np.asarray(np.ldexp(np.rint(share * 2**_BITS) / 2**_BITS, power) + 0.0, np.float32)


def _table_of(look: Look) -> ProofTable:
    from engine.market.look_reference import colour_effects

    compared = [one.name for one in colour_effects(look.effects)]
    others = [one.name for one in look.effects if one.name not in compared]
    return ProofTable(compared=tuple(compared), others=tuple(others))


def _proof_bytes(proof: LookProof) -> dict[str, bytes]:
    import tomlkit

    table = tomlkit.dumps(proof.table.model_dump(mode="json")).encode()
    return {PROOF: table, PROOF_INPUT: _array_bytes(ramp()), PROOF_OUTPUT: _array_bytes(proof.made)}


def _array_bytes(light: Light) -> bytes:
    return light.astype("<f4").tobytes()


def _refusal(reason: str) -> RequestError:
    return RequestError(f"{reason}.", "Nothing was installed. Ask its author to pack it again: cwtui market pack.")
