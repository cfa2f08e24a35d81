"""The proof of a deliverable: each link that is tampered with is the first broken one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from engine.catalog import Take
from engine.credentials import ManifestSource, SignedManifest, new_credential, sign_file
from engine.deliver import (
    CutRequest,
    DeliverableRequest,
    Recipe,
    SoundRecipe,
    build_cut,
    build_deliverable,
    newest_seal,
    read_receipt,
)
from engine.errors import RequestError
from engine.file_digest import sha256_of
from engine.phone import SentDigest, UploadRecord, keep_sender_record
from engine.studio import LinkState, ProjectCuts, Studio, prove_receipt
from engine.tasks import cut_take
from engine.timeline import Clip, Cut, remove_range
from engine.transfer import JOURNALS, import_footage
from engine.transfer.offload.journal import OffloadJournal, Proof
from fixtures import clips
from tests.permissions import DELIVER

SOUND = Recipe(name="sound", title="Sound", sound=SoundRecipe(codec="wav", lufs=-16.0, true_peak_dbtp=-1.0))


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A studio with a sealed take."""
    with Studio(tmp_path / "studio") as studio:
        project = studio.new_project("Walk")
        assert not import_footage(studio.catalog, studio.folder, project, [clips.tone(tmp_path / "A.WAV", 1)]).failed
        yield studio


@pytest.fixture
def take(studio: Studio) -> Take:
    (take,) = studio.catalog.takes()
    return take


@pytest.fixture
def receipt(studio: Studio, take: Take) -> Path:
    """The receipt of a sound file of the take."""
    folder = studio.folder / "walk" / "deliverables" / "sound"
    request = DeliverableRequest(studio.subject_of(take).footage, take.label, SOUND, None)
    assert build_deliverable(DELIVER, request, folder, source_digest=take.digest).passed
    return folder / "receipt.json"


def append(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"\0")


def flip(path: Path) -> None:
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def test_a_delivery_is_proven_from_the_seal_to_its_files(studio: Studio, take: Take, receipt: Path) -> None:
    for place in (receipt, receipt.parent, receipt.with_name(f"{take.label}.wav")):
        (proof,) = prove_receipt(studio, place)
        assert [link.kind for link in proof.links] == ["seal", "original", "take", "file", "checks"]
        assert {link.state for link in proof.links} == {LinkState.PROVEN}


@pytest.mark.parametrize(
    ("kind", "tampering"),
    [
        ("seal", lambda studio, _: next(studio.rglob("*.mhl")).unlink()),
        ("seal", lambda studio, _: flip(next(studio.rglob("*.mhl")))),
        ("original", lambda _, original: flip(original)),
        ("original", lambda _, original: original.unlink()),
        ("file", lambda studio, _: append(next(studio.rglob("deliverables/*/*.wav")))),
        ("file", lambda studio, _: flip(next(studio.rglob("deliverables/*/*.wav")))),
        ("file", lambda studio, _: next(studio.rglob("deliverables/*/*.wav")).unlink()),
    ],
    ids=["no seal", "changed seal", "changed original", "no original", "longer file", "changed file", "no file"],
)
def test_the_first_broken_link_is_the_one_that_was_tampered_with(
    studio: Studio, take: Take, receipt: Path, kind: str, tampering: Callable[[Path, Path], None]
) -> None:
    (studio.folder / take.path).parent.chmod(0o755)
    tampering(studio.folder, studio.folder / take.path)
    (proof,) = prove_receipt(studio, receipt)
    assert proof.broken
    assert proof.broken.kind == kind


def test_what_a_phone_stated_is_the_first_link(studio: Studio, take: Take, receipt: Path) -> None:
    original = studio.folder / take.path
    stated = SentDigest(algorithm="sha256", value=sha256_of(original))
    upload = UploadRecord(
        id="1", device="Ann's iPhone", name="A.WAV", created_at=datetime.now(UTC), digest=stated, content=take.digest
    )
    keep_sender_record(studio.folder, upload)
    (proof,) = prove_receipt(studio, receipt)
    assert (proof.links[0].kind, proof.links[0].state) == ("phone", LinkState.PROVEN)
    assert f"before it sent A.WAV (sha256 {stated.value[:16]}…)" in proof.links[0].detail
    other = SentDigest(algorithm="sha256", value="0" * 64)
    keep_sender_record(studio.folder, upload.model_copy(update={"digest": other}))
    broken = prove_receipt(studio, receipt)[0].broken
    assert broken
    assert broken.kind == "phone"


def test_what_was_read_from_a_card_is_the_first_link(studio: Studio, take: Take, receipt: Path, tmp_path: Path) -> None:
    journal = OffloadJournal(studio.folder / "walk" / JOURNALS / "card.jsonl")
    journal.start(str(tmp_path / "card"), "A001", "A001", ["walk"], {"A.WAV": (1, 1)}, [])
    journal.prove([Proof("A.WAV", 1, 1, "walk", "A.WAV", {"xxh128": take.digest}, datetime.now(UTC))])
    (proof,) = prove_receipt(studio, receipt)
    assert (proof.links[0].kind, proof.links[0].state) == ("card", LinkState.PROVEN)
    assert "read from the card A001" in proof.links[0].detail


def test_the_seal_of_the_receipt_is_a_link(studio: Studio, take: Take) -> None:
    (batch,) = studio.catalog.batches(studio.project("Walk"))
    seal = newest_seal(studio.folder, batch.folder)
    assert seal
    assert seal.manifest.endswith(".mhl")
    folder = studio.folder / "walk" / "deliverables" / "sealed"
    request = DeliverableRequest(studio.subject_of(take).footage, take.label, SOUND, None, seal=seal)
    assert build_deliverable(DELIVER, request, folder, source_digest=take.digest).seal == seal
    (proof,) = prove_receipt(studio, folder)
    assert [link.kind for link in proof.links] == ["seal", "original", "take", "manifest", "file", "checks"]
    assert {link.state for link in proof.links} == {LinkState.PROVEN}
    receipt = read_receipt(folder)
    forged = receipt.deliveries[0].model_copy(update={"seal": seal.model_copy(update={"digest": "c4other"})})
    (folder / "receipt.json").write_text(receipt.model_copy(update={"deliveries": (forged,)}).model_dump_json())
    broken = prove_receipt(studio, folder)[0].broken
    assert broken
    assert broken.kind == "manifest"


def test_a_source_that_is_no_take_here_is_not_proven(studio: Studio, tmp_path: Path, receipt: Path) -> None:
    with Studio(tmp_path / "other") as other:
        (proof,) = prove_receipt(other, receipt)
    assert proof.broken is None
    assert [link.kind for link in proof.links if link.state is LinkState.NOT_PROVEN] == ["take"]


def test_a_film_is_proven_by_its_cut_until_that_is_edited(studio: Studio, take: Take, tmp_path: Path) -> None:
    cuts = ProjectCuts(studio, studio.project("Walk"))
    cut = Cut("film", Fraction(25), 1920, 1080, (Clip("1", take.id, 0, 20),))
    cuts.add(cut)
    order = CutRequest(cut, {take.id: cut_take(studio.subject_of(take))}, SOUND)
    build_cut(DELIVER, order, tmp_path / "film")
    (proof,) = prove_receipt(studio, tmp_path / "film")
    assert [link.kind for link in proof.links] == ["seal", "original", "take", "cut", "file", "checks"]
    assert {link.state for link in proof.links} == {LinkState.PROVEN}
    cuts.edit("film", lambda cut: remove_range(cut, 5, 9), "shortened")
    (proof,) = prove_receipt(studio, tmp_path / "film")
    assert [link.kind for link in proof.links if link.state is LinkState.NOT_PROVEN] == ["cut"]


def test_a_file_without_a_receipt_is_an_error(studio: Studio, receipt: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "A.WAV", receipt.with_name("other.wav"), tmp_path / "empty"):
        with pytest.raises(RequestError, match="is no receipt"):
            prove_receipt(studio, place)


@pytest.fixture
def signed(studio: Studio, take: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The receipt of a signed sound file of the take."""
    monkeypatch.setenv("CWTUI_CREDENTIALS", str(tmp_path / "keys"))
    new_credential("Ann")
    folder = studio.folder / "walk" / "deliverables" / "signed"
    request = DeliverableRequest(studio.subject_of(take).footage, take.label, SOUND.signed(), None)
    assert build_deliverable(DELIVER, request, folder, source_digest=take.digest).passed
    return folder / "receipt.json"


def test_a_signature_is_a_link_of_the_proof(studio: Studio, signed: Path) -> None:
    (proof,) = prove_receipt(studio, signed)
    assert [link.kind for link in proof.links] == ["seal", "original", "take", "file", "credentials", "checks"]
    assert {link.state for link in proof.links} == {LinkState.PROVEN}
    assert "signed with the key of Ann" in proof.links[4].detail
    assert "No list of trusted issuers" in proof.links[4].detail


def test_a_file_that_another_key_signed_breaks_the_proof_though_the_receipt_has_its_digest(
    studio: Studio, signed: Path
) -> None:
    receipt = read_receipt(signed.parent)
    (delivery,) = receipt.deliveries
    (file,) = delivery.files
    path = signed.parent / file.path
    other = new_credential("Ann", replace=True)
    manifest = SignedManifest("x", "Ann", [ManifestSource(delivery.source_digest)], [], {"sha256_unsigned": "0" * 64})
    sign_file(other, manifest, next(studio.folder.rglob("originals/*/*.WAV")), path)
    listed = file.model_copy(update={"sha256": sha256_of(path), "bytes": path.stat().st_size})
    changed = receipt.model_copy(update={"deliveries": (delivery.model_copy(update={"files": (listed,)}),)})
    signed.write_text(changed.model_dump_json())
    broken = prove_receipt(studio, signed)[0].broken
    assert broken
    assert broken.kind == "credentials"
    assert "signed with another key, by Ann" in broken.detail
