"""The command line for scripts: JSON on stdout, exit codes, and errors with hints."""

from __future__ import annotations

import shutil
import signal
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from fixtures import clips

from .shell import CWTUI, Shell


def test_new_ingest_takes_deliver_and_verify(cwtui: Shell, small_take: Path) -> None:
    assert cwtui.json("new", "Harbour walk")["folder"] == "harbour-walk"
    ingested = cwtui.json("ingest", small_take, "-p", "Harbour walk", "--no-prepare")
    assert [take["name"] for take in ingested["takes"]] == ["IMG_0101"]
    assert Path(ingested["seal"]).suffix == ".mhl"
    listed = cwtui.json("takes")
    assert listed["takes"][0]["captured_at"].startswith("2025-06-14")
    delivered = cwtui.json("deliver", "review-proxy", "-p", "Harbour walk")
    assert {file["role"] for file in delivered["files"]} == {"movie"}
    assert all(check["passed"] for check in delivered["checks"])
    assert all(Path(file["path"]).is_file() for file in delivered["files"])
    assert Path(delivered["receipt"]).name == "receipt.json"
    assert cwtui.json("verify")["files"][0]["verdict"] == "intact"
    (proof,) = cwtui.json("verify", delivered["receipt"])["deliveries"]
    assert cwtui.json("verify", "review-proxy")["deliveries"] == [proof]
    assert (proof["proven"], {link["state"] for link in proof["links"]}) == (True, {"proven"})
    # The policy decided when the delivery was requested, and when its job ran.
    decisions = cwtui.json("policy", "decisions")["decisions"]
    assert [(one["action"], one["rule"]) for one in decisions] == [("deliver", "creator-delivers")] * 2
    movie = Path(delivered["files"][0]["path"])
    with movie.open("ab") as file:
        file.write(b"\0\0\0\x08free")
    assert f"The proof ends at the file of {movie.name}." in cwtui("verify", movie, code=1).stdout


def test_a_repeated_delivery_writes_only_missing_files(cwtui: Shell, small_take: Path) -> None:
    cwtui.import_takes(small_take)
    cwtui.add_sound_recipe()
    paths = [Path(file["path"]) for file in cwtui.json("deliver", "sound-only")["files"]]
    modified_at = paths[0].stat().st_mtime_ns
    assert [Path(file["path"]) for file in cwtui.json("deliver", "sound-only")["files"]] == paths
    assert paths[0].stat().st_mtime_ns == modified_at
    paths[1].unlink()
    cwtui("deliver", "sound-only")
    assert paths[1].is_file()
    jobs = {job["kind"]: job for job in cwtui.json("jobs")["jobs"]}
    assert jobs["deliver"]["attempts"] == 2
    assert jobs["deliver"]["state"] == "done"


def test_a_delivery_waits_for_the_review_that_its_recipe_asks_for(cwtui: Shell, small_take: Path) -> None:
    cwtui.import_takes(small_take)
    cwtui.add_sound_recipe()
    recipe = cwtui.studio / "recipes" / "sound-only.toml"
    recipe.write_text('approval = "client"\n' + recipe.read_text())
    delivered = cwtui.json("deliver", "sound-only", code=3)
    assert [one["message"] for one in delivered["waiting"]] == [
        "“001-IMG_0101” counts as delivered after the review “client”."
    ]
    assert "needs the review client" in cwtui("recipes").stdout
    approved = cwtui.json("approve", "sound-only", "--by", "Anna")["approved"]
    assert approved == [{"take": "001-IMG_0101", "review": "client", "by": "Anna"}]
    assert cwtui.json("deliver", "sound-only")["waiting"] == []
    assert "Anna approved it for the review “client”" in cwtui("receipt", "sound-only").stdout


def test_a_plain_file_needs_no_studio(cwtui: Shell, small_take: Path) -> None:
    assert cwtui.json("probe", small_take)["picture"]["encoding"] == "hlg"
    assert cwtui.json("loudness", small_take)["true_peak_dbtp"] < 0
    cwtui("frame", small_take, "--at", "0.5", "-o", "still.png")
    frame = cwtui.json("frame", small_take, "--at", "0:00.5", "-o", "still.exr")
    assert (frame["width"], frame["height"], frame["tick"]) == (320, 180, 15)
    assert (cwtui.folder / "still.png").is_file()
    assert cwtui.json("transcribe", small_take)["words"] == []
    assert "studio" not in cwtui.files
    out = cwtui.json("deliver", "captions", small_take, "-o", "out")
    assert Path(out["receipt"]) == cwtui.folder / "out" / "receipt.json"


def test_a_file_that_changed_after_its_job_was_queued_is_refused(
    cwtui: Shell, small_take: Path, tmp_path: Path
) -> None:
    changing = tmp_path / "IMG_0107.MOV"
    shutil.copyfile(small_take, changing)
    (queued,) = cwtui.json("deliver", "podcast", changing, "-o", "out", "--detach")["jobs"]
    cwtui("cancel", "--all")
    with changing.open("ab") as file:
        file.write(b"\0\0\0\x08free")
    assert "has changed since this job was queued" in cwtui("retry", queued["id"], "--wait", code=2).stderr


def test_takes_prints_names_and_required_confirmations(cwtui: Shell, small_take: Path, log_take: Path) -> None:
    cwtui.import_takes(small_take, log_take)
    output = cwtui("takes").stdout
    assert "002-IMG_0101" in output
    assert "needs you: run cwtui confirm 1 --input-transform apple-log" in output


def test_a_log_take_is_delivered_once_its_input_transform_is_confirmed(
    cwtui: Shell, small_take: Path, log_take: Path
) -> None:
    cwtui.import_takes(small_take, log_take)
    cwtui.add_picture_recipe()
    result = cwtui.json("deliver", "picture-only", code=3)
    assert [file["take"] for file in result["files"]] == ["002-IMG_0101"]
    assert "never guessed" in result["waiting"][0]["message"]
    assert "never guessed" in cwtui("deliver", "picture-only", "1", code=3).stderr
    assert "never guessed" in cwtui("frame", log_take, "-o", "x.png", code=3).stderr
    sheet = cwtui.json("confirm", "1", "--preview", "looks.png")
    assert sheet["input_transforms"] == ["hlg", "pq", "apple-log", "apple-log-2", "rec709", "srgb"]
    # In mid grey, both curves of Apple agree, and so do Rec.709 and sRGB.
    assert len(set(_corners(cwtui.folder / "looks.png", sheet["width"]))) == 4
    confirmed = cwtui.json("confirm", "1", "--input-transform", "apple-log")
    assert confirmed["input_transform"] == confirmed["takes"][0]["input_transform"] == "apple-log"
    assert {file["take"] for file in cwtui.json("deliver", "picture-only")["files"]} == {"001-IMG_0104", "002-IMG_0101"}


def test_unreadable_footage_is_reported_and_fails_the_ingest(cwtui: Shell, small_take: Path, tmp_path: Path) -> None:
    truncated = clips.truncated(tmp_path / "cut.MOV")
    cwtui("new", "p")
    result = cwtui.json("ingest", small_take, truncated, "--no-prepare", code=1)
    assert [take["name"] for take in result["takes"]] == ["IMG_0101"]
    assert "cut short" in result["failed"][0]["message"]
    assert cwtui.json("ingest", truncated, code=2)["failed"][0]["hint"]
    assert len(cwtui.json("takes")["takes"]) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["probe", "nowhere.MOV"], "File nowhere.MOV not found"),
        (["takes"], "There is no studio"),
        (["takes", "-p", "gone"], "There is no studio"),
        (["deliver", "vimeo", "-p", "x"], "Recipe “vimeo” not found"),
        (["new", "  "], "needs a name"),
        (["frobnicate"], "has no command “frobnicate”"),
        (["frame", "nowhere.MOV"], "--output"),
    ],
)
def test_an_invalid_command_exits_with_2_and_an_error_message(cwtui: Shell, arguments: list[str], message: str) -> None:
    assert message in cwtui(*arguments, code=2).stderr.replace("\n", " ")


def test_an_error_is_printed_as_json(cwtui: Shell) -> None:
    error = cwtui.json("probe", "nowhere.MOV", code=2)["error"]
    assert error["message"]
    assert error["hint"]


def test_invalid_times_and_file_formats_are_refused(cwtui: Shell, small_take: Path) -> None:
    assert "is not a time" in cwtui("frame", small_take, "--at", "noon", "-o", "x.png", code=2).stderr
    assert "there is no frame at 9 s" in cwtui("frame", small_take, "--at", "9", "-o", "x.png", code=2).stderr
    assert "neither .exr nor .png" in cwtui("frame", small_take, "-o", "x.jpg", code=2).stderr
    assert "not a valid stretch" in cwtui("deliver", "podcast", small_take, "--from", "5", code=2).stderr


def test_a_job_continues_after_its_command_is_interrupted(cwtui: Shell, tmp_path: Path) -> None:
    path = clips.plain_take(tmp_path / "IMG_0001.MOV", 320, 180, rate=30, seconds=Fraction(60))
    cwtui.import_takes(path)
    cwtui.add_slow_recipe()
    for signal_number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        # Each command after the first one waits for the same job.
        command = subprocess.Popen(
            [CWTUI, "deliver", "slow"], env=cwtui.environment, stderr=subprocess.PIPE, text=True, cwd=tmp_path
        )
        assert command.stderr is not None
        first_line = next(line for line in command.stderr if "slow: " in line)
        assert "running" in first_line
        command.send_signal(signal_number)
        rest = command.stderr.read()
        assert command.wait() == 1
        assert "The jobs continue" in rest
        assert "Traceback" not in rest
        (delivery,) = [job for job in cwtui.json("jobs")["jobs"] if job["kind"] == "deliver"]
        assert (delivery["state"], delivery["attempts"]) == ("running", 1)
    cwtui("cancel", "--all")


def _corners(sheet: Path, width: int) -> list[tuple[int, ...]]:
    """The colour of each of the six pictures of a sheet of transforms, near its top left corner."""
    from PIL import Image

    with Image.open(sheet) as picture:
        down = picture.height // 2
        places = [(n * width // 3 + 60, row * down + 80) for row in range(2) for n in range(3)]
        return [tuple(map(int, picture.getpixel(place))) for place in places]  # type: ignore[arg-type]
