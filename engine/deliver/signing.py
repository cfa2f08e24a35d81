"""Signs the files of a delivery with Content Credentials, and checks that the signature changed nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.atomic_files import temporary_path
from engine.credentials import (
    Credential,
    ManifestAction,
    ManifestReading,
    ManifestSource,
    ManifestState,
    SignedManifest,
    load_credential,
    sign_file,
)
from engine.deliver.receipt import Check, Signature
from engine.deliver.recipe import Recipe
from engine.file_digest import sha256_of

if TYPE_CHECKING:
    from engine.timeline import Cut

_CODECS = {"hevc": "HEVC", "h264": "H.264", "av1": "AV1", "prores": "ProRes"}
_SOUND = {".m4a": "AAC", ".mp3": "MP3", ".wav": "24-bit PCM"}


@dataclass(frozen=True, slots=True)
class SignedFile:
    """What is known of a signed file: its SHA-256 and the digest of its packets before, its key, and its sources."""

    sha256_unsigned: str
    packets: str
    signature: Signature
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signing:
    """How the files of one delivery are signed: by which key, as what, from the recordings with these digests."""

    credential: Credential
    recipe: Recipe
    sources: tuple[str, ...]
    cut: Cut | None = None

    def sign(self, unfinished: Path, path: Path) -> SignedFile:
        """Signs an unfinished file that will be named `path`."""
        from engine.demux import packets_digest

        unsigned, packets = sha256_of(unfinished), packets_digest(unfinished)
        with temporary_path(path.with_name(f"{path.stem}.signed{path.suffix}")) as signed:
            sign_file(self.credential, self._manifest(path, unsigned), unfinished, signed)
            signed.replace(unfinished)
        return SignedFile(unsigned, packets, self.record, self.sources)

    @property
    def record(self) -> Signature:
        """The key, for the receipt."""
        certificate = self.credential.certificate
        return Signature(
            signer=certificate.name,
            algorithm=self.credential.algorithm,
            certificate_sha256=certificate.sha256,
            chain=self.credential.chain,
        )

    def _manifest(self, path: Path, unsigned: str) -> SignedManifest:
        return SignedManifest(
            title=path.name,
            creator=self.credential.certificate.name,
            sources=[ManifestSource(digest) for digest in self.sources],
            actions=list(_actions(self.recipe, self.cut, path)),
            delivery={
                "recipe": self.recipe.name,
                "recipe_digest": self.recipe.digest,
                "sha256_unsigned": unsigned,
            },
        )


def signing_of(recipe: Recipe, sources: Sequence[str], cut: Cut | None = None) -> Signing | None:
    """How a delivery is signed, None if its recipe does not ask for it; `sources` are digests of takes.

    Raises RequestError if there is no key, or it cannot be used.
    """
    if not recipe.credentials.sign:
        return None
    return Signing(load_credential(), recipe, tuple(dict.fromkeys(one for one in sources if one)), cut)


def signing_certificate(recipe: Recipe) -> str | None:
    """The SHA-256 of the certificate that signs by this recipe, None if it does not sign. Errors as `signing_of`."""
    return load_credential().certificate.sha256 if recipe.credentials.sign else None


def check_manifest(reading: ManifestReading, signature: Signature, sources: Sequence[str], unsigned: str) -> Check:
    """Compares the manifest of a signed file with what was to be signed, and by whom."""
    wrong = list(_differences(reading, sources, unsigned))
    by = f"signed by {signature.signer} (certificate {signature.certificate_sha256[:16]})"
    return Check(
        name="content credentials",
        passed=not wrong,
        measured="; ".join(wrong) or f"valid, {by}",
        wanted=f"valid, {by}",
    )


def _differences(reading: ManifestReading, sources: Sequence[str], unsigned: str) -> Iterator[str]:
    if reading.state is ManifestState.NONE:
        yield "the file has no manifest"
        return
    if reading.state is ManifestState.INVALID:
        yield f"the manifest does not match the file ({', '.join(reading.problems)})"
    if reading.state is ManifestState.OTHER_KEY:
        yield f"signed with another key, by {reading.signer or 'an unnamed person'}"
    if set(reading.sources) != set(sources):
        yield "the manifest names other recordings"
    if (reading.delivery or {}).get("sha256_unsigned") != unsigned:
        yield "the manifest has another SHA-256 of the file before signing"


def _actions(recipe: Recipe, cut: Cut | None, path: Path) -> Iterator[ManifestAction]:
    if cut and len(cut.clips) > 1:
        yield ManifestAction("c2pa.edited", f"{len(cut.clips)} clips are joined.")
    if cut and cut.titles and recipe.shows:
        yield ManifestAction("c2pa.edited", f"{len(cut.titles)} titles are drawn into the picture.")
    if picture := recipe.picture:
        if picture.fit in ("fill-upright", "follow"):
            yield ManifestAction("c2pa.cropped", f"The picture fills {picture.short_edge}×{picture.long_edge} pixels.")
        yield ManifestAction("c2pa.color_adjustments", f"The colours are those of the view {picture.view}.")
        if picture.burn_in:
            yield ManifestAction("c2pa.edited", f"Drawn into the picture: {', '.join(picture.burn_in)}.")
        yield ManifestAction("c2pa.transcoded", f"The picture is encoded as {_CODECS[picture.codec]}.")
    if sound := recipe.sound:
        if sound.dialog:
            yield ManifestAction("c2pa.edited", f"The dialog is cleaned by the preset {sound.dialog}.")
        yield ManifestAction("c2pa.edited", f"The loudness is set to {sound.lufs:g} LUFS.")
        coded = _SOUND.get(path.suffix) or sound.codec.upper()
        yield ManifestAction("c2pa.transcoded", f"The sound is encoded as {coded}.")
