"""The page in a browser: pairing by the QR code's address, two files, a drop in between, and the studio's answer."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.phone import UploadState, server_certificate
from tests.phone.chromium import CHROMIUM, Page, browsing
from tests.phone.serving import ADDRESS, NAME, new_pairing, project_in, serving

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")

SLICE = 8 << 20


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browsing(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def sealed(name: str, original: bool) -> dict[str, object]:
    """What an ingest reports."""
    found: dict[str, object] = {
        "take": f"001-{name}", "already_here": False, "xxh128": "ab" * 16, "sent_digest_matches": True,
        "seal": "harbour/originals/1/ascmhl/0001.mhl", "original": original,
    }  # fmt: skip
    return found if original else {**found, "reason": "written by Lavf", "hint": "Choose Keep Originals."}


def test_files_are_sent_and_shown_with_their_proof(page: Page, tmp_path: Path) -> None:
    project = project_in(tmp_path)
    certificate = server_certificate(tmp_path, ADDRESS, NAME)
    contents = {"Küste.mov": random.Random(1).randbytes(SLICE + 1000), "b.mov": b"small"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    with serving(tmp_path, project, certificate=certificate) as served:
        url = f"https://{ADDRESS}:{served.port}/"
        code = new_pairing(tmp_path, project)
        page.open(f"{url}#{code}.{certificate.fingerprint}")
        page.wait_for("!document.getElementById('sending').hidden")
        # The code is not in the address any more, and the key is not in reach of a script.
        assert page.wait_for("location.href") == url
        assert page.wait_for("document.cookie === ''")
        assert "the one in the QR code" in page.wait_for("document.getElementById('fingerprint-verdict').textContent")
        page.choose_files("#from-files", [tmp_path / name for name in contents])
        page.wait_for("document.getElementById('files').textContent.match(/checks it/g)?.length === 2")
        assert {one.record.name: one.data.read_bytes() for one in served.whole} == contents
        for upload in served.whole:
            # The digest of the slices' digests, as the studio computes it from the disk.
            content = contents[upload.record.name]
            slices = [content[at : at + SLICE] for at in range(0, len(content), SLICE)]
            whole = hashlib.sha256(b"".join(hashlib.sha256(one).digest() for one in slices)).hexdigest()
            digest = upload.record.digest
            assert digest
            assert (digest.algorithm, digest.value, digest.slice_bytes) == ("sha256-slices", whole, SLICE)
            outcome = sealed(upload.record.name, original=upload.record.name == "b.mov")
            served.uploads.store.update(upload, state=UploadState.SEALED, outcome=outcome)
        page.wait_for("document.querySelectorAll('#files .sealed, #files .copy').length === 2")
        text = page.wait_for("document.getElementById('files').innerText")
        assert "Whole and sealed as 001-b.mov." in text
        assert "not an original: written by Lavf" in text
        assert "Choose Keep Originals." in text
        assert page.wait_for("document.getElementById('guide').open")
        assert not [entry for entry in page.console if "Content Security Policy" in entry or "exception" in entry]


def test_a_half_sent_file_continues_after_a_drop_of_page_and_studio(page: Page, tmp_path: Path) -> None:
    project = project_in(tmp_path)
    certificate = server_certificate(tmp_path, ADDRESS, NAME)
    content = random.Random(2).randbytes(5 * SLICE)
    (tmp_path / "long.mov").write_bytes(content)
    with serving(tmp_path, project, certificate=certificate) as served:
        port = served.port
        page.open(f"https://{ADDRESS}:{port}/#{new_pairing(tmp_path, project)}")
        page.wait_for("!document.getElementById('sending').hidden")
        page.choose_files("#from-files", [tmp_path / "long.mov"])
        page.wait_for("document.querySelector('#files progress')?.value > 0.15")
    # The studio is gone, and the page is closed.
    page.open("about:blank")
    (tmp_path / "long.mov").rename(tmp_path / "renamed.mov")
    with serving(tmp_path, project, certificate=certificate, port=port) as served:
        before = {one.record.id: one.offset for one in served.uploads.store}
        page.open(f"https://{ADDRESS}:{port}/")
        page.wait_for("!document.getElementById('sending').hidden")
        page.choose_files("#from-files", [tmp_path / "renamed.mov"])
        page.wait_for("document.getElementById('files').textContent.match(/checks it|has it already/)")
        # By its content, the page found what was there, and sent only the rest.
        ((upload_id, offset),) = before.items()
        assert offset >= SLICE
        found = list(served.uploads.store)
        assert [one.record.id for one in found] == [upload_id]
        assert found[0].data.read_bytes() == content


def test_a_used_code_is_explained_and_another_can_be_typed(page: Page, tmp_path: Path) -> None:
    project = project_in(tmp_path)
    certificate = server_certificate(tmp_path, ADDRESS, NAME)
    with serving(tmp_path, project, certificate=certificate) as served:
        page.open("about:blank")
        page.call("Storage.clearCookies")
        page.open(f"https://{ADDRESS}:{served.port}/#AAAA")
        assert "used or has expired" in page.wait_for("document.getElementById('pairing-reason').textContent")
        code = new_pairing(tmp_path, project).lower()
        page.call(
            "Runtime.evaluate",
            expression=f"document.getElementById('code').value = '{code[:4]} {code[4:]}';"
            "document.querySelector('#pairing button').click()",
        )
        page.wait_for("!document.getElementById('sending').hidden")
        assert page.wait_for("document.getElementById('project').textContent").startswith("Footage for “Harbour”")
