"""Errors in TOML and JSON texts of users: plain sentences with the key, the value found, what is accepted, the line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from engine.catalog import FrozenModel
from engine.deliver import Recipe
from engine.errors import EngineError, RequestError
from engine.models.registry_entry import RegistryEntry
from engine.resources import resource_root
from engine.sound import Preset
from engine.speech import Corrections, Transcript
from engine.tasks.speech_annotations import KnownVoices
from engine.validation import (
    find_json_problems,
    find_problems,
    find_toml_problems,
    line_of,
    parse_toml,
    read_json,
    read_text,
)

PRESETS = resource_root("presets")
RECIPE = (PRESETS / "deliverables" / "youtube-4k.toml").read_text(encoding="utf-8")
CHAIN = (PRESETS / "sound" / "dialog.toml").read_text(encoding="utf-8")
SOUND = 'title = "t"\n[sound]\ncodec = "aac"\nlufs = -14\ntrue_peak_dbtp = -1\n'
PICTURE = 'title = "t"\n[picture]\nview = "sdr"\ncodec = "hevc"\nlong_edge = 1920\nshort_edge = 1080\n'
ENTRY = 'id = "x"\ntitle = "X"\ntask = "speech"\nlayout = "mlx"\nlicence = "MIT"\npage = ""\n'


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("title = 3\n", 0, "title must be text in quotes, not 3"),
        (SOUND + "loud = 3\n", 5, "sound.loud is not a known key"),
        (SOUND.replace("lufs = -14\n", ""), 1, "sound.lufs is missing"),
        ("[sound]\n" + SOUND.split("[sound]\n")[1], None, "title is missing"),
        (SOUND.replace("aac", "flac"), 2, 'sound.codec must be aac, wav or mp3, not "flac"'),
        (SOUND + "channels = 6\n", 5, "sound.channels must be 2, not 6"),
        (SOUND + "sample_rate = 96000\n", 5, "sound.sample_rate must be 44100 or 48000, not 96000"),
        (SOUND + "bit_rate = 1\n", 5, "sound.bit_rate must be at least 32000, not 1"),
        (SOUND + "bit_rate = 600000\n", 5, "sound.bit_rate must be at most 512000, not 600000"),
        (SOUND + "bit_rate = 1.5\n", 5, "sound.bit_rate must be a whole number, not 1.5"),
        (SOUND + 'bit_rate = "high"\n', 5, 'sound.bit_rate must be a whole number, not "high"'),
        (SOUND + f"bit_rate = 1{'0' * 30}\n", 5, "sound.bit_rate must be at most 512000, not 1" + "0" * 30),
        (SOUND + "bit_rate = [1]\n", 5, "sound.bit_rate must be a whole number, not [1]"),
        (SOUND + "tolerance_lu = 0\n", 5, "sound.tolerance_lu must be more than 0, not 0"),
        (SOUND + 'tolerance_lu = "x"\n', 5, 'sound.tolerance_lu must be a number, not "x"'),
        (SOUND + "tolerance_lu = []\n", 5, "sound.tolerance_lu must be a number, not []"),
        (SOUND + 'also = "wav"\n', 5, 'sound.also must be a list, not "wav"'),
        (SOUND + 'also = ["wav", "flac"]\n', 5, 'sound.also.1 must be aac, wav or mp3, not "flac"'),
        (SOUND + "dialog = {}\n", 5, "sound.dialog must be text in quotes, not a table"),
        (SOUND + "dialog = 2026-01-31\n", 5, "sound.dialog must be text in quotes, not 2026-01-31"),
        ('title = "t"\nsound = 3\n', 1, "sound must be a table, not 3"),
        (
            'title = "t"\n[container]\nfaststart = "maybe"\n',
            2,
            'container.faststart must be true or false, not "maybe"',
        ),
        ('title = "t"\n[container]\nfaststart = []\n', 2, "container.faststart must be true or false, not []"),
        (PICTURE + "bit_rate = 3\n", 6, "picture.bit_rate must be a table, not 3"),
        (PICTURE + "[picture.bit_rate.sdr]\n1080 = [8]\n", 7, "picture.bit_rate.sdr.1080 has too few values"),
        (
            PICTURE + "[picture.bit_rate.sdr]\n1080 = [8, 9, 10]\n",
            7,
            "picture.bit_rate.sdr.1080 must have at most 2 values",
        ),
        (
            PICTURE + "[picture.bit_rate.sdr]\ntall = [8, 9]\n",
            7,
            "picture.bit_rate.sdr: the key tall must be a whole number",
        ),
        (
            PICTURE + "[picture.bit_rate.hdr]\n1080 = [8, 9]\n",
            6,
            "picture.bit_rate: the key hdr must be hlg, pq or sdr",
        ),
        (
            PICTURE + '[picture.captions]\nbox = "red"\n',
            7,
            'picture.captions.box must be a colour, #rrggbb or #rrggbbaa or "", not "red"',
        ),
        (PICTURE + "fidelity = nan\n", 6, "picture.fidelity must be a finite number, not NaN"),
        (
            PICTURE.replace("hevc", "h264") + "bits = 10\n",
            1,
            "picture: h264 supports only 8-bit SDR; use hevc or av1 for HDR or 10 bits",
        ),
        (
            'title = "t"\n[captions]\nspeakers = true\n',
            None,
            "the captions have no output; set captions.formats, captions.embed or picture.burn_in",
        ),
    ],
)
def test_an_error_in_a_recipe_is_a_sentence(text: str, line: int | None, message: str) -> None:
    (found,) = find_toml_problems(Recipe, text, name="recipe")
    assert (found.line, found.message) == (line, message)
    assert str(found) == (message if line is None else f"{found.short} (line {line + 1})")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (SOUND.replace("aac", "flac"), 'codec must be aac, wav or mp3, not "flac" (line 3)'),
        (SOUND + 'also = ["wav", "flac"]\n', 'value 2 of also must be aac, wav or mp3, not "flac" (line 6)'),
        (SOUND.replace("lufs = -14\n", ""), "lufs is missing in [sound] (line 2)"),
        (SOUND + "bitrate = 3\n", "bitrate is not a known key; did you mean bit_rate? (line 6)"),
        (SOUND + 'view = "sdr"\n', "view is not a known key; it belongs in [picture] (line 6)"),
        (
            SOUND + "max_seconds = 3\n",
            "max_seconds is not a known key; it belongs at the top, before all tables (line 6)",
        ),
        (SOUND + "[cptions]\n", "cptions is not a known key; did you mean captions? (line 6)"),
        (SOUND.replace('"aac"', '"aac'), "missing closing quote (line 3)"),
        ('[sound]\ncodec = "aac"\n', "title is missing"),
    ],
)
def test_an_error_is_shown_with_its_key_and_its_line(text: str, shown: str) -> None:
    assert str(find_toml_problems(Recipe, text, name="recipe")[0]) == shown


@pytest.mark.parametrize(
    ("model", "text", "message"),
    [
        (Preset, 'title = "t"\n[plugin]\npath = 3\n', "plugin.path must be a path in quotes, not 3"),
        (
            Preset,
            'title = "t"\n[plugin]\npath = "a"\nparameters = {mix = []}\n',
            "plugin.parameters.mix must be a number, text in quotes or true or false, not []",
        ),
        (Preset, 'title = "t"\n[room-tone]\nlong = 3\n', "room-tone.long is not a known key"),
        (RegistryEntry, ENTRY + "files = []\n", "files must have at least 1 value"),
        (RegistryEntry, ENTRY + 'files = [{name = ""}]\n', "files.0.name must have at least 1 character"),
        (
            RegistryEntry,
            ENTRY + f'files = [{{name = "{"n" * 300}"}}]\n',
            "files.0.name must have at most 200 characters",
        ),
        (
            RegistryEntry,
            ENTRY + 'files = [{name = "a", sha256 = "0"}]\n',
            'files.0.sha256 must be 64 hex digits in lower case, or "unknown", not "0"',
        ),
        (
            RegistryEntry,
            ENTRY + 'files = [{name = "a", url = "ftp://x/"}]\n',
            "files.0.url: “ftp://x/” is not https, so the content could be changed in transit",
        ),
    ],
)
def test_an_error_in_another_toml_file_is_a_sentence(model: type[BaseModel], text: str, message: str) -> None:
    given = {"name": "x"} if model is Preset else {}
    assert [one.message for one in find_toml_problems(model, text, **given)] == [message]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a\n", 0, "a key needs = and a value"),
        ("a = \n", 0, "missing value after a ="),
        ("x = 1\na = hevc\n", 1, 'text needs quotes: "hevc"'),
        ("a = True\n", 0, "write true in lower case"),
        ("a = = 1\n", 0, "the value is not valid; text needs quotes"),
        ("a = [\n1,\n[b]\n", 0, "missing closing ]"),
        ("a = [1\nb = 2\n", 0, "missing closing ]"),
        ("a = [1, 2\n", 0, "missing closing ]"),
        ("a = {b = 1\n", 0, "missing closing }"),
        ('x = 1\na = "b\n', 1, "missing closing quote"),
        ("a = 'b\n", 0, "missing closing quote"),
        ('a = "b', 0, "missing closing quote"),
        ("a = 'b", 0, "missing closing quote"),
        ("a = '''b\n", 0, "missing closing quote"),
        ('a = """b\n', 0, "missing closing quote"),
        ('a = "\x01"\n', 0, "there is a control character"),
        ("a = 1 2\n", 0, "there is more after the value; each key needs a line of its own"),
        ("= 1\n", 0, "a line must be a key with a value, or a [table]"),
        ("a. = 1\n", 0, "the name of a key or table is missing or needs quotes"),
        ("[a\n", 0, "missing closing ] after the name of the table"),
        ("[[a]\n", 0, "missing closing ] after the name of the table"),
        ("[a.b]\n[a.b]\n", 1, "[a.b] is there twice; remove one"),
        ("a = {b = 1, b = 2}\n", 0, "b is set twice; remove one"),
        ("a = {'(' = 1, '(' = 2}\n", 0, "( is set twice; remove one"),
        ("a = 1\na = 2\n", 1, "a is set twice; remove one"),
        ("a = 1\n[a]\n", 1, "a is set twice; remove one"),
        ("a = {}\n[a.b]\n", 1, "[a.b] is there twice; remove one"),
        ('a = "C:\\Users"\n', 0, "the digits after \\u are not a character"),
        ('a = "\\path"\n', 0, "write \\\\ for a backslash, or put the text in single quotes"),
        ('a = "\\uD800"\n', 0, "the digits after \\u are not a character"),
        ("a = 2026-02-31\n", 0, "there is no such date or time"),
        (f"a = {'1' * 5000}\n", 0, "a number has too many digits"),
        (f"a = {'[' * 5000}\n", 0, "lists or tables are nested too deeply"),
    ],
)
def test_a_toml_syntax_error_is_a_sentence(text: str, line: int, message: str) -> None:
    (found,) = find_toml_problems(Recipe, text)
    assert (found.message, found.line, found.keys) == (message, line, ())
    with pytest.raises(RequestError) as refusal:
        parse_toml(text, "mine.toml")
    assert refusal.value.message == f"mine.toml is not valid TOML: {message} (line {line + 1})."


def paths(value: Any, *inside: Any) -> Iterator[tuple[Any, ...]]:
    """The paths of all keys in a parsed text."""
    if inside:
        yield inside
    for key in value if isinstance(value, dict) else ():
        yield from paths(value[key], *inside, key)


@pytest.mark.parametrize(
    "wrong", ["x", "", "-1", 10**30, -1.5, float("nan"), True, [], ["x"], [[1, 2, 3]], {"x": 1}, None]
)
@pytest.mark.parametrize(
    ("model", "text"), [(Recipe, RECIPE), (Preset, CHAIN), (RegistryEntry, ENTRY + 'files = [{name = "a"}]\n')]
)
def test_no_error_uses_the_wording_of_pydantic(model: type[BaseModel], text: str, wrong: object) -> None:
    given = {} if model is RegistryEntry else {"name": "x"}
    for path in paths(parse_toml(text, "x.toml")):
        document = {**parse_toml(text, "x.toml"), **given}
        part = document
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = wrong
        data = json.dumps(document).encode()
        try:
            model.model_validate_json(data)
        except ValidationError as error:
            for found in find_json_problems(error, data):
                assert "is not valid" not in found.message
                assert not any(words in found.message for words in ("nput", "alue error", "Field", "Extra", "should"))
                assert found.message.startswith(".".join(found.keys))


@pytest.mark.parametrize(
    ("model", "text", "message"),
    [
        (Corrections, '{"corrections": [{"start": [3, 1]}]}', "corrections.0.end is missing"),
        (Corrections, '{"speakers": 0}', "speakers must be at least 1, not 0"),
        (Corrections, '{"version": 2}', "version must be 1, not 2"),
        (Corrections, "[]", "the text must be an object, not []"),
        (Corrections, '{"corrections": [3]}', "corrections.0 must be an object, not 3"),
        (
            Corrections,
            '{"corrections": [{"start": null, "end": [1, 0]}]}',
            "corrections.0.start must be a fraction, [numerator, denominator], not null; "
            "corrections.0.end must be a fraction, [numerator, denominator], not [1, 0]",
        ),
        (Corrections, '{\n"speakers": 1,\n}', "this is not valid JSON (line 3)"),
        (Corrections, "", "this is not valid JSON (line 1)"),
        (KnownVoices, '{"voices": {"name": "Anna"}}', "voices must be a list, not an object"),
        (Transcript, '{"version": 9}', "version must be 1, 2, 3, 4 or 5, not 9"),
    ],
)
def test_an_error_in_json_is_a_sentence(model: type[FrozenModel], text: str, message: str) -> None:
    with pytest.raises(EngineError) as refusal:
        read_json(model, text.encode(), "mine.json", "Fix it.")
    assert refusal.value.message.startswith(f"mine.json is not valid: {message}")
    assert refusal.value.hint == "Fix it."


def test_only_the_first_of_many_errors_are_listed() -> None:
    text = json.dumps({"corrections": [3] * 1000}).encode()
    with pytest.raises(EngineError) as refusal:
        read_json(Corrections, text, "mine.json", "Fix it.")
    assert refusal.value.message.count("must be an object") == 5
    assert refusal.value.message.endswith("; and 995 more.")


def test_the_line_of_a_key_is_found_by_its_path() -> None:
    text = 'a = """\nb = 1\n"""\nb = 2\n[c."d"]\ne.f = 1\n[[g]]\nh = 1\n[[g]]\nh = 2\n'
    assert line_of(text, ("b",)) == 3
    assert line_of(text, ("c", "d")) == 4
    assert line_of(text, ("c", "d", "e", "f")) == 5
    assert [line_of(text, ("g", number, "h")) for number in "01"] == [7, 9]
    assert line_of(text, ("g", "1", "missing")) == 8
    assert line_of(text, ("missing",)) is None


def test_the_line_of_a_key_is_found_in_nested_arrays_of_tables() -> None:
    text = "[[a]]\n[[a.b]]\nc = 1\n[[a]]\n[[a.b]]\nc = 2\n[[a.b]]\nc = 3\n[a.d]\ne = 4\n"
    assert line_of(text, ("a", "0", "b", "0", "c")) == 2
    assert [line_of(text, ("a", "1", "b", number, "c")) for number in "01"] == [5, 7]
    assert line_of(text, ("a", "1", "d", "e")) == 9


def test_a_wrong_key_of_a_mapping_is_an_error_of_its_own() -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(dict[int, int]).validate_python({"x": "y"})
    messages = [problem.message for problem in find_problems(refused.value, {"x": "y"})]
    assert messages == ["the key x must be a whole number", 'x must be a whole number, not "y"']


def test_a_missing_or_non_utf8_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"caf\xe9")
    with pytest.raises(RequestError, match=r"mine\.toml is not UTF-8 text"):
        read_text(tmp_path / "mine.toml")
    with pytest.raises(RequestError, match=r"none\.toml cannot be read: No such file"):
        read_text(tmp_path / "none.toml")
