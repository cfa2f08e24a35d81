"""Review on the command line: decisions are listed with the takes and can be undone."""

from __future__ import annotations

from pathlib import Path

from .shell import Shell


def test_verdicts_markers_and_trims_are_listed_and_undone(cwtui: Shell, small_take: Path, log_take: Path) -> None:
    cwtui.import_takes(small_take, log_take)
    untouched = {"verdict": None, "star": False, "retake_of": None, "ranges": [], "starts": None, "ends": None}
    before = cwtui.json("takes")["takes"]
    assert [(take["review"], take["markers"]) for take in before] == [(untouched, []), (untouched, [])]
    assert "no change" in cwtui("clear", "1").stdout

    kept = cwtui.json("keep", "1", "2")
    assert [(one["take"], one["verdict"]) for one in kept["reviews"]] == [
        ("001-IMG_0104", "keep"), ("002-IMG_0101", "keep"),
    ]  # fmt: skip
    assert [edit["title"] for edit in kept["edits"]] == ["2 takes kept"]
    assert [take["number"] for take in cwtui.json("takes", "--filter", "kept", "--sort", "longest")["takes"]] == [2, 1]
    assert cwtui.json("retake", "1", "--of", "2")["reviews"][0]["retake_of"] == before[1]["id"]
    assert "✓ 002-IMG_0101: star" in cwtui("star", "2").stdout
    cwtui("trim", "2", "--from", "0.1")
    assert cwtui.json("trim", "2", "--to", "0:00.9")["reviews"][0]["starts"] == [1, 10]
    marked = cwtui.json("mark", "2", "--at", ".5", "--label", "harbour [x]")
    assert marked["markers"] == [{"id": marked["marker"], "at": [1, 2], "label": "harbour [x]"}]

    output = cwtui("takes").stdout
    assert "★ keep" in output
    assert "retake" in output
    listed = cwtui.json("takes")["takes"]
    assert listed[0]["review"]["verdict"] == "retake"
    trim = {"start": [1, 10], "end": [9, 10]}
    assert listed[1]["review"] == {
        **untouched, "verdict": "keep", "star": True, "ranges": [trim], "starts": [1, 10], "ends": [9, 10],
    }  # fmt: skip
    assert listed[1]["markers"] == marked["markers"]

    cwtui("mark", "2", "--rename", str(marked["marker"]), "--label", "gull")
    assert "00:00:00.50  gull" in cwtui("mark", "2").stdout
    assert cwtui.json("mark", "2", "--remove", str(marked["marker"]))["markers"] == []
    cwtui("trim", "2", "--whole")
    cwtui("trim", "2", "--add", "0:00.5-", "--add", "0.1-0.2")
    cwtui("trim", "2", "--from", "0.6", "--range", "2")
    ranges = cwtui.json("trim", "2", "--to", ".3", "--range", "1")["reviews"][0]["ranges"]
    assert ranges == [{"start": [1, 10], "end": [3, 10]}, {"start": [3, 5], "end": None}]
    assert "has 2 kept ranges" in cwtui("trim", "2", "--to", ".3", code=2).stderr
    assert cwtui.json("trim", "2")["ranges"] == ranges
    assert "  1  00:00:00.10 to 00:00:00.30" in cwtui("trim", "2").stdout
    assert len(cwtui.json("trim", "2", "--remove", "1")["reviews"][0]["ranges"]) == 1
    for _ in range(4):
        cwtui("undo")
    assert "the whole take is kept" in cwtui("trim", "2").stdout
    assert len(cwtui.json("edits")["edits"]) == 13
    assert "Undid: 002-IMG_0101: trim cleared" in cwtui("undo").stdout
    assert cwtui.json("redo")["edit"]["undone"] is False
    while cwtui.json("undo")["edit"]:
        pass
    assert cwtui.json("takes")["takes"] == before
    assert cwtui("edits", "--limit", "1").stdout.count("undone") == 1
    assert "nothing to undo" in cwtui("undo").stdout


def test_invalid_review_commands_change_nothing_and_print_an_error(
    cwtui: Shell, small_take: Path, tmp_path: Path
) -> None:
    cwtui.import_takes(small_take)
    for arguments, message in (
        (["keep", "1", "7"], "no take “7”"),
        (["keep", "1-7"], "no take “7”"),
        (["confirm", "1"], "The input transform is missing"),
        (["confirm", "1", "--preview", "looks.jpg"], "is not a .png file"),
        (["trim", "1", "--range", "1"], "The range is missing"),
        (["trim", "1", "--from", "9"], "1.00 s long"),
        (["trim", "1", "--add", "5"], "is not a range"),
        (["trim", "1", "--remove", "1", "--whole"], "The range is missing"),
        (["trim", "1", "--remove", "1"], "has no range 1"),
        (["mark", "1", "--at", "9"], "9 s is outside the take"),
        (["mark", "1", "--at", "1", "--remove", "1"], "cannot be combined"),
        (["mark", "1", "--remove", "1"], "has no marker 1"),
    ):
        assert message in cwtui(*arguments, code=2).stderr.replace("\n", " ")
    assert cwtui.json("edits")["edits"] == []
