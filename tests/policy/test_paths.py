"""No path writes a deliverable or an export, or opens a connection, without a permission."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from engine.science import make_product, make_trailer, replay
from engine.titles import write_title

ROOT = Path(__file__).resolve().parents[2]
# Unix sockets, the name of this machine, the sandbox's tests of itself, and the wait for a service of this machine.
LOCAL_SOCKETS = {
    "engine/jobs/liveness.py", "engine/jobs/presence.py", "engine/jobs/requester.py",
    "engine/jobs/sandbox/__main__.py", "engine/jobs/sandbox/seccomp.py", "engine/jobs/sandbox/violations.py",
    "engine/player/mpv_ipc.py", "engine/player/unix_socket.py",
    "engine/studio/service_start.py",
}  # fmt: skip
# What listens for phones, on the address that a policy permits.
LISTENER = {
    "engine/phone/accepting.py", "engine/phone/bonjour.py",
    "engine/phone/certificates.py", "engine/phone/interfaces.py", "engine/phone/listener.py",
}  # fmt: skip
# What takes part in a farm, once the creator has switched it on.
FARM = "engine/farm/"
NETWORK = {"http", "http.client", "ssl", "urllib.request", "smtplib", "ftplib", "requests", "httpx", "aiohttp"}
SERVERS = {"uvicorn", "starlette", "zeroconf"}
# What puts a deliverable or an exported image in place.
WRITERS = {"Outputs", "FrameWriter", "write_png"}
IMAGE_WRITERS = {"write_exr", "write_movie", "write_png"}


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The modules that a module imports, each with a name from it, or none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((one.name, "") for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, one.name) for one in node.names)


def test_only_the_download_of_models_and_the_listener_import_network_libraries() -> None:
    found = {path for path, tree in modules("engine", "cwtui") for name, _ in imports(tree) if name in NETWORK}
    assert {path for path in found if not path.startswith(FARM)} == {
        "engine/models/http.py", "engine/phone/accepting.py", "engine/phone/certificates.py",
    }  # fmt: skip
    servers = {
        path for path, tree in modules("engine", "cwtui") for name, _ in imports(tree) if name.split(".")[0] in SERVERS
    }
    assert all(path.startswith(("engine/phone/", FARM)) for path in servers)
    sockets = {path for path, tree in modules("engine", "cwtui") for name, _ in imports(tree) if name == "socket"}
    assert {path for path in sockets if not path.startswith(FARM)} <= LOCAL_SOCKETS | LISTENER


def test_nothing_listens_without_a_permission() -> None:
    ((_, tree),) = [one for one in modules("engine/phone") if one[0].endswith("/listener.py")]
    opening = {
        one.name: one
        for one in tree.body
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name[0] != "_"
    }
    assert set(opening) == {"open_socket", "listen"}
    for name, function in opening.items():
        assert function.args.args[0].arg == "permission", name
        assert "permission.check('listen')" in ast.unparse(function)


def test_the_farm_opens_no_socket_without_a_permission() -> None:
    ((_, tree),) = [one for one in modules("engine/farm") if one[0].endswith("/listening.py")]
    (opening,) = [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name[0] != "_"]
    assert opening.args.args[0].arg == "permission"
    assert "permission.check('farm')" in ast.unparse(opening)
    listening = {
        path for path, tree in modules("engine/farm") for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("listen", "create_server", "start_server")
    }  # fmt: skip
    assert listening == {"engine/farm/listening.py"}


def test_what_writes_deliverables_and_exports_requires_a_permission() -> None:
    callers = set()
    for path, tree in modules("engine/deliver", "engine/export", "engine/studio"):
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            calls = {
                node.func.id
                for node in ast.walk(function)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            }
            if calls & WRITERS:
                callers.add(f"{path}:{function.name}")
                if function.name != "write":
                    assert function.args.args[0].arg == "permission", f"{path}: {function.name}"
                    assert 'permission.check("' in ast.unparse(function).replace("'", '"')
    # FrameWriter.write is reached through a FrameWriter only.
    assert {
        "engine/deliver/build.py:build_deliverable",
        "engine/deliver/cut_build.py:build_cut",
        "engine/export/frame.py:write",
        "engine/export/frame.py:write_and_watch",
        "engine/export/sequence/writer.py:write_frames",
        "engine/export/contact_sheet.py:make_sheet",
        "engine/export/transform_sheet.py:make_transform_sheet",
        "engine/studio/cut_stills.py:write_cut_picture",
    } <= callers


def test_other_packages_do_not_write_images_and_movies() -> None:
    found = {
        path
        for path, tree in modules("engine", "cwtui")
        for module, name in imports(tree)
        if module.startswith("engine.picture") and name in IMAGE_WRITERS and not path.startswith("engine/picture/")
    }
    # The functions that write science pictures and titles require a permission, too.
    assert {path.split("/")[1] for path in found if path.startswith("engine/")} == {
        "deliver", "export", "science", "studio", "titles",
    }  # fmt: skip
    assert {path for path in found if path.startswith("cwtui/")} <= {"cwtui/commands/scopes.py"}
    for function in (make_product, make_trailer, replay, write_title):
        assert next(iter(inspect.signature(function).parameters)) == "permission"
