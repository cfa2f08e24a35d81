"""The models commands: list, fetch, add, remove, verify. No other command uses the network."""

from __future__ import annotations

import ast
import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import cwtui as command_line
import engine
from fixtures import clips
from tests.models.host import Host, put, serving, sha256, whisper

from .shell import CWTUI, Shell

WEIGHTS = "/small/model.bin"
# Loaded by every Python process: records and refuses network access.
_GUARD = """
import os, sys
def watch(event, about):
    outward = event in ("socket.getaddrinfo", "socket.gethostbyname")
    if event in ("socket.connect", "socket.sendto"):
        outward = isinstance(about[1], tuple)
    if outward:
        with open({record!r}, "a") as file:
            file.write(repr((event, about[1:], sys.argv)) + "\\n")
        raise OSError("the guard")
sys.addaudithook(watch)
"""


@pytest.fixture
def host() -> Iterator[Host]:
    files = {f"/small/{name}": content for name, content in whisper().items()}
    with serving(Host(files)) as one:
        yield one


@pytest.fixture
def folder(cwtui: Shell) -> Path:
    """The models folder of a separate home folder."""
    cwtui.environment |= {"XDG_DATA_HOME": str(cwtui.folder / "share"), "HOME": str(cwtui.folder)}
    cwtui.environment |= {"no_proxy": "127.0.0.1,localhost"}
    found = Path(cwtui.json("models")["folder"])
    found.mkdir(parents=True)
    return found


@pytest.fixture
def known(folder: Path, host: Host) -> Host:
    (folder / "registry.toml").write_text(host.entry())
    return host


def state(cwtui: Shell, model: str = "my-small") -> str:
    (found,) = [one["state"] for one in cwtui.json("models", "list")["models"] if one["id"] == model]
    return str(found)


def wait_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not what():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_the_list_says_what_is_here_under_what_licence(cwtui: Shell, folder: Path) -> None:
    listed = {one["id"]: one for one in cwtui.json("models", "list")["models"]}
    assert (listed["tiny.en"]["state"], listed["tiny.en"]["licence"]) == ("packaged", "MIT")
    assert (listed["large-v3"]["state"], listed["large-v3"]["size"]) == ("not here", None)
    assert listed["large-v3"]["digests"] == "unknown"
    said = cwtui("models").stdout
    assert {"tiny.en", "packaged", "diarization"} <= set(said.split())


def test_fetching_says_what_comes_and_from_where(cwtui: Shell, folder: Path, known: Host) -> None:
    done = cwtui("models", "fetch", "my-small", "--yes", "--json")
    fetched = json.loads(done.stdout)
    assert (fetched["id"], fetched["state"], fetched["pinned"]) == ("my-small", "installed", [])
    assert fetched["hosts"] == [known.url.removeprefix("http://")]
    for summary in ("A model", "4 files, 3.0 MB", known.url.removeprefix("http://"), "MIT"):
        assert summary in done.stderr
    assert cwtui.json("models", "verify", "my-small")["models"][0]["ok"] is True
    assert cwtui.json("models", "remove", "my-small", "--yes") == {"removed": "my-small"}
    assert state(cwtui) == "not here"


def test_where_nobody_can_be_asked_no_host_hears_of_it(cwtui: Shell, folder: Path, known: Host) -> None:
    for words in (["fetch", "my-small"], ["fetch", known.url + "/small/"]):
        assert "--yes" in cwtui.json("models", *words, code=3)["error"]["hint"]
    (folder / "registry.toml").write_text(known.entry(digests=False))
    assert "--trust-first" in cwtui.json("models", "fetch", "my-small", "--yes", code=3)["error"]["hint"]
    assert known.asked == []
    assert cwtui.json("models", "fetch", "my-small", "--yes", "--trust-first")["pinned"] == list(whisper())
    cwtui("models", "remove", "my-small", code=3)
    assert state(cwtui) == "installed"


@pytest.mark.parametrize(("answer", "code", "then"), [("y\n", 0, "installed"), ("\n", 1, "not here")])
def test_at_a_terminal_it_asks_and_no_is_the_default(
    cwtui: Shell, folder: Path, known: Host, answer: str, code: int, then: str
) -> None:
    here, there = pty.openpty()
    os.write(here, answer.encode())
    done = subprocess.run(
        [CWTUI, "models", "fetch", "my-small"],
        stdin=there,
        capture_output=True,
        text=True,
        env=cwtui.environment,
        check=False,
    )
    os.close(here)
    os.close(there)
    assert "Download it? [y/N]" in done.stderr
    assert (done.returncode, state(cwtui)) == (code, then)
    assert any(wanted == "" for _, wanted, _ in known.asked) == (code == 0)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_struck_in_the_middle_it_goes_on_where_it_was(
    cwtui: Shell, folder: Path, known: Host, blow: signal.Signals
) -> None:
    known.hold[WEIGHTS] = 2_000_000
    words = [CWTUI, "models", "fetch", "my-small", "--yes"]
    loading = subprocess.Popen(words, env=cwtui.environment, stdout=-1, stderr=-1, text=True)
    parts = folder / ".fetching" / "my-small"
    wait_for(lambda: any(part.stat().st_size >= 1_500_000 for part in parts.glob("*.part")))
    loading.send_signal(blow)
    _, said = loading.communicate(timeout=120)
    known.let_go.set()
    assert "Traceback" not in said
    if blow != signal.SIGKILL:
        assert (loading.returncode, "resume the download" in said) == (1, True)
    assert state(cwtui) == "not here"
    (part,) = [part for part in parts.glob("*.part") if part.stat().st_size]
    have = part.stat().st_size

    cwtui("models", "fetch", "my-small", "--yes")
    again = [wanted for path, wanted, status in known.asked if path == WEIGHTS and status == 206][-1]
    assert again == f"bytes={have}-"
    assert sha256((folder / "my-small" / "model.bin").read_bytes()) == sha256(whisper()["model.bin"])
    assert not parts.exists()


def test_a_file_too_large_for_its_disk_is_said(cwtui: Shell, folder: Path, known: Host) -> None:
    limited = f"ulimit -f 1000; exec {CWTUI} models fetch my-small --yes --json"
    done = subprocess.run(["bash", "-c", limited], env=cwtui.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "model.bin could not be written" in json.loads(done.stdout)["error"]["message"]
    assert state(cwtui) == "not here"
    assert cwtui.json("models", "fetch", "my-small", "--yes")["state"] == "installed"


def test_adding_copies_and_changes_are_found(cwtui: Shell, folder: Path, tmp_path: Path) -> None:
    mine = put(tmp_path / "mine")
    added = cwtui.json("models", "add", mine, "--id", "own")
    assert (added["state"], Path(added["path"])) == ("installed", folder / "own")
    assert {path.name for path in mine.iterdir()} == set(whisper())
    (folder / "own" / "tokenizer.json").write_bytes(b'{"model": []}')
    found = cwtui.json("models", "verify", code=1)["models"]
    assert {one["id"]: one["ok"] for one in found}["own"] is False
    assert "has changed" in cwtui("models", "verify", "own", code=1).stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["fetch", "nobody", "--yes"], "Model nobody is not in the registry"),
        (["fetch", "tiny.en", "--yes"], "Python package"),
        (["fetch", "http://example.invalid/small/", "--yes"], "not https"),
        (["add", "nowhere"], "is not a folder"),
        (["add", "."], "contains no model"),
        (["remove", "nobody"], "is not installed"),
        (["remove", "tiny.en"], "is part of a Python package"),
        (["verify", "nobody"], "no model nobody"),
        (["verify", "base"], "is not installed"),
    ],
)
def test_what_cannot_be_is_refused(cwtui: Shell, folder: Path, words: list[str], says: str) -> None:
    assert says in cwtui.json("models", *words, code=2)["error"]["message"]


def test_no_other_command_asks_anybody(cwtui: Shell, folder: Path, host: Host, tmp_path: Path) -> None:
    record, guard = tmp_path / "asked", tmp_path / "guard"
    put(guard, {"sitecustomize.py": _GUARD.format(record=str(record)).encode()})
    cwtui.environment["PYTHONPATH"] = str(guard)
    speech = clips.tone(tmp_path / "tone.wav", 2)
    # The guard works: it stops the one command that uses the network.
    (folder / "registry.toml").write_text(host.entry())
    cwtui.process("models", "fetch", "my-small", "--yes", code=1)
    assert "getaddrinfo" in record.read_text()
    record.unlink()

    cwtui.script(
        ["models"],
        ["models", "add", put(tmp_path / "mine")],
        ["models", "verify"],
        ["models", "remove", "mine", "--yes"],
        ["doctor"],
        ["transcribe", speech, "--model", "tiny.en"],
        ["loudness", speech],
        ["probe", speech],
        ["new", "Shoot"],
        ["ingest", speech, "-p", "Shoot"],
        ["takes"],
        ["jobs"],
    )
    assert not record.exists(), record.read_text()
    assert host.asked == []


def test_one_file_alone_knows_how_to_ask_a_host() -> None:
    """Only engine/models/http.py imports modules that can use the network."""
    asking = {"ftplib", "http", "httpx", "huggingface_hub", "requests", "smtplib", "urllib3", "websockets"}
    for package in (engine, command_line):
        root = Path(package.__file__ or "").parent
        for path in root.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                reaching = [name for name in names if name.partition(".")[0] in asking or name == "urllib.request"]
                assert not reaching or path == root / "models" / "http.py", f"{path} imports {reaching}"
