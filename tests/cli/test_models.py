"""The models commands: list, fetch, add, remove, verify. No other command uses the network."""

from __future__ import annotations

import ast
import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

import cwtui as command_line
import engine
from fixtures.lines import Phrase
from fixtures.sound import speak
from fixtures.wav import write_wav
from tests.models import net_files as nets
from tests.models.host import Host, serving, sha256, whisper_files, write_files
from tests.waiting import wait_until

from ..gpu_cache import shared_gpu_cache
from .shell import CWTUI, Shell

WEIGHTS = "/small/model.bin"
# Loaded by every Python process: records and refuses network access, and records sockets that could use a network.
_GUARD = """
import os, socket, sys
def watch(event, about):
    if event == "socket.__new__" and about[1] != socket.AF_UNIX:
        with open({sockets!r}, "a") as file:
            print(sys.argv, event, about, file=file)
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
    files = {f"/small/{name}": content for name, content in whisper_files().items()}
    with serving(Host(files)) as served:
        yield served


@pytest.fixture
def folder(cwtui: Shell) -> Path:
    """The models folder of a separate home folder."""
    cwtui.environment |= {"XDG_DATA_HOME": str(cwtui.folder / "share"), "HOME": str(cwtui.folder)}
    cwtui.environment |= {"no_proxy": "127.0.0.1,localhost"}
    found = Path(cwtui.json("models")["folder"])
    found.mkdir(parents=True)
    return found


@pytest.fixture
def registered_host(folder: Path, host: Host) -> Host:
    (folder / "registry.toml").write_text(host.entry())
    return host


def test_a_net_is_added_as_a_file_with_its_contract(cwtui: Shell, folder: Path) -> None:
    net = cwtui.folder / "own.onnx"
    net.write_bytes(nets.brightness())
    contract = nets.write_contract(cwtui.folder / "own.toml", "range = [0, 1]")
    added = cwtui.json("models", "add", str(net), "--contract", str(contract))
    assert (added["id"], added["task"], added["layout"], added["state"]) == ("own", "depth", "onnx", "installed")
    net.write_bytes(nets.half_size())
    error = cwtui.json("models", "add", str(net), "--contract", str(contract), "--id", "other", code=1)["error"]
    assert "breaks its contract" in error["message"]
    assert state(cwtui, "own") == "installed"


def state(cwtui: Shell, model: str = "my-small") -> str:
    (found,) = [one["state"] for one in cwtui.json("models", "list")["models"] if one["id"] == model]
    return str(found)


def test_the_list_has_the_state_and_licence_of_each_model(cwtui: Shell, folder: Path) -> None:
    listed = {one["id"]: one for one in cwtui.json("models", "list")["models"]}
    assert (listed["tiny.en"]["state"], listed["tiny.en"]["licence"]) == ("packaged", "MIT")
    assert (listed["large-v3"]["state"], listed["large-v3"]["size"]) == ("not here", None)
    assert listed["large-v3"]["digests"] == "unknown"
    output = cwtui("models").stdout
    assert {"tiny.en", "packaged", "diarization"} <= set(output.split())


def test_fetch_prints_the_files_the_size_the_host_and_the_licence(
    cwtui: Shell, folder: Path, registered_host: Host
) -> None:
    result = cwtui("models", "fetch", "my-small", "--yes", "--json")
    fetched = json.loads(result.stdout)
    assert (fetched["id"], fetched["state"], fetched["pinned"]) == ("my-small", "installed", [])
    assert fetched["hosts"] == [registered_host.url.removeprefix("http://")]
    for summary in ("A model", "4 files, 3.0 MB", registered_host.url.removeprefix("http://"), "MIT"):
        assert summary in result.stderr
    assert cwtui.json("models", "verify", "my-small")["models"][0]["ok"] is True
    assert cwtui.json("models", "remove", "my-small", "--yes") == {"removed": "my-small"}
    assert state(cwtui) == "not here"


def test_without_confirmation_no_request_is_sent(cwtui: Shell, folder: Path, registered_host: Host) -> None:
    for arguments in (["fetch", "my-small"], ["fetch", registered_host.url + "/small/"]):
        assert "--yes" in cwtui.json("models", *arguments, code=3)["error"]["hint"]
    (folder / "registry.toml").write_text(registered_host.entry(digests=False))
    assert "--trust-first" in cwtui.json("models", "fetch", "my-small", "--yes", code=3)["error"]["hint"]
    assert registered_host.requests == []
    assert cwtui.json("models", "fetch", "my-small", "--yes", "--trust-first")["pinned"] == list(whisper_files())
    cwtui("models", "remove", "my-small", code=3)
    assert state(cwtui) == "installed"


@pytest.mark.parametrize(("answer", "code", "expected"), [("y\n", 0, "installed"), ("\n", 1, "not here")])
def test_a_fetch_at_a_terminal_prompts_and_defaults_to_no(
    cwtui: Shell, folder: Path, registered_host: Host, answer: str, code: int, expected: str
) -> None:
    controller, terminal = pty.openpty()
    os.write(controller, answer.encode())
    result = subprocess.run(
        [CWTUI, "models", "fetch", "my-small"],
        stdin=terminal,
        capture_output=True,
        text=True,
        env=cwtui.environment,
        check=False,
    )
    os.close(controller)
    os.close(terminal)
    assert "Download it? [y/N]" in result.stderr
    assert (result.returncode, state(cwtui)) == (code, expected)
    assert any(byte_range == "" for _, byte_range, _ in registered_host.requests) == (code == 0)


@pytest.mark.parametrize("interrupt", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_fetch_is_resumed(
    cwtui: Shell, folder: Path, registered_host: Host, interrupt: signal.Signals
) -> None:
    registered_host.hold_after[WEIGHTS] = 2_000_000
    command = [CWTUI, "models", "fetch", "my-small", "--yes"]
    fetching = subprocess.Popen(command, env=cwtui.environment, stdout=-1, stderr=-1, text=True)
    parts = folder / ".fetching" / "my-small"
    wait_until(lambda: any(part.stat().st_size >= 1_500_000 for part in parts.glob("*.part")))
    fetching.send_signal(interrupt)
    _, errors = fetching.communicate(timeout=120)
    registered_host.resume.set()
    assert "Traceback" not in errors
    if interrupt != signal.SIGKILL:
        assert (fetching.returncode, "resume the download" in errors) == (1, True)
    assert state(cwtui) == "not here"
    (part,) = [part for part in parts.glob("*.part") if part.stat().st_size]
    size = part.stat().st_size

    cwtui("models", "fetch", "my-small", "--yes")
    resumed = [
        byte_range for path, byte_range, status in registered_host.requests if path == WEIGHTS and status == 206
    ][-1]
    assert resumed == f"bytes={size}-"
    assert sha256((folder / "my-small" / "model.bin").read_bytes()) == sha256(whisper_files()["model.bin"])
    assert not parts.exists()


def test_a_file_too_large_for_the_disk_is_reported(cwtui: Shell, folder: Path, registered_host: Host) -> None:
    limited = f"ulimit -f 1000; exec {CWTUI} models fetch my-small --yes --json"
    result = subprocess.run(["bash", "-c", limited], env=cwtui.environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "model.bin could not be written" in json.loads(result.stdout)["error"]["message"]
    assert state(cwtui) == "not here"
    assert cwtui.json("models", "fetch", "my-small", "--yes")["state"] == "installed"


def test_an_added_model_is_a_copy_and_verify_finds_its_changes(cwtui: Shell, folder: Path, tmp_path: Path) -> None:
    mine = write_files(tmp_path / "mine")
    added = cwtui.json("models", "add", mine, "--id", "own")
    assert (added["state"], Path(added["path"])) == ("installed", folder / "own")
    assert {path.name for path in mine.iterdir()} == set(whisper_files())
    (folder / "own" / "tokenizer.json").write_bytes(b'{"model": []}')
    found = cwtui.json("models", "verify", code=1)["models"]
    assert {one["id"]: one["ok"] for one in found}["own"] is False
    assert "has changed" in cwtui("models", "verify", "own", code=1).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
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
def test_invalid_model_commands_are_refused(cwtui: Shell, folder: Path, arguments: list[str], message: str) -> None:
    assert message in cwtui.json("models", *arguments, code=2)["error"]["message"]


@pytest.fixture
def own_cache(cwtui: Shell, gpu_cache: Path, tmp_path: Path) -> Iterator[Path]:
    """A user's cache for the commands of one test: other tests write into that of the run."""
    with shared_gpu_cache(gpu_cache, tmp_path / "user"):
        cache = tmp_path / "user" / "work" / "cache"
        cwtui.environment["XDG_CACHE_HOME"] = str(cache)
        yield cache


def test_no_other_command_or_job_uses_the_network(
    cwtui: Shell, folder: Path, host: Host, small_take: Path, own_cache: Path, tmp_path: Path
) -> None:
    """Python's audit hook records the network access of the commands, the studio process and its children."""
    record, sockets, guard = tmp_path / "asked", tmp_path / "sockets", tmp_path / "guard"
    write_files(guard, {"sitecustomize.py": _GUARD.format(record=str(record), sockets=str(sockets)).encode()})
    cwtui.environment["PYTHONPATH"] = str(guard)
    (samples,) = speak([Phrase(Fraction(0), "The light on the water only lasts a few minutes.")])
    speech, mine = write_wav(tmp_path / "talk.wav", samples[:, None]), write_files(tmp_path / "mine")
    # The guard works: it stops the one command that uses the network.
    (folder / "registry.toml").write_text(host.entry())
    cwtui.process("models", "fetch", "my-small", "--yes", code=1)
    assert "getaddrinfo" in record.read_text()
    for path in (record, sockets):
        path.unlink(missing_ok=True)
    before = files_in(cwtui.folder) | files_in(own_cache)

    cwtui.script(
        ["models"],
        ["models", "add", mine],
        ["models", "verify"],
        ["models", "remove", "mine", "--yes"],
        ["transcribe", speech, "--model", "tiny.en"],
        ["loudness", speech],
        ["probe", speech],
        ["new", "Shoot"],
        ["ingest", small_take, "-p", "Shoot"],
        ["takes"],
        ["jobs"],
        ["deliver", "review-proxy"],
        ["deliver", "captions"],
        ["studio", "--stop"],
    )
    findings = {one["name"]: one for one in json.loads(cwtui.process("doctor", "--json").stdout)["findings"]}
    assert all(finding["ok"] for finding in findings.values() if finding["needed"])
    assert findings["gpu"]["found"]
    assert not record.exists(), record.read_text()
    assert host.requests == []
    # Jobs may try: a library checks for IPv6. The sandbox refuses the socket before it is opened.
    opened = sockets.read_text().splitlines() if sockets.exists() else []
    assert [line for line in opened if "forkserver" not in line] == []
    # The hook does not see native code; it would first store what it sends in the home folder or the cache.
    written = (files_in(cwtui.folder) | files_in(own_cache)) - before
    written = {path for path in written if not path.is_relative_to(cwtui.studio)}
    assert [path for path in written if not {"Cleanwater", "matplotlib", "mesa_shader_cache"} & {*path.parts}] == []


def files_in(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_only_downloads_and_the_farm_import_network_modules() -> None:
    """Downloads ask before they connect. A machine of the farm connects to the host that it has joined."""
    farm = ("content_client.py", "content_connection.py", "http_wire.py")
    known = {engine_file("models/http.py"), *(engine_file(f"farm/{name}") for name in farm)}
    network_modules = {"ftplib", "http", "httpx", "huggingface_hub", "requests", "smtplib", "urllib3", "websockets"}
    for package in (engine, command_line):
        root = Path(package.__file__ or "").parent
        for path in root.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if not any(module in text for module in (*network_modules, "urllib")):
                continue
            for node in ast.walk(ast.parse(text)):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                imported = [
                    name for name in names if name.partition(".")[0] in network_modules or name == "urllib.request"
                ]
                assert not imported or path in known, f"{path} imports {imported}"


def engine_file(name: str) -> Path:
    return Path(engine.__file__ or "").parent / name
