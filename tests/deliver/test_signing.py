"""Signed deliverables: the signature changes no packet, and every tampering is found."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest
from pydantic import ValidationError
from pymediainfo import MediaInfo

from engine.credentials import ManifestState, new_credential, read_manifest
from engine.deliver import Deliverable, DeliverableRequest, Recipe, SoundRecipe, build_deliverable, load_recipe
from engine.deliver.receipt import read_receipt
from engine.deliver.signing import check_manifest
from engine.demux import packets_digest
from engine.errors import RequestError
from engine.file_digest import sha256_of
from engine.ingest import inspect
from fixtures import clips
from tests.permissions import DELIVER

SOURCE = "5" * 32
SOUND = {"lufs": -16.0, "true_peak_dbtp": -1.0, "bit_rate": 96_000}
TINY = 'title = "t"\n[picture]\nview = "sdr"\ncodec = "h264"\nlong_edge = 64\nshort_edge = 64\nquality = 30\n'


@pytest.fixture(autouse=True)
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CWTUI_CREDENTIALS", str(tmp_path / "keys"))
    new_credential("Ann")


@pytest.fixture
def movie(tmp_path: Path) -> Recipe:
    path = tmp_path / "tiny.toml"
    path.write_text(f'{TINY}effort = "quick"\n[container]\nedit_list = false\n[credentials]\nsign = true\n')
    return load_recipe(str(path))


def deliver(recipe: Recipe, footage: Path, folder: Path) -> Deliverable:
    probed = inspect(footage)
    transform = probed.probe.picture.input_transform if probed.probe.picture else None
    return build_deliverable(DELIVER, DeliverableRequest(probed, "x", recipe, transform), folder, source_digest=SOURCE)


def test_a_signed_movie_is_the_unsigned_one_with_a_manifest(tmp_path: Path, movie: Recipe) -> None:
    take = clips.plain_take(tmp_path / "a.mov", 64, 36, seconds=Fraction(1, 2), sound=False)
    unsigned = movie.model_copy(update={"credentials": Recipe.model_fields["credentials"].default})
    plain = deliver(unsigned, take, tmp_path / "plain")
    signed = deliver(movie, take, tmp_path / "signed")
    assert plain.passed
    assert signed.passed
    (before,), (after,) = plain.files, signed.files
    # The digest before signing is the one of the same delivery without a signature.
    assert after.sha256_unsigned == before.sha256 != after.sha256
    assert before.sha256_unsigned is None
    path = tmp_path / "signed" / "x.mp4"
    assert sha256_of(path) == after.sha256
    assert packets_digest(path) == packets_digest(tmp_path / "plain" / "x.mp4")
    names = {check.name for check in signed.checks} - {check.name for check in plain.checks}
    assert names == {"packets kept by signing", "content credentials"}
    assert {"faststart", "no edit list"} <= {check.name for check in signed.checks if check.passed}
    # A second reader sees the same movie.
    tracks = [MediaInfo.parse(folder / "x.mp4").video_tracks for folder in (tmp_path / "plain", tmp_path / "signed")]
    assert [(one.frame_count, one.duration, one.width) for one in tracks[0]] == [
        (one.frame_count, one.duration, one.width) for one in tracks[1]
    ]
    with av.open(str(path)) as file:
        assert len(list(file.decode(video=0))) == 15
    assert signed.signature
    assert (signed.signature.signer, signed.signature.algorithm) == ("Ann", "es256")
    assert b"PRIVATE KEY" not in (tmp_path / "signed" / "receipt.json").read_bytes()
    assert read_receipt(tmp_path / "signed").deliveries[0].signature == signed.signature


def test_sound_files_are_signed_and_tampering_is_found(tmp_path: Path) -> None:
    sound = SoundRecipe.model_validate({"codec": "aac", "also": ["mp3", "wav"], **SOUND})
    recipe = Recipe(name="sound", title="Sound", sound=sound).signed()
    delivered = deliver(recipe, clips.tone(tmp_path / "a.wav", 1), tmp_path / "out")
    assert delivered.passed
    assert [check.passed for check in delivered.checks if check.name == "content credentials"] == [True] * 3
    assert delivered.signature
    chain = delivered.signature.chain
    new_credential("Ann", replace=True)
    for file in delivered.files:
        path = tmp_path / "out" / file.path
        content = bytearray(path.read_bytes())
        read = read_manifest(path, chain)
        assert (read.state, read.signer, read.sources) == (ManifestState.VALID, "Ann", (SOURCE,))
        assert check_manifest(read, delivered.signature, [SOURCE], file.sha256_unsigned or "").passed
        assert "other recordings" in str(check_manifest(read, delivered.signature, ["6" * 32], "").measured)
        # The middle of each file is sound.
        content[len(content) * 3 // 4] ^= 1
        path.write_bytes(content)
        assert read_manifest(path, chain).state is ManifestState.INVALID


def test_another_key_with_the_same_name_is_not_the_creators(tmp_path: Path) -> None:
    recipe = Recipe(name="sound", title="Sound", sound=SoundRecipe.model_validate({"codec": "wav", **SOUND})).signed()
    take = clips.tone(tmp_path / "a.wav", 1)
    mine = deliver(recipe, take, tmp_path / "mine").signature
    new_credential("Ann", replace=True)
    theirs = deliver(recipe, take, tmp_path / "theirs")
    assert mine
    read = read_manifest(tmp_path / "theirs" / "x.wav", mine.chain)
    assert read.state is ManifestState.OTHER_KEY
    assert not check_manifest(read, mine, [SOURCE], theirs.files[0].sha256_unsigned or "").passed
    assert read_manifest(take, mine.chain).state is ManifestState.NONE


def test_nothing_is_made_without_a_key(tmp_path: Path, movie: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CWTUI_CREDENTIALS", str(tmp_path / "none"))
    take = clips.plain_take(tmp_path / "a.mov", 64, 36, seconds=Fraction(1, 2), sound=False)
    with pytest.raises(RequestError, match="no key"):
        deliver(movie, take, tmp_path / "out")
    assert not list((tmp_path / "out").glob("x*"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: load_recipe("captions").signed(),
        lambda: Recipe.model_validate({**load_recipe("captions").model_dump(), "credentials": {"sign": True}}),
    ],
)
def test_text_files_cannot_be_signed(make: Callable[[], Recipe]) -> None:
    with pytest.raises((RequestError, ValidationError), match=r"signed"):
        make()
