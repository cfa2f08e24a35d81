"""cwtui credentials and deliver --sign: a key is made once, and signs in the sandbox of a job, without a network."""

from __future__ import annotations

from pathlib import Path

from fixtures import clips
from tests.cli.shell import Shell


def test_a_delivery_is_signed_and_verified_with_the_key_that_was_made(cwtui: Shell, tmp_path: Path) -> None:
    cwtui.environment["CWTUI_CREDENTIALS"] = str(tmp_path / "keys")
    take = clips.tone(tmp_path / "A.WAV", 1)
    recipe = tmp_path / "sound.toml"
    recipe.write_text('title = "s"\n[sound]\ncodec = "wav"\nlufs = -16\ntrue_peak_dbtp = -1\n')
    refused = cwtui("deliver", recipe, take, "-o", tmp_path / "out", "--sign", code=2)
    assert "cwtui credentials new" in refused.stderr
    made = cwtui.json("credentials", "new", "--name", "Ann")
    assert cwtui.json("credentials") == cwtui.json("credentials", "show") == made
    assert (made["name"], made["algorithm"]) == ("Ann", "es256")
    delivered = cwtui.json("deliver", recipe, take, "-o", tmp_path / "out", "--sign")
    names = [check["name"] for check in delivered["checks"] if check["passed"]]
    assert {"packets kept by signing", "content credentials"} <= set(names)
    (proof,) = cwtui.json("verify", tmp_path / "out" / "A.wav")["deliveries"]
    assert [link["state"] for link in proof["links"] if link["kind"] == "credentials"] == ["proven"]
    cwtui.environment["CWTUI_CREDENTIALS"] = str(tmp_path / "other")
    cwtui("credentials", "new", "--name", "Ben")
    elsewhere = cwtui("deliver", recipe, take, "-o", tmp_path / "ben", "--sign", code=2)
    assert f"looks for your key in {tmp_path / 'keys'}" in " ".join(elsewhere.stderr.split())
    assert "cwtui studio --stop" in elsewhere.stderr
    cwtui.environment["CWTUI_CREDENTIALS"] = str(tmp_path / "keys")
    (tmp_path / "keys" / "credentials.pem").chmod(0o644)
    assert "chmod 600" in cwtui("credentials", code=2).stderr
