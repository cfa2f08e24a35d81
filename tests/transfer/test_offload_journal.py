"""The journal of an offload survives torn and damaged lines: they prove nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from engine.transfer.offload.journal import OffloadJournal, Proof, read_journal

PROOF = Proof("A.MOV", 3, 7, "walk/originals", "A.MOV", {"xxh128": "0" * 32}, datetime.now(UTC))
KEY = ("A.MOV", "walk/originals")


def new_journal(folder: Path) -> OffloadJournal:
    journal = OffloadJournal(folder / "offloads" / "card.jsonl")
    listed = {"A.MOV": (3, 7), "caf\udce9": (1, 1)}
    journal.start("/card", "card", "2026-01-01-01-card", ["walk/originals"], listed, [("pipe", "a pipe", False)])
    return journal


def test_a_journal_is_read_as_it_was_written(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    journal.prove([PROOF, replace(PROOF, name="caf\udce9", same_as="A.MOV", differs="It differs.")])
    journal.finish({"A.MOV": "001-A"})
    record = read_journal(journal.path)
    assert record == journal.record
    assert (record.listed["caf\udce9"], record.takes, record.left_out) == ((1, 1), {"A.MOV": "001-A"}, [
        ("pipe", "a pipe", False)
    ])  # fmt: skip
    assert record.proofs[KEY].copied
    assert not record.proofs["caf\udce9", "walk/originals"].copied


def test_part_of_a_line_proves_nothing_and_is_overwritten(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    whole = journal.path.read_bytes()
    journal.prove([PROOF])
    proven = journal.path.read_bytes()
    for length in range(len(whole), len(proven)):
        journal.path.write_bytes(proven[:length])
        assert read_journal(journal.path).proofs == {}
    again = OffloadJournal(journal.path)
    again.prove([replace(PROOF, size=4)])
    assert read_journal(journal.path).proofs[KEY].size == 4
    assert journal.path.read_bytes().startswith(whole + b'{"at"')


def test_a_damaged_line_proves_nothing(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    journal.prove([PROOF])
    text = journal.path.read_text()
    for damaged in (text.replace('"modified_ns": 7, "dest', '"modified_ns: 7, "dest'), text.replace('"hashes"', '"h"')):
        journal.path.write_text(damaged)
        assert read_journal(journal.path).proofs == {}


def test_a_lost_proof_counts_again_when_the_copy_is_proven_again(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    journal.prove([PROOF])
    journal.lose(*KEY, "it is missing")
    assert read_journal(journal.path).lost == {KEY: "it is missing"}
    journal.prove([PROOF])
    assert read_journal(journal.path).lost == {}
