"""Downloads from a local host: resumed, redirected, refused, checked and pinned."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from engine.errors import EngineError, GateError, RequestError, TransientError
from engine.models import Model, entry_of, find, make_offer, models, remove, verify
from engine.models import fetch as fetch_offer
from engine.policy import Gate, PolicyError
from tests.permissions import GATE

from .host import Host, serving, sha256, whisper_files, write_files

WEIGHTS = "/small/model.bin"


def fetch(model: str = "my-small", *, trust_first: bool = False) -> Model:
    return fetch_offer(GATE, make_offer(GATE, entry_of(GATE, model), trust_first=trust_first))


@pytest.fixture
def registered_host(home: Path, host: Host) -> Host:
    """The host's model is in the user's registry, with its digests."""
    (home / "registry.toml").write_text(host.entry())
    return host


@pytest.fixture
def unpinned_host(home: Path, host: Host) -> Host:
    """The host's model is in the user's registry, without digests."""
    (home / "registry.toml").write_text(host.entry(digests=False))
    return host


def parts(home: Path) -> list[Path]:
    return sorted((home / ".fetching").rglob("*.part"))


def installed(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (home / "my-small").iterdir() if path.name != "receipt.json"}


def downloads_of(host: Host, path: str = WEIGHTS) -> list[tuple[str, int]]:
    """Return (range, status) of the requests for more than the first byte of a file."""
    return [
        (byte_range, status)
        for requested, byte_range, status in host.requests
        if requested == path and byte_range != "bytes=0-0"
    ]


def test_a_fetch_installs_the_files_of_its_offer(home: Path, registered_host: Host) -> None:
    offer = make_offer(GATE, entry_of(GATE, "my-small"))
    assert offer.size == offer.left == sum(map(len, registered_host.files.values()))
    assert offer.hosts == (registered_host.url.removeprefix("http://"),)
    assert (offer.unpinned, offer.entry.licence) == ((), "MIT")
    assert not any(path.is_dir() for path in home.iterdir())

    progress: list[tuple[int, int]] = []
    model = fetch_offer(GATE, offer, lambda done, total: progress.append((done, total)))
    assert (model.state, model.origin, model.licence) == ("installed", "fetched", "MIT")
    assert installed(home) == whisper_files()
    assert [done for done, _ in progress] == sorted(done for done, _ in progress)
    assert progress[-1] == (offer.size, offer.size)
    assert [one.ok for one in verify("my-small")] == [True]
    assert not parts(home)
    with pytest.raises(RequestError, match="is already installed"):
        make_offer(GATE, entry_of(GATE, "my-small"))


def test_an_interrupted_download_is_resumed(home: Path, registered_host: Host) -> None:
    registered_host.cut_after[WEIGHTS] = 1_000_000
    with pytest.raises(TransientError, match="broke off"):
        fetch()
    assert find("my-small").state == "not here"
    with pytest.raises(TransientError):
        fetch()
    registered_host.cut_after.clear()
    offer = make_offer(GATE, entry_of(GATE, "my-small"))
    assert offer.size is not None
    assert offer.left == offer.size - 2_000_000
    fetch_offer(GATE, offer)
    assert downloads_of(registered_host) == [("", 200), ("bytes=1000000-", 206), ("bytes=2000000-", 206)]
    assert installed(home) == whisper_files()


def test_a_file_changed_before_the_offer_is_downloaded_again(home: Path, unpinned_host: Host) -> None:
    unpinned_host.cut_after[WEIGHTS] = 1_000_000
    with pytest.raises(TransientError):
        fetch(trust_first=True)
    unpinned_host.cut_after.clear()
    unpinned_host.files |= {f"/small/{name}": content for name, content in whisper_files(seed=2).items()}
    fetch(trust_first=True)
    assert downloads_of(unpinned_host) == [("", 200), ("", 200)]
    assert installed(home) == whisper_files(seed=2)


def test_a_file_changed_after_the_offer_is_downloaded_again(home: Path, unpinned_host: Host) -> None:
    unpinned_host.cut_after[WEIGHTS] = 1_000_000
    with pytest.raises(TransientError):
        fetch(trust_first=True)
    unpinned_host.cut_after.clear()
    offer = make_offer(GATE, entry_of(GATE, "my-small"), trust_first=True)
    unpinned_host.files[WEIGHTS] = whisper_files(seed=2)["model.bin"]
    fetch_offer(GATE, offer)
    # If-Range: changed content is sent completely.
    assert downloads_of(unpinned_host) == [("", 200), ("bytes=1000000-", 200)]
    assert installed(home)["model.bin"] == whisper_files(seed=2)["model.bin"]


def test_a_file_shorter_than_its_part_is_downloaded_again(home: Path, unpinned_host: Host) -> None:
    unpinned_host.cut_after[WEIGHTS] = 1_000_000
    with pytest.raises(TransientError):
        fetch(trust_first=True)
    unpinned_host.cut_after.clear()
    offer = make_offer(GATE, entry_of(GATE, "my-small"), trust_first=True)
    unpinned_host.files[WEIGHTS] = whisper_files(seed=3, size=500)["model.bin"]
    fetch_offer(GATE, offer)
    assert installed(home)["model.bin"] == whisper_files(seed=3, size=500)["model.bin"]


@pytest.mark.parametrize("missing", ["ranges", "validators"])
def test_without_ranges_or_validators_a_download_starts_again(home: Path, registered_host: Host, missing: str) -> None:
    setattr(registered_host, missing, False)
    registered_host.cut_after[WEIGHTS] = 1_000_000
    with pytest.raises(TransientError):
        fetch()
    registered_host.cut_after.clear()
    fetch()
    assert [status for _, status in downloads_of(registered_host)] == [200, 200]
    assert installed(home) == whisper_files()


def test_a_wrong_digest_installs_nothing_and_removes_the_part(home: Path, registered_host: Host) -> None:
    content = bytearray(registered_host.files[WEIGHTS])
    content[-1] ^= 1
    registered_host.files[WEIGHTS] = bytes(content)
    with pytest.raises(EngineError, match="removed; nothing was installed") as refusal:
        fetch()
    assert sha256(bytes(content)) in refusal.value.hint
    assert find("my-small").state == "not here"
    assert len(parts(home)) == len(whisper_files()) - 1
    registered_host.files[WEIGHTS] = whisper_files()["model.bin"]
    assert fetch().state == "installed"


def test_a_size_other_than_the_registrys_is_refused_before_the_download(home: Path, registered_host: Host) -> None:
    registered_host.files[WEIGHTS] += b"more"
    with pytest.raises(EngineError, match="it is another file"):
        fetch()
    assert downloads_of(registered_host) == []


def test_an_unknown_digest_needs_confirmation_and_is_then_pinned(home: Path, unpinned_host: Host) -> None:
    with pytest.raises(GateError, match="no checksum") as refusal:
        fetch()
    assert "--trust-first" in refusal.value.hint
    assert unpinned_host.requests == []

    assert find("my-small").digests == "unknown"
    offer = make_offer(GATE, entry_of(GATE, "my-small"), trust_first=True)
    assert set(offer.unpinned) == set(whisper_files())
    fetch_offer(GATE, offer)
    pins = json.loads((home / "pins.json").read_text())
    assert pins[unpinned_host.url + WEIGHTS]["sha256"] == sha256(whisper_files()["model.bin"])

    remove("my-small")
    assert find("my-small").digests == "pinned"
    fetch()  # pinned, so trust_first is not needed
    remove("my-small")
    unpinned_host.files |= {f"/small/{name}": content for name, content in whisper_files(seed=2).items()}
    for trust in (False, True):
        with pytest.raises(EngineError, match="not have the expected checksum pinned on"):
            fetch(trust_first=trust)
    assert find("my-small").state == "not here"


def test_damaged_pins_are_an_error(home: Path, unpinned_host: Host) -> None:
    (home / "pins.json").write_text("{")
    with pytest.raises(RequestError, match="damaged"):
        fetch(trust_first=True)


def test_a_missing_file_is_an_error_unless_it_is_optional(home: Path, registered_host: Host) -> None:
    entry = registered_host.entry().replace(
        'name = "vocabulary.txt"',
        f'name = "more.json"\nurl = "{registered_host.url}/small/more.json"\noptional = true\n'
        'sha256 = "unknown"\n[[model.files]]\nname = "vocabulary.txt"',
    )
    (home / "registry.toml").write_text(entry)
    fetch()
    assert installed(home) == whisper_files()
    remove("my-small")
    del registered_host.files["/small/vocabulary.txt"]
    with pytest.raises(EngineError, match=r"No vocabulary\.txt found at"):
        fetch()


@pytest.mark.parametrize(("status", "message"), [(403, "denies access"), (401, "requires an account"), (503, "503")])
def test_an_http_error_status_is_explained(home: Path, registered_host: Host, status: int, message: str) -> None:
    registered_host.status[WEIGHTS] = status
    with pytest.raises(EngineError, match=message):
        fetch()


def test_an_unreachable_host_is_reported(home: Path, host: Host) -> None:
    with serving(Host(dict(host.files))) as stopped:
        (home / "registry.toml").write_text(stopped.entry())
    with pytest.raises(TransientError, match="could not be reached"):
        fetch()


def test_a_model_too_large_for_the_disk_is_not_downloaded(home: Path, unpinned_host: Host) -> None:
    unpinned_host.declared_lengths[WEIGHTS] = 1 << 60
    with pytest.raises(EngineError, match="Not enough space"):
        fetch(trust_first=True)
    assert downloads_of(unpinned_host) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a disk that is always full")
def test_a_disk_that_fills_during_a_download_is_reported(home: Path, registered_host: Host) -> None:
    offer = make_offer(GATE, entry_of(GATE, "my-small"))
    registered_host.cut_after[WEIGHTS] = 10
    with pytest.raises(TransientError):
        fetch_offer(GATE, offer)
    registered_host.cut_after.clear()
    (part,) = [path for path in parts(home) if path.stat().st_size == 10]
    part.unlink()
    part.symlink_to("/dev/full")
    with pytest.raises(EngineError, match=r"disk is full: model\.bin"):
        fetch_offer(GATE, offer)
    assert find("my-small").state == "not here"


def test_downloaded_files_that_are_not_a_model_are_not_installed(home: Path, host: Host) -> None:
    host.files["/small/model.bin"] = b"<html>" * 100
    (home / "registry.toml").write_text(host.entry())
    with pytest.raises(EngineError, match="CTranslate2 did not write"):
        fetch()
    assert find("my-small").state == "not here"
    assert not parts(home)


def test_a_broken_model_is_replaced_but_not_a_folder_of_the_user(home: Path, registered_host: Host) -> None:
    fetch()
    (home / "my-small" / "model.bin").write_bytes(b"")
    assert find("my-small").state == "broken"
    assert fetch().state == "installed"
    assert installed(home) == whisper_files()
    shutil.rmtree(home / "my-small")
    write_files(home / "my-small", {"notes.txt": b"mine"})
    with pytest.raises(RequestError, match="is already installed"):
        fetch()


def test_a_second_fetch_at_the_same_time_is_refused(home: Path, registered_host: Host) -> None:
    offer = make_offer(GATE, entry_of(GATE, "my-small"))

    def fetch_again(done: int, total: int) -> None:
        with pytest.raises(EngineError, match="already running"):
            fetch_offer(GATE, offer)

    assert fetch_offer(GATE, offer, fetch_again).state == "installed"


def test_a_redirect_on_the_same_host_is_followed(home: Path, registered_host: Host) -> None:
    registered_host.files["/elsewhere"] = registered_host.files.pop(WEIGHTS)
    registered_host.redirects[WEIGHTS] = "/elsewhere"
    fetch()
    assert installed(home) == whisper_files()


def test_a_redirect_to_another_host_without_https_is_refused(home: Path, registered_host: Host) -> None:
    with serving(Host(dict(registered_host.files)), "localhost") as other:
        registered_host.redirects[WEIGHTS] = other.url + WEIGHTS
        del registered_host.files[WEIGHTS]
        with pytest.raises(EngineError, match="without https") as refusal:
            fetch()
        assert other.requests == []
    assert other.url.removeprefix("http://") in refusal.value.message


@pytest.fixture
def tls_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server context with a certificate for localhost, which the requests of this test trust."""
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def test_the_offer_lists_the_hosts_of_https_redirects(
    home: Path, registered_host: Host, tls_context: ssl.SSLContext
) -> None:
    with serving(Host(dict(registered_host.files)), "localhost", tls_context) as other:
        registered_host.redirects[WEIGHTS] = other.url + WEIGHTS
        del registered_host.files[WEIGHTS]
        offer = make_offer(GATE, entry_of(GATE, "my-small"))
        assert offer.hosts == tuple(one.url.partition("//")[2] for one in (registered_host, other))
        fetch_offer(GATE, offer)
    assert installed(home) == whisper_files()


def test_a_host_without_a_valid_certificate_is_refused(
    home: Path, registered_host: Host, tls_context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with (
        serving(Host(dict(registered_host.files)), "localhost", tls_context) as other,
        pytest.raises(EngineError, match="no valid certificate"),
    ):
        make_offer(GATE, entry_of(GATE, other.url + "/small/"), trust_first=True)


def test_a_model_is_fetched_from_a_folder_url(home: Path, host: Host) -> None:
    entry = entry_of(GATE, host.url + "/small/")
    assert (entry.id, entry.layout, entry.licence) == ("small", "ctranslate2", "unknown")
    with pytest.raises(GateError):
        make_offer(GATE, entry)
    assert fetch_offer(GATE, make_offer(GATE, entry, trust_first=True)).state == "installed"
    assert find("small").page == host.url + "/small/"
    assert {path.name for path in (home / "small").iterdir()} == {*whisper_files(), "receipt.json"}
    host.files["/small/resolve/main/model.bin"] = b""
    assert entry_of(GATE, host.url + "/small/resolve/main/").id == "small"
    assert entry_of(GATE, host.url + "/small/resolve/main/", "mine").id == "mine"


def test_a_description_at_a_url_can_list_relative_file_urls(home: Path, host: Host) -> None:
    description = (
        host.entry()
        .replace("[[model]]\n", "")
        .replace("model.files", "files")
        .replace(f'url = "{host.url}/', 'url = "')
    )
    host.files["/about.toml"] = description.encode()
    model = fetch(host.url + "/about.toml")
    assert (model.id, model.licence, model.state) == ("my-small", "MIT", "installed")
    assert installed(home) == whisper_files()


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("nobody", "Model nobody is not in the registry"),
        ("tiny.en", "Python package"),
        ("{host}/small", "neither the address of a model's folder"),
        ("{host}/none/", "No Whisper model found at"),
        ("{host}/none.toml", "no such file"),
        ("{host}/page.toml", "is not valid TOML"),
        ("{host}/long.toml", "too long"),
        ("http://example.invalid/small/", "not https"),
        ("file:///small/", "is not an address"),
        ("https://:small@/", "is not an address"),
    ],
)
def test_invalid_model_names_and_urls_are_refused(home: Path, host: Host, model: str, message: str) -> None:
    host.files |= {"/page.toml": b"<html>", "/long.toml": b"#" * 100_000}
    with pytest.raises(EngineError, match=message):
        entry_of(GATE, model.format(host=host.url))
    assert not [one for one in models() if one.path]


def test_a_studio_that_stays_offline_contacts_no_host(home: Path, host: Host, tmp_path: Path) -> None:
    (home / "registry.toml").write_text(host.entry())
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "offline.toml").write_text(
        'title = "Offline"\nowner = "The owner of this Mac"\nchange = "edit the file"\n'
        '[[rule]]\nid = "no-downloads"\neffect = "forbid"\nactions = ["download"]\nreason = "This Mac stays offline."\n'
    )
    gate = Gate(tmp_path, None)
    with pytest.raises(PolicyError, match=r"This Mac stays offline\."):
        make_offer(gate, entry_of(gate, "my-small"))
    with pytest.raises(PolicyError):
        entry_of(gate, host.url + "/small/")
    assert host.requests == []
