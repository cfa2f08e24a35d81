"""Signs finished files with Content Credentials (C2PA), and reads what is signed. Nothing uses a network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import __version__
from engine.credentials.certificates import last_certificate
from engine.credentials.credential import Credential
from engine.errors import EngineError, RequestError

if TYPE_CHECKING:
    import c2pa

SIGNABLE: dict[str, str] = {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
}
"""The suffixes of the files that can be signed, with their media types."""

DELIVERY = "cleanwater.delivery"
_CAPTURE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
_COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeCapture"
_OFFLINE = {"remote_manifest_fetch": False, "ocsp_fetch": False}
_NO_TRUST_LIST = "signingCredential.untrusted"


@dataclass(frozen=True, slots=True)
class ManifestAction:
    """Something that was done to the material, by C2PA's name (`c2pa.edited`), in a sentence."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class ManifestSource:
    """A recording, by the digest of its content (XXH3-128). Its name is not stated: it may be private."""

    digest: str


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """What is signed with a file: its title, its creator, its sources, what was done, and facts of the delivery."""

    title: str
    creator: str
    sources: Sequence[ManifestSource]
    actions: Sequence[ManifestAction]
    delivery: dict[str, str]

    def as_definition(self) -> dict[str, Any]:
        """The manifest as c2pa takes it."""
        single, several = len(self.sources) == 1, len(self.sources) > 1
        labels = [f"source-{number}" for number in range(1, len(self.sources) + 1)]
        first: dict[str, Any] = (
            {"action": "c2pa.opened", "parameters": {"ingredientIds": labels}, "digitalSourceType": _CAPTURE}
            if single
            else {"action": "c2pa.created", "digitalSourceType": _COMPOSITE if several else _CAPTURE}
        )
        placed = [
            {"action": "c2pa.placed", "parameters": {"ingredientIds": [one]}} for one in (labels if several else ())
        ]
        done = [{"action": one.name, "description": one.description} for one in self.actions]
        author = {"@type": "Person", "name": self.creator}
        return {
            "claim_generator_info": [{"name": "Cleanwater", "version": __version__}],
            "title": self.title,
            "ingredients": [
                {
                    "title": f"Recording {number}",
                    "format": "application/octet-stream",
                    "relationship": "parentOf" if single else "componentOf",
                    "instance_id": f"xxh3-128:{source.digest}",
                    "label": label,
                }
                for number, (source, label) in enumerate(zip(self.sources, labels, strict=True), 1)
            ],
            "assertions": [
                {"label": "c2pa.actions.v2", "data": {"actions": [first, *placed, *done]}},
                {
                    "label": "stds.schema-org.CreativeWork",
                    "data": {"@context": "https://schema.org", "@type": "CreativeWork", "author": [author]},
                },
                {"label": DELIVERY, "data": self.delivery},
            ],
        }


class ManifestState(StrEnum):
    """What reading a signed file shows."""

    VALID = "valid"
    OTHER_KEY = "other key"
    INVALID = "invalid"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ManifestReading:
    """The manifest of a file: its state, its signer by the certificate, its sources and the facts of the delivery.

    `problems` are C2PA's codes for what is wrong. VALID means: the file is as it was signed, by the expected key.
    """

    state: ManifestState
    signer: str = ""
    problems: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    delivery: dict[str, str] | None = None


def sign_file(credential: Credential, manifest: SignedManifest, source: Path, target: Path) -> None:
    """Writes `source` with a signed manifest to the new file `target`.

    No time stamp is requested from a server. Signing twice gives different bytes. Raises RequestError for a format
    that cannot be signed, EngineError if signing fails.
    """
    import c2pa

    if source.suffix.lower() not in SIGNABLE:
        raise RequestError(f"{source.suffix} files cannot be signed.", f"Choose one of: {', '.join(SIGNABLE)}.")
    target.unlink(missing_ok=True)
    try:
        with manifest_builder(manifest) as builder, signer_of(credential) as signer:
            builder.sign_file(source, target, signer)
    except c2pa.C2paError as error:
        target.unlink(missing_ok=True)
        raise EngineError(
            f"{source.name} could not be signed: {error}.", "Check the key with cwtui credentials show."
        ) from error


def read_manifest(path: Path, chain: str) -> ManifestReading:
    """Reads the manifest of a file, and compares its signer with the first certificate of a PEM chain.

    Raises EngineError if the file cannot be read.
    """
    import c2pa

    from engine.credentials.certificates import certificate_facts

    try:
        with c2pa.Reader(path, context=trusting_context(chain)) as reader:
            report = json.loads(reader.json())
    except c2pa.C2paError as error:
        if "ManifestNotFound" in str(error):
            return ManifestReading(ManifestState.NONE)
        return ManifestReading(ManifestState.INVALID, problems=(str(error),))
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.", "Check the disk.") from error
    return reading_of(report, certificate_facts(chain.encode()).serial)


def reading_of(report: dict[str, Any], serial: int) -> ManifestReading:
    """What c2pa's report says, with the chain of the certificate `serial` as the only trusted one."""
    manifest = report["manifests"][report["active_manifest"]]
    signature = manifest.get("signature_info", {})
    failures = report.get("validation_results", {}).get("activeManifest", {}).get("failure", ())
    problems = tuple(one["code"] for one in failures)
    # An issuer numbers each of its certificates once.
    state = ManifestState.VALID
    if report.get("validation_state") == "Invalid" or set(problems) - {_NO_TRUST_LIST}:
        state = ManifestState.INVALID
    elif report["validation_state"] != "Trusted" or signature.get("cert_serial_number") != str(serial):
        state = ManifestState.OTHER_KEY
    stated = {one["label"]: one["data"] for one in manifest.get("assertions", ())}
    return ManifestReading(
        state=state,
        signer=signature.get("common_name") or signature.get("issuer") or "",
        problems=problems,
        sources=tuple(one.get("instance_id", "").removeprefix("xxh3-128:") for one in manifest.get("ingredients", ())),
        delivery=stated.get(DELIVERY),
    )


def trusting_context(chain: str) -> c2pa.Context:
    """The settings of a reader that trusts one PEM chain of certificates, and uses no network."""
    import c2pa

    trust = {"user_anchors": last_certificate(chain)}
    return c2pa.Context.from_dict({"trust": trust, "verify": {"verify_trust": True, **_OFFLINE}})


def manifest_builder(manifest: SignedManifest) -> c2pa.Builder:
    """A builder of a manifest, without a thumbnail."""
    import c2pa

    context = c2pa.Context.from_dict({"builder": {"thumbnail": {"enabled": False}}, "verify": _OFFLINE})
    return c2pa.Builder(manifest.as_definition(), context)


def signer_of(credential: Credential) -> c2pa.Signer:
    """What signs with a key. It requests no time stamp."""
    import c2pa

    info = c2pa.C2paSignerInfo(credential.algorithm.encode(), credential.chain.encode(), credential.key, None)
    return c2pa.Signer.from_info(info)
