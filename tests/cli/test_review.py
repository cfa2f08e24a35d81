"""Reviews by other people: bundle, signed verdict, and the state of the delivery."""

from __future__ import annotations

from pathlib import Path

from .shell import Shell


def test_a_delivery_waits_for_the_signatures_of_its_reviewers(cwtui: Shell, small_take: Path) -> None:
    cwtui.import_takes(small_take)
    cwtui.add_sound_recipe()
    recipe = cwtui.studio / "recipes" / "sound-only.toml"
    recipe.write_text('approval = "client"\n' + recipe.read_text())
    keys = cwtui.folder / "keys"
    public = cwtui.json("review", "keygen", "Anna", "--keys", keys)["public"]
    rule = cwtui.json("review", "trust", "Anna", public, "--scope", "sound")
    assert (rule["review"], rule["quorum"], rule["scope"]) == ("client", 1, ["sound"])
    waiting = cwtui.json("deliver", "sound-only", code=3)["waiting"]
    assert waiting[0]["message"].endswith("Approvals are missing: 1; Anna has not answered.")
    assert "needs signed verdicts" in cwtui("approve", "sound-only", "--by", "Anna", code=2).stderr

    refused = cwtui("review", "export", "sound-only", "-o", "bundle", code=3).stderr
    assert "privacy" in refused
    cwtui("policy", "privacy", "deliverables", "--yes")
    bundle = cwtui.json("review", "export", "sound-only", "-o", "bundle", "-m", "Please listen")
    assert [one["take"] for one in bundle["subjects"]] == ["001-IMG_0101"]
    assert "Please listen" in cwtui("review", "open", "bundle").stdout

    # The reviewer has no studio.
    notes = cwtui.folder / "bundle" / "notes.csv"
    notes.write_text("time,note\n0:00.5,A click\n")
    made = cwtui.json("review", "sign", "bundle", "--by", "Anna", "--verdict", "changes", "--keys", keys)
    came = cwtui.json("review", "import", made["path"])
    assert (came["by"], came["verdict"], came["markers"]) == ("Anna", "changes", 1)
    assert cwtui.json("review", "import", made["path"])["markers"] == 0
    assert [one["label"] for one in cwtui.json("mark", 1)["markers"]] == ["Anna: A click"]
    assert "Anna wants changes" in cwtui("review", "status").stdout

    made = cwtui.json(
        "review", "sign", "bundle", "--by", "Anna", "--verdict", "approved", "--keys", keys, "-o", "anna.json"
    )
    assert cwtui.json("review", "import", made["path"])["reviews"]["001-IMG_0101"]["met"]
    assert cwtui.json("deliver", "sound-only")["waiting"] == []
    assert "Anna approved it for the review “client”" in cwtui("receipt", "sound-only").stdout
    (proof,) = cwtui.json("verify", "sound-only")["deliveries"]
    assert proof["proven"]
    cwtui("review", "distrust", "Anna")
    assert not cwtui.json("review", "status")["deliverables"][0]["met"]
