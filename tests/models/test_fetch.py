"""Downloads from a local host with all kinds of behaviour."""

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
from engine.models import fetch as load

from .host import Host, put, serving, sha256, whisper

WEIGHTS = "/small/model.bin"


def fetch(model: str = "my-small", *, trust_first: bool = False) -> Model:
    return load(make_offer(entry_of(model), trust_first=trust_first))


@pytest.fixture
def known(home: Path, host: Host) -> Host:
    """The host's model is in the user's registry, with its digests."""
    (home / "registry.toml").write_text(host.entry())
    return host


@pytest.fixture
def unknown(home: Path, host: Host) -> Host:
    """The same without digests."""
    (home / "registry.toml").write_text(host.entry(digests=False))
    return host


def parts(home: Path) -> list[Path]:
    return sorted((home / ".fetching").rglob("*.part"))


def installed(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (home / "my-small").iterdir() if path.name != "receipt.json"}


def loads_of(host: Host, path: str = WEIGHTS) -> list[tuple[str, int]]:
    """Return (range, status) of the requests for more than the first byte of a file."""
    return [(wanted, status) for at, wanted, status in host.asked if at == path and wanted != "bytes=0-0"]


def test_what_was_offered_is_what_comes(home: Path, known: Host) -> None:
    offer = make_offer(entry_of("my-small"))
    assert offer.size == offer.left == sum(map(len, known.files.values()))
    assert offer.hosts == (known.url.removeprefix("http://"),)
    assert (offer.unpinned, offer.entry.licence) == ((), "MIT")
    assert not any(path.is_dir() for path in home.iterdir())

    heard: list[tuple[int, int]] = []
    model = load(offer, lambda done, total: heard.append((done, total)))
    assert (model.state, model.origin, model.licence) == ("installed", "fetched", "MIT")
    assert installed(home) == whisper()
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert heard[-1] == (offer.size, offer.size)
    assert [one.ok for one in verify("my-small")] == [True]
    assert not parts(home)
    with pytest.raises(RequestError, match="is already installed"):
        make_offer(entry_of("my-small"))


def test_a_body_that_breaks_off_is_gone_on_with(home: Path, known: Host) -> None:
    known.cut[WEIGHTS] = 1_000_000
    with pytest.raises(TransientError, match="broke off"):
        fetch()
    assert find("my-small").state == "not here"
    with pytest.raises(TransientError):
        fetch()
    known.cut.clear()
    offer = make_offer(entry_of("my-small"))
    assert offer.size is not None
    assert offer.left == offer.size - 2_000_000
    load(offer)
    assert loads_of(known) == [("", 200), ("bytes=1000000-", 206), ("bytes=2000000-", 206)]
    assert installed(home) == whisper()


def test_a_file_that_changed_meanwhile_starts_over(home: Path, unknown: Host) -> None:
    unknown.cut[WEIGHTS] = 1_000_000
    with pytest.raises(TransientError):
        fetch(trust_first=True)
    unknown.cut.clear()
    unknown.files |= {f"/small/{name}": content for name, content in whisper(seed=2).items()}
    fetch(trust_first=True)
    assert loads_of(unknown) == [("", 200), ("", 200)]
    assert installed(home) == whisper(seed=2)


def test_a_file_that_changes_between_the_offer_and_the_load_starts_over(home: Path, unknown: Host) -> None:
    unknown.cut[WEIGHTS] = 1_000_000
    with pytest.raises(TransientError):
        fetch(trust_first=True)
    unknown.cut.clear()
    offer = make_offer(entry_of("my-small"), trust_first=True)
    unknown.files[WEIGHTS] = whisper(seed=2)["model.bin"]
    load(offer)
    # If-Range: changed content is sent completely.
    assert loads_of(unknown) == [("", 200), ("bytes=1000000-", 200)]
    assert installed(home)["model.bin"] == whisper(seed=2)["model.bin"]


def test_a_file_that_became_shorter_than_what_is_here_starts_over(home: Path, unknown: Host) -> None:
    unknown.cut[WEIGHTS] = 1_000_000
    with pytest.raises(TransientError):
        fetch(trust_first=True)
    unknown.cut.clear()
    offer = make_offer(entry_of("my-small"), trust_first=True)
    unknown.files[WEIGHTS] = whisper(seed=3, size=500)["model.bin"]
    load(offer)
    assert installed(home)["model.bin"] == whisper(seed=3, size=500)["model.bin"]


@pytest.mark.parametrize("lacks", ["ranges", "validators"])
def test_a_host_that_cannot_continue_is_asked_for_the_whole(home: Path, known: Host, lacks: str) -> None:
    setattr(known, lacks, False)
    known.cut[WEIGHTS] = 1_000_000
    with pytest.raises(TransientError):
        fetch()
    known.cut.clear()
    fetch()
    assert [status for _, status in loads_of(known)] == [200, 200]
    assert installed(home) == whisper()


def test_a_wrong_digest_installs_nothing_and_removes_the_part(home: Path, known: Host) -> None:
    content = bytearray(known.files[WEIGHTS])
    content[-1] ^= 1
    known.files[WEIGHTS] = bytes(content)
    with pytest.raises(EngineError, match="removed; nothing was installed") as refusal:
        fetch()
    assert sha256(bytes(content)) in refusal.value.hint
    assert find("my-small").state == "not here"
    assert len(parts(home)) == len(whisper()) - 1
    known.files[WEIGHTS] = whisper()["model.bin"]
    assert fetch().state == "installed"


def test_another_size_than_the_registrys_is_refused_before_anything_comes(home: Path, known: Host) -> None:
    known.files[WEIGHTS] += b"more"
    with pytest.raises(EngineError, match="it is another file"):
        fetch()
    assert loads_of(known) == []


def test_an_unknown_digest_needs_a_yes_and_is_held_to_from_then_on(home: Path, unknown: Host) -> None:
    with pytest.raises(GateError, match="no digest") as refusal:
        fetch()
    assert "--trust-first" in refusal.value.hint
    assert unknown.asked == []

    assert find("my-small").digests == "unknown"
    offer = make_offer(entry_of("my-small"), trust_first=True)
    assert set(offer.unpinned) == set(whisper())
    load(offer)
    pins = json.loads((home / "pins.json").read_text())
    assert pins[unknown.url + WEIGHTS]["sha256"] == sha256(whisper()["model.bin"])

    remove("my-small")
    assert find("my-small").digests == "pinned"
    fetch()  # pinned, so trust_first is not needed
    remove("my-small")
    unknown.files |= {f"/small/{name}": content for name, content in whisper(seed=2).items()}
    for trust in (False, True):
        with pytest.raises(EngineError, match="not have the expected digest pinned on"):
            fetch(trust_first=trust)
    assert find("my-small").state == "not here"


def test_damaged_pins_are_not_forgotten_silently(home: Path, unknown: Host) -> None:
    (home / "pins.json").write_text("{")
    with pytest.raises(RequestError, match="damaged"):
        fetch(trust_first=True)


def test_what_may_be_missing_is_left_out_and_what_may_not_is_named(home: Path, known: Host) -> None:
    entry = known.entry().replace(
        'name = "vocabulary.txt"',
        f'name = "more.json"\nurl = "{known.url}/small/more.json"\noptional = true\n'
        'sha256 = "unknown"\n[[model.files]]\nname = "vocabulary.txt"',
    )
    (home / "registry.toml").write_text(entry)
    fetch()
    assert installed(home) == whisper()
    remove("my-small")
    del known.files["/small/vocabulary.txt"]
    with pytest.raises(EngineError, match=r"No vocabulary\.txt found at"):
        fetch()


@pytest.mark.parametrize(("status", "says"), [(403, "denies access"), (401, "requires an account"), (503, "503")])
def test_a_refusal_is_said_in_words(home: Path, known: Host, status: int, says: str) -> None:
    known.status[WEIGHTS] = status
    with pytest.raises(EngineError, match=says):
        fetch()


def test_nobody_there_is_said_in_words(home: Path, host: Host) -> None:
    with serving(Host(dict(host.files))) as gone:
        (home / "registry.toml").write_text(gone.entry())
    with pytest.raises(TransientError, match="could not be reached"):
        fetch()


def test_what_does_not_fit_on_the_disk_is_not_begun(home: Path, unknown: Host) -> None:
    unknown.claims[WEIGHTS] = 1 << 60
    with pytest.raises(EngineError, match="Not enough space"):
        fetch(trust_first=True)
    assert loads_of(unknown) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a disk that is always full")
def test_a_disk_that_fills_is_named(home: Path, known: Host) -> None:
    offer = make_offer(entry_of("my-small"))
    known.cut[WEIGHTS] = 10
    with pytest.raises(TransientError):
        load(offer)
    known.cut.clear()
    (part,) = [path for path in parts(home) if path.stat().st_size == 10]
    part.unlink()
    part.symlink_to("/dev/full")
    with pytest.raises(EngineError, match=r"disk is full: model\.bin"):
        load(offer)
    assert find("my-small").state == "not here"


def test_what_comes_and_is_no_model_is_not_installed(home: Path, host: Host) -> None:
    host.files["/small/model.bin"] = b"<html>" * 100
    (home / "registry.toml").write_text(host.entry())
    with pytest.raises(EngineError, match="CTranslate2 did not write"):
        fetch()
    assert find("my-small").state == "not here"
    assert not parts(home)


def test_a_broken_model_is_fetched_anew_but_never_what_a_person_put_there(home: Path, known: Host) -> None:
    fetch()
    (home / "my-small" / "model.bin").write_bytes(b"")
    assert find("my-small").state == "broken"
    assert fetch().state == "installed"
    assert installed(home) == whisper()
    shutil.rmtree(home / "my-small")
    put(home / "my-small", {"notes.txt": b"mine"})
    with pytest.raises(RequestError, match="is already installed"):
        fetch()


def test_one_fetch_at_a_time(home: Path, known: Host) -> None:
    offer = make_offer(entry_of("my-small"))

    def again(done: int, total: int) -> None:
        with pytest.raises(EngineError, match="already running"):
            load(offer)

    assert load(offer, again).state == "installed"


def test_being_sent_on_is_followed_on_the_same_host(home: Path, known: Host) -> None:
    known.files["/elsewhere"] = known.files.pop(WEIGHTS)
    known.onward[WEIGHTS] = "/elsewhere"
    fetch()
    assert installed(home) == whisper()


def test_being_sent_to_another_host_without_https_is_told_and_refused(home: Path, known: Host) -> None:
    with serving(Host(dict(known.files)), "localhost") as other:
        known.onward[WEIGHTS] = other.url + WEIGHTS
        del known.files[WEIGHTS]
        with pytest.raises(EngineError, match="without https") as refusal:
            fetch()
        assert other.asked == []
    assert other.url.removeprefix("http://") in refusal.value.message


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for localhost that this test's requests trust."""
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def test_being_sent_to_another_host_by_https_is_told(home: Path, known: Host, certified: ssl.SSLContext) -> None:
    with serving(Host(dict(known.files)), "localhost", certified) as other:
        known.onward[WEIGHTS] = other.url + WEIGHTS
        del known.files[WEIGHTS]
        offer = make_offer(entry_of("my-small"))
        assert offer.hosts == tuple(one.url.partition("//")[2] for one in (known, other))
        load(offer)
    assert installed(home) == whisper()


def test_a_host_that_cannot_prove_who_it_is_is_not_asked(
    home: Path, known: Host, certified: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with (
        serving(Host(dict(known.files)), "localhost", certified) as other,
        pytest.raises(EngineError, match="no valid certificate"),
    ):
        make_offer(entry_of(other.url + "/small/"), trust_first=True)


def test_a_folder_at_an_address(home: Path, host: Host) -> None:
    entry = entry_of(host.url + "/small/")
    assert (entry.id, entry.layout, entry.licence) == ("small", "ctranslate2", "unknown")
    with pytest.raises(GateError):
        make_offer(entry)
    assert load(make_offer(entry, trust_first=True)).state == "installed"
    assert find("small").page == host.url + "/small/"
    assert {path.name for path in (home / "small").iterdir()} == {*whisper(), "receipt.json"}
    host.files["/small/resolve/main/model.bin"] = b""
    assert entry_of(host.url + "/small/resolve/main/").id == "small"
    assert entry_of(host.url + "/small/resolve/main/", "mine").id == "mine"


def test_a_description_at_an_address_names_files_beside_it(home: Path, host: Host) -> None:
    described = (
        host.entry()
        .replace("[[model]]\n", "")
        .replace("model.files", "files")
        .replace(f'url = "{host.url}/', 'url = "')
    )
    host.files["/about.toml"] = described.encode()
    model = fetch(host.url + "/about.toml")
    assert (model.id, model.licence, model.state) == ("my-small", "MIT", "installed")
    assert installed(home) == whisper()


@pytest.mark.parametrize(
    ("model", "says"),
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
def test_what_cannot_be_fetched_is_refused(home: Path, host: Host, model: str, says: str) -> None:
    host.files |= {"/page.toml": b"<html>", "/long.toml": b"#" * 100_000}
    with pytest.raises(EngineError, match=says):
        entry_of(model.format(host=host.url))
    assert not [one for one in models() if one.path]
