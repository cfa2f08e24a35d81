"""What a machine keeps: encrypted, within its budget, and gone when it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.farm import CacheReceipt, ContentCache, WorkOrder, destroy_cache, path_below, verify_receipt
from engine.farm.block_pipeline import BLOCK_BYTES
from engine.farm.cache_entry import DamagedEntry, EntryHeader, SealedWriter, read_content, sealed_size
from tests.farm.certificates import TestAuthority
from tests.farm.farm import Farm, digest, new_file
from tests.small_disk import has_private_mounts, run_on_small_disk

MIB = 1 << 20
KEY = bytes(range(32))


class Machine:
    """A machine with a cache of 4 MiB and a bit, and the sizes of the files that it fetches."""

    def __init__(self, farm: Farm, folder: Path) -> None:
        self.farm = farm
        self.folder = folder
        self.client = farm.join("ada")
        self.received: list[int] = []
        self.cache = self.open()

    def open(self, budget: int = 4 * MIB + 1000) -> ContentCache:
        self.cache = ContentCache(self.folder / "cache", self.folder / "keys" / "cache.key", budget)
        return self.cache

    def order(self, *contents: bytes) -> WorkOrder:
        files = [new_file(self.farm.studio, f"{digest(one)[:8]}.mov", one) for one in contents]
        return self.client.claim(self.farm.offer(*files).id)

    def place(self, order: WorkOrder) -> int:
        """Place the files of an order, and return how many bytes were fetched."""
        self.received.clear()
        place = self.folder / order.lease
        self.cache.place(self.client, order, place, self.received.append)
        for file in order.files:
            assert digest((place / file.path).read_bytes()) == file.sha256
        return sum(self.received)

    def entries(self) -> list[Path]:
        return sorted(path for path in (self.folder / "cache").iterdir() if path.name != ".lock")


@pytest.fixture
def machine(farm: Farm, tmp_path: Path) -> Iterator[Machine]:
    found = Machine(farm, tmp_path / "worker")
    yield found
    found.cache.close()


def test_nothing_on_the_disk_shows_the_content(machine: Machine) -> None:
    content = b"recognizable " * 1000
    machine.place(machine.order(content))
    (entry,) = machine.entries()
    stored = entry.read_bytes()
    assert b"recognizable" not in stored
    assert digest(content)[:16] not in entry.name
    assert bytes.fromhex(digest(content)) not in stored
    modes = [path.stat().st_mode & 0o777 for path in (entry, entry.parent, machine.folder / "keys" / "cache.key")]
    assert modes == [0o600, 0o700, 0o600]
    assert entry.stat().st_size == sealed_size(len(content)) == machine.cache.size


def test_the_least_recently_used_is_deleted_first(machine: Machine) -> None:
    first, second, third = (machine.order(os.urandom(1_500_000)) for _ in range(3))
    for order in (first, second):
        assert machine.place(order) == 1_500_000
        machine.cache.release(order.lease)
    assert machine.place(first) == 0
    machine.cache.release(first.lease)
    assert machine.place(third) == 1_500_000
    machine.cache.release(third.lease)
    assert (machine.place(first), machine.cache.size < 4 * MIB + 1000) == (0, True)
    machine.cache.release(first.lease)
    assert machine.place(second) == 1_500_000


def test_the_order_of_use_survives_a_restart(machine: Machine) -> None:
    first, second, third = (machine.order(os.urandom(1_500_000)) for _ in range(3))
    for number, order in enumerate((first, second)):
        machine.place(order)
        machine.cache.release(order.lease)
        # The times of files may be coarse.
        os.utime(max(machine.entries(), key=lambda path: path.stat().st_mtime_ns), (number + 1, number + 1))
    machine.cache.close()
    machine.open()
    assert machine.place(first) == 0
    machine.cache.release(first.lease)
    machine.place(third)
    machine.cache.release(third.lease)
    assert machine.place(first) == 0


def test_files_in_use_stay(machine: Machine) -> None:
    first, second = machine.order(os.urandom(2_500_000)), machine.order(os.urandom(2_500_000))
    machine.place(first)
    with pytest.raises(EngineError, match="full of files in use"):
        machine.place(second)
    machine.cache.release(second.lease)
    assert machine.place(first) == 0
    machine.cache.release(first.lease)
    assert machine.place(second) == 2_500_000


def test_an_order_beyond_the_budget_is_refused(machine: Machine) -> None:
    order = machine.order(os.urandom(2_500_000), os.urandom(2_500_000))
    with pytest.raises(EngineError, match=r"need 5\.0 MB"):
        machine.place(order)
    assert machine.entries() == []
    machine.cache.resize(8 * MIB)
    assert machine.place(order) == 5_000_000


def test_a_smaller_budget_deletes_at_once(machine: Machine) -> None:
    order = machine.order(os.urandom(1000), os.urandom(1000))
    machine.place(order)
    machine.cache.resize(1500)
    assert len(machine.entries()) == 2
    machine.cache.release(order.lease)
    machine.cache.resize(1500)
    assert len(machine.entries()) == 1


@pytest.mark.parametrize("damage", ["flip", "cut", "header", "swapped", "longer", "gone", "other key"])
def test_a_damaged_entry_is_fetched_again(machine: Machine, damage: str) -> None:
    order = machine.order(os.urandom(MIB + 100), b"other")
    machine.place(order)
    small, large = sorted(machine.entries(), key=lambda path: path.stat().st_size)
    stored = bytearray(large.read_bytes())
    if damage == "flip":
        stored[-50] ^= 1
    elif damage == "cut":
        del stored[-20:]
    elif damage == "header":
        stored[40] ^= 1
    elif damage == "longer":
        stored += b"x"
    elif damage == "swapped":
        stored[:] = small.read_bytes()
    large.write_bytes(stored)
    if damage == "gone":
        large.unlink()
    if damage == "other key":
        machine.cache.close()
        (machine.folder / "keys" / "cache.key").write_bytes(os.urandom(32))
        machine.open()
    assert machine.place(order) == MIB + 100 + (5 if damage == "other key" else 0)
    assert machine.place(order) == 0


def test_one_process_uses_the_cache(machine: Machine) -> None:
    with pytest.raises(EngineError, match="already running"):
        ContentCache(machine.folder / "cache", machine.folder / "keys" / "cache.key", MIB)


_FETCH_AND_DIE = """
import os, signal, sys
from pathlib import Path
from engine.farm import ContentCache, ContentClient, ContentCredentials, HostAddress, WorkOrder
folder, port, certificate, key, authority, order = sys.argv[1:]
client = ContentClient(
    HostAddress("127.0.0.1", int(port)), ContentCredentials(Path(certificate), Path(key), Path(authority))
)
cache = ContentCache(Path(folder, "cache"), Path(folder, "keys", "cache.key"), 1 << 30)
received = []
def die(count):
    received.append(count)
    # Blocks are on the disk by then: there are 16 buffers.
    if len(received) == 20:
        os.kill(os.getpid(), signal.SIGKILL)
cache.place(client, WorkOrder.model_validate_json(order), Path(folder, "placed"), die)
"""


def test_a_killed_machine_continues(farm: Farm, tmp_path: Path) -> None:
    content = os.urandom(8 * MIB)
    order = farm.join("ada").claim(farm.offer(new_file(farm.studio, "a.mov", content)).id)
    leaf = farm.authority.leaf("ada")
    assert farm.server is not None
    paths = [str(path) for path in (leaf.certificate, leaf.key, leaf.authority)]
    command = [sys.executable, "-c", _FETCH_AND_DIE, str(tmp_path), str(farm.server.port), *paths]
    killed = subprocess.run([*command, order.model_dump_json()], check=False)
    assert killed.returncode == -signal.SIGKILL
    (partial,) = (path for path in (tmp_path / "cache").iterdir() if path.name != ".lock")
    with partial.open("ab") as file:
        file.write(b"torn")
    received: list[int] = []
    with ContentCache(tmp_path / "cache", tmp_path / "keys" / "cache.key", 1 << 30) as cache:
        cache.place(farm.client(leaf), order, tmp_path / "placed", received.append)
    assert (tmp_path / "placed" / "a.mov").read_bytes() == content
    assert sum(received) < 8 * MIB


def write(writer: SealedWriter, content: bytes) -> None:
    """Append the next block of a content."""
    for handler in writer.handlers:
        handler(memoryview(content)[writer.offset : writer.offset + BLOCK_BYTES])


@given(st.integers(0, 3 * BLOCK_BYTES + 3), st.integers(0, 4), st.booleans())
def test_a_sealed_file_opens_as_it_was_and_continues(size: int, blocks: int, torn: bool) -> None:
    import tempfile

    content = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    header = EntryHeader(digest(content), size)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "entry")
        for last in (False, True):
            writer = SealedWriter(path, KEY, header)
            while writer.offset < size and (last or writer.offset < blocks * BLOCK_BYTES):
                write(writer, content)
            if last:
                writer.finish()
            writer.close()
            if torn and not last:
                with path.open("ab") as file:
                    file.write(b"torn")
        assert path.stat().st_size == sealed_size(size)
        assert b"".join(read_content(path, KEY, header.sha256)) == content
        with pytest.raises(DamagedEntry):
            b"".join(read_content(path, bytes(32), header.sha256))
        with pytest.raises(DamagedEntry):
            b"".join(read_content(path, KEY, digest(b"another")))


def test_blocks_cannot_change_places(tmp_path: Path) -> None:
    content = bytes(2 * BLOCK_BYTES)
    writer = SealedWriter(tmp_path / "entry", KEY, EntryHeader(digest(content), len(content)))
    for _ in range(2):
        write(writer, content)
    writer.close()
    stored = (tmp_path / "entry").read_bytes()
    block = (len(stored) - sealed_size(0)) // 2
    head = stored[: sealed_size(0)]
    (tmp_path / "entry").write_bytes(head + stored[-block:] + stored[len(head) : -block])
    with pytest.raises(DamagedEntry):
        list(read_content(tmp_path / "entry", KEY, digest(content)))


@pytest.mark.parametrize("link", ["a", "a/b", "a/b/c.mov"])
def test_a_link_in_the_folder_of_a_job_is_not_followed(tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = tmp_path / "studio"
    (folder / link).parent.mkdir(parents=True)
    (folder / link).symlink_to(outside)
    with pytest.raises(EngineError, match="is not a"):
        path_below(folder, "a/b/c.mov")
    assert list(outside.iterdir()) == []


@pytest.mark.skipif(not has_private_mounts(), reason="needs a private mount namespace (Linux)")
def test_a_full_disk_of_a_machine_is_named(tmp_path: Path) -> None:
    script = Path(__file__).with_name("full_disk.py")
    (tmp_path / "host").mkdir()
    found = run_on_small_disk(script, tmp_path / "disk", "12m", tmp_path / "host")
    for message in (found["too large"], found["filled meanwhile"]):
        assert "disk of this machine is full" in message
    assert found["left"] == []
    assert found["after"] == "placed"


# Leaving


def test_leaving_deletes_the_key_and_all_files(machine: Machine, tmp_path: Path) -> None:
    contents = [b"one", os.urandom(MIB + 7)]
    order = machine.order(*contents)
    machine.place(order)
    key = machine.folder / "keys" / "cache.key"
    known = digest(key.read_bytes())
    leaf = machine.farm.authority.leaf("ada")
    with pytest.raises(EngineError, match="already running"):
        destroy_cache(machine.folder / "cache", key, [], leaf, "studio", "ada")
    assert key.exists()
    machine.cache.close()
    plain = machine.folder / order.lease
    receipt = destroy_cache(machine.folder / "cache", key, [plain], leaf, "studio", "ada")
    assert not any(path.exists() for path in (key, machine.folder / "cache", plain))
    assert {(file.sha256, file.size) for file in receipt.files} == {(digest(one), len(one)) for one in contents}
    assert (receipt.key_sha256, receipt.plain_files, receipt.remaining) == (known, 2, ())
    again = CacheReceipt.model_validate_json(receipt.model_dump_json())
    verify_receipt(again, machine.farm.authority.path.read_bytes())
    empty = destroy_cache(machine.folder / "cache", key, [plain], leaf, "studio", "ada")
    assert (empty.files, empty.key_sha256, empty.plain_files) == ((), None, 0)


def test_a_forged_receipt_is_found(machine: Machine, tmp_path: Path) -> None:
    machine.cache.close()
    leaf = machine.farm.authority.leaf("ada")
    receipt = destroy_cache(machine.folder / "cache", machine.folder / "keys" / "cache.key", [], leaf, "studio", "ada")
    authority = machine.farm.authority.path.read_bytes()
    stranger = TestAuthority(tmp_path / "other").leaf("ada")
    for forged in (
        receipt.model_copy(update={"machine": "bob"}),
        receipt.model_copy(update={"plain_files": 7}),
        receipt.model_copy(update={"signature": ""}),
        receipt.model_copy(update={"certificate": stranger.certificate.read_text()}),
        receipt.model_copy(update={"certificate": "none"}),
    ):
        with pytest.raises(EngineError, match="not genuine"):
            verify_receipt(forged, authority)
