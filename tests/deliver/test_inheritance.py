"""Recipes that extend others: keys are merged, and an error names the line of the recipe that has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.deliver import Difference, find_problems, load_recipe, new_recipe_text, recipe_differences, recipe_lineage
from engine.errors import RequestError

SOUND = 'title = "Base"\n[sound]\ncodec = "aac"\nalso = ["wav"]\nlufs = -16\ntrue_peak_dbtp = -1\n'


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    return Writer(tmp_path)


class Writer:
    """Writes recipes to a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, name: str, text: str) -> Path:
        path = self.folder / f"{name}.toml"
        path.write_text(text)
        return path

    def errors(self, text: str) -> list[str]:
        """The errors of the recipe `mine` with this text, in a folder with the others."""
        return [str(one) for one in find_problems(text, self.write("mine", text))]

    write = __call__


def test_tables_are_merged_key_by_key_and_lists_are_replaced(write: Writer) -> None:
    write("base", SOUND)
    write("mine", 'extends = "base"\n[sound]\nlufs = -18\nalso = []\n')
    base, mine = load_recipe("base", write.folder), load_recipe("mine", write.folder)
    assert mine.title == "Base"
    assert recipe_differences(base, mine) == [
        Difference("sound.also", (["wav"], [])),
        Difference("sound.lufs", (-16.0, -18.0)),
    ]


def test_a_recipe_extends_a_built_in_one_through_a_chain(write: Writer) -> None:
    write("house", 'extends = "youtube-4k"\n[picture]\ngop_seconds = 1\n[picture.bit_rate.sdr]\n1080 = [9, 13]\n')
    write("mine", 'version = 1\nextends = "house"\ntitle = "Mine"\n[picture]\nview = "sdr"\n')
    mine, original = load_recipe("mine", write.folder), load_recipe("youtube-4k")
    assert recipe_lineage("mine", write.folder) == ("house", "youtube-4k")
    assert {one.key: one.values for one in recipe_differences(original, mine)} == {
        "title": ("YouTube 4K", "Mine"),
        "picture.view": ("hlg", "sdr"),
        "picture.gop_seconds": (0.5, 1.0),
        "picture.bit_rate.sdr.1080": ([8.0, 12.0], [9.0, 13.0]),
    }
    assert load_recipe("mine-aces", write.folder).name == "mine-aces"


def test_inherited_keys_can_be_left_out(write: Writer) -> None:
    write("mine", 'extends = "youtube-4k"\nwithout = ["picture.bit_rate", "sound"]\n[picture]\nquality = 18\n')
    mine = load_recipe("mine", write.folder)
    assert mine.sound is None
    assert mine.picture
    assert (mine.picture.quality, mine.picture.bit_rate) == (18, {})


def test_a_recipe_in_another_folder_extends_one_beside_it_or_of_the_studio(tmp_path: Path) -> None:
    for name in ("studio", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "studio" / "base.toml").write_text(SOUND)
    (tmp_path / "elsewhere" / "near.toml").write_text('extends = "base"\ntitle = "Near"\n')
    mine = tmp_path / "elsewhere" / "mine.toml"
    mine.write_text('extends = "near"\n')
    assert load_recipe(str(mine), tmp_path / "studio").title == "Near"
    with pytest.raises(RequestError, match="there is no recipe “base”"):
        load_recipe(str(mine))


def test_an_own_recipe_may_extend_the_built_in_one_of_its_name(write: Writer) -> None:
    path = write("podcast", 'extends = "podcast"\ntitle = "Our podcast"\n')
    assert load_recipe(str(path)).title == "Our podcast"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('\nextends = "youtube-4kk"\n', "extends: there is no recipe “youtube-4kk”; did you mean youtube-4k? (line 2)"),
        ('extends = "mine"\n', "extends is a cycle: mine → mine (line 1)"),
        ('# a\n# b\nextends = "loop"\n', "extends is a cycle: mine → loop → mine (line 3)"),
        ('extends = "broken"\n', "extends broken, which is not valid TOML (line 1)"),
        (
            'extends = "wrong"\n',
            'extends wrong, which has an error in its line 2: sound.codec must be aac, wav or mp3, not "flac" (line 1)',
        ),
        (
            'extends = "lost"\n',
            "extends lost, which has an error in its line 1: extends: there is no recipe “nothing” (line 1)",
        ),
        ('extends = "base"\nwithout = ["sound.codek"]\n', "without: base has no key sound.codek (line 2)"),
        ('without = ["sound"]\n' + SOUND, "without needs extends: it removes inherited keys (line 1)"),
        ("extends = 3\n" + SOUND, "extends must be text in quotes, not 3 (line 1)"),
        ('extend = "base"\n' + SOUND, "extend is not a known key; did you mean extends? (line 1)"),
        (
            "version = 2\n" + SOUND,
            "version must be 1 (a newer format needs a newer Cleanwater), not 2 (line 1)",
        ),
        ('extends = "base"\n[sound]\nlufs = 4\n', "lufs must be at most -5, not 4 (line 3)"),
        ('extends = "base"\nwithout = ["sound.lufs"]\n', "sound.lufs is missing"),
        (
            'extends = "youtube-4k"\n[picture]\nquality = 18\n',
            "picture: quality and bit_rate exclude each other; remove one "
            '(an inherited one: without = ["picture.bit_rate"]) (line 2)',
        ),
    ],
)
def test_an_error_has_the_line_of_the_recipe_that_has_it(write: Writer, text: str, message: str) -> None:
    write("base", SOUND)
    write("loop", 'extends = "mine"\n')
    write("broken", "title = \n")
    write("wrong", 'title = "w"\nsound = { codec = "flac", lufs = -16, true_peak_dbtp = -1 }\n')
    write("lost", 'extends = "nothing"\n')
    assert write.errors(text) == [message]
    with pytest.raises(RequestError, match=r"mine\.toml is not a valid recipe") as refused:
        load_recipe("mine", write.folder)
    assert message in refused.value.message


def test_a_new_recipe_is_valid(write: Writer) -> None:
    assert write.errors(new_recipe_text('The "best" of')) == []
    assert load_recipe("mine", write.folder).title == 'The "best" of'
    assert write.errors(new_recipe_text("Short", "shorts-words")) == []
