"""Details of Ingest: the reason why a row waits or has failed, and the remedy."""

from __future__ import annotations

from pathlib import Path

from cwtui.console.screens.ingest.details import file_details, job_details, take_details, verification_details
from cwtui.console.workers.seal_verifier import Verification
from engine.catalog import Encoding, JobState
from engine.transfer import FileVerification, SealStatus
from tests.cli.takes import a_take

from ...records import NOW, PROJECT, a_job


def test_a_take_without_transform_shows_the_key_to_confirm_it() -> None:
    lines = take_details(a_take(PROJECT, 3, None), Path("/studio/walk/a.mov"))
    assert [label for label, _, _ in lines] == ["take", "why", "do", "file"]
    assert "Press {answer} to confirm" in lines[2][1]
    assert lines[3] == ("file", "/studio/walk/a.mov", "quiet")


def test_a_failed_ingest_shows_its_error_and_sources() -> None:
    job = a_job(
        "ingest", JobState.FAILED, parameters={"paths": ["/card"]}, error={"message": "No space.", "hint": "Free some."}
    )
    assert job_details(job)[1:] == [
        ("why", "No space.", "red"), ("do", "Free some.", "text"), ("from", "/card", "quiet"),
    ]  # fmt: skip


def test_a_missing_file_shows_how_to_add_it() -> None:
    missing = FileVerification(Path("a.mov"), SealStatus.MISSING, "ab", None)
    done = Verification(PROJECT, 1000, 0.0, 1000, finished_at=NOW, results=(missing,))
    for lines in (verification_details(done), file_details(missing)):
        assert "again with {add}" in lines[-1][1]


def test_a_copy_is_named_once() -> None:
    take = a_take(PROJECT, 3, Encoding.HLG)
    notes = ["edited or exported copy: written by Lavf56; copy the camera's file if you still have it", "audio only"]
    probe = take.probe.model_copy(update={"original": False, "copy_reason": "written by Lavf56", "notes": notes})
    lines = take_details(take.model_copy(update={"probe": probe}), Path("/studio/walk/a.mov"))
    assert [text for label, text, _ in lines if "Lavf56" in text] == ["edited or exported copy: written by Lavf56"]
    assert ("note", "audio only", "quiet") in lines
