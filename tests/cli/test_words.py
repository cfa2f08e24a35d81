"""Transcripts on the command line: transcribe, correct, find, captions and speakers."""

from __future__ import annotations

import gc
import json
import shutil
import wave
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.speech import read_rttm
from fixtures.dialogue import RATE as DIALOGUE_RATE
from fixtures.dialogue import Spoken, converse
from fixtures.diarization_error import diarization_error
from fixtures.lines import Phrase
from fixtures.sound import speak

from .shell import Shell

FIRST = "The weather is wonderful today, and the water is very cold."
SECOND = "The light on the water only lasts a few minutes."


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WAV of two lines, with one second of silence before, between and after them."""
    pause = np.zeros(48_000, np.float32)
    first, second = speak([Phrase(Fraction(0), FIRST), Phrase(Fraction(0), SECOND)])
    samples = np.concatenate([pause, first, pause, second, pause])
    return write_wav(tmp_path_factory.mktemp("recorder") / "talk.wav", samples, 48_000)


def write_wav(path: Path, samples: np.ndarray, rate: int) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def studio_of(folder: Path, takes: Sequence[Path], *commands: Sequence[str]) -> Path:
    """A studio with these takes, in which the commands have run. Its process is stopped."""
    shell = Shell(folder)
    shell.import_takes(*takes)
    for command in commands:
        shell(*command)
    shell("studio", "--stop")
    # A connection that the garbage collector closes during a later copy would delete the catalog's log file.
    gc.collect()
    return shell.studio


@pytest.fixture(scope="module")
def talk_studio(talk: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A studio with the talk, transcribed. Read only."""
    return studio_of(tmp_path_factory.mktemp("talk"), [talk], ["transcribe", "1"])


@pytest.fixture
def ingested(cwtui: Shell, talk: Path, talk_studio: Path) -> Shell:
    """A shell with the talk as a file and as a take."""
    shutil.copy(talk, cwtui.folder)
    shutil.copytree(talk_studio, cwtui.studio, dirs_exist_ok=True)
    return cwtui


def text(words: list[dict[str, object]]) -> str:
    return normalized(" ".join(str(word["text"]) for word in words))


def normalized(sentence: str) -> str:
    return sentence.replace(",", "").replace(".", "").lower()


def test_a_plain_file_is_transcribed_without_a_studio(cwtui: Shell, talk: Path) -> None:
    transcript = cwtui.json("transcribe", talk, "--term", "Rijnhaven")
    assert text(transcript["words"]) == normalized(f"{FIRST} {SECOND}")
    assert (transcript["version"], transcript["glossary"], transcript["path"]) == (5, ["Rijnhaven"], None)
    assert [path.name for path in talk.parent.iterdir()] == ["talk.wav"]
    assert cwtui.files == []


def test_phase_inverted_channels_are_transcribed_with_a_note(cwtui: Shell) -> None:
    (speech,) = speak([Phrase(Fraction(0), SECOND)])
    path = cwtui.folder / "inverted.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 48_000, 0, "NONE", ""))
        file.writeframes((np.stack([speech, -speech], axis=1) * 32767).astype("<i2").tobytes())
    transcript = cwtui.json("transcribe", path)
    assert text(transcript["words"]) == normalized(SECOND)
    assert "the right channel is phase-inverted: flipped for listening and analysis" in transcript["notes"]


def test_a_correction_survives_retranscription_and_can_be_undone(ingested: Shell) -> None:
    words = ingested.json("words", "1")["words"]
    light = next(word for word in words if word["text"] == "light")
    times = (str(float(Fraction(*light["start"]))), str(float(Fraction(*light["end"]))))
    corrected = ingested.json("words", "1", "--from", times[0], "--to", times[1], "--say", "Rijnhaven")
    assert corrected["words"][0]["text"] == "Rijnhaven"
    assert corrected["corrections"][0]["heard"] == "light"

    # A new transcription, with the project's glossary, keeps the correction.
    (ingested.studio / "p" / "glossary.txt").write_text("Rijnhaven\n")
    retranscribed = ingested.json("transcribe", "1")
    assert retranscribed["glossary"] == ["Rijnhaven"]
    assert text(retranscribed["words"]) == normalized(f"{FIRST} {SECOND.replace('light', 'Rijnhaven')}")
    (found,) = ingested.json("find", "the rijnh")["found"]
    the = retranscribed["words"][[word["text"] for word in retranscribed["words"]].index("Rijnhaven") - 1]
    assert (found["number"], found["text"], found["start"]) == (1, f"{the['text']} Rijnhaven", the["start"])
    assert "Rijnhaven" in ingested("captions", "1").stdout

    assert "Rijnhaven" not in text(ingested.json("words", "1", "--undo")["words"])
    assert "Undid: 001-talk: correction removed: “Rijnhaven”" in ingested("undo").stdout
    assert len(ingested.json("find", "Rijnhaven")["found"]) == 1
    assert ingested.json("diarize", "1", "--at", times[0], "--speaker", "Cleo")["edit"]
    assert [one["speaker"] for one in ingested.json("find", "Rijnhaven")["found"]] == ["Cleo"]
    ingested("undo")
    assert "Undid: 001-talk: “light” → “Rijnhaven”" in ingested("undo").stdout
    assert ingested.json("find", "Rijnhaven")["found"] == []
    assert "no correction to undo" in ingested.json("words", "1", "--undo", code=2)["error"]["message"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["captions", "talk.wav", "-o", "talk.sub"], "talk.sub"),
        (["transcribe", "talk.wav", "--glossary", "none.txt"], "none.txt cannot be read"),
        (["transcribe", "1", "--translate"], "tiny.en cannot translate: it supports only English"),
        (["captions", "1", "--translate", "--model", "tiny.en"], "tiny.en cannot translate"),
        (["words", "1", "--say", "x"], "A correction needs a range"),
        (["words", "1", "--from", "98", "--to", "99", "--say", "x"], "99 s is after its end"),
        (["find", "…"], "search phrase is empty"),
        (["diarize", "talk.wav", "--name", "S1=Anna"], "plain file"),
        (["diarize", "talk.wav", "--heard"], "plain file"),
        (["diarize", "1", "--from", "none.rttm"], "none.rttm cannot be read"),
        (["diarize", "1", "--from", "none.rttm", "--heard"], "cannot be combined"),
        (["diarize", "1", "--name", "Anna"], "is not a voice and a name"),
        (["diarize", "1", "-o", "x.txt"], "x.txt is not .rttm"),
        (["diarize", "1", "--at", "1"], "--at and --speaker belong together"),
        (["words", "1", "--from", "1", "--to", "2", "--speaker", "A", "--everywhere"], "need a text"),
    ],
)
def test_invalid_transcript_commands_are_refused(ingested: Shell, arguments: list[str], message: str) -> None:
    assert message in ingested.json(*arguments, code=2)["error"]["message"]


def test_captions_are_written_in_each_format(ingested: Shell) -> None:
    for name in ("talk.srt", "talk.vtt", "talk.ttml"):
        result = ingested.json("captions", "1", "-o", name, "--lint")
        assert result["findings"] == []
        assert "minutes" in (ingested.folder / name).read_text()
    assert json.loads(json.dumps(result["cues"]))[0]["text"].startswith("The weather")


@pytest.fixture(scope="module")
def dialogue_studio(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Spoken]]:
    """A studio with two takes of the same two speakers, diarized, and the lines of the first. Read only."""
    folder = tmp_path_factory.mktemp("dialogue")
    takes = [converse(40, ("Ada", "Ben"), seed=seed) for seed in (3, 4)]
    files = [
        write_wav(folder / f"IMG_000{number}.wav", samples, DIALOGUE_RATE)
        for number, (samples, _) in enumerate(takes, 1)
    ]
    return studio_of(folder, files, ["transcribe", "1", "--speakers"], ["diarize", "2"]), takes[0][1]


@pytest.fixture
def dialogue(cwtui: Shell, dialogue_studio: tuple[Path, list[Spoken]]) -> list[Spoken]:
    """Ingests the two takes. Returns the lines of the first."""
    folder, lines = dialogue_studio
    shutil.copytree(folder, cwtui.studio, dirs_exist_ok=True)
    return lines


def test_a_named_voice_is_recognized_in_other_takes(cwtui: Shell, dialogue: list[Spoken]) -> None:
    diarization = cwtui.json("diarize", "1", "-o", "speakers.rttm")
    assert len(diarization["voices"]) == 2
    turns = read_rttm((cwtui.folder / "speakers.rttm").read_text())
    found = [(turn.start, turn.end, turn.speaker) for turn in turns]
    assert diarization_error([(line.start, line.end, line.speaker) for line in dialogue], found).rate < 0.1

    first = dialogue[0].speaker
    other = "Ben" if first == "Ada" else "Ada"
    named = cwtui.json("diarize", "1", "--name", f"S1={first}", "--name", f"S2={other}")
    assert named["names"] == {"S1": first, "S2": other}
    assert sorted(cwtui.json("diarize", "2")["names"].values()) == ["Ada", "Ben"]
    captions = cwtui("captions", "1", "--speakers").stdout
    assert "<v Ada>" in captions
    assert "<v Ben>" in captions
    speaker = {name: one for one, name in named["names"].items()}
    words = cwtui.json("words", "1")["words"]
    correct = [word["speaker"] == speaker[line.speaker] for word in words for line in dialogue if _within(word, line)]
    assert np.mean(correct) > 0.95


def test_an_invalid_corrections_file_is_reported_by_its_key(ingested: Shell) -> None:
    (ingested.studio / "p" / "transcripts" / "001-talk.corrections.json").write_text('{"corrections": [{"start": 3}]}')
    error = ingested.json("words", "1", code=1)["error"]
    assert "corrections.0.end is missing" in error["message"]
    assert "pydantic" not in error["message"]


def test_imported_speaker_turns_and_a_speaker_count_apply_until_they_are_reset(
    cwtui: Shell, dialogue: list[Spoken]
) -> None:
    (cwtui.folder / "mine.rttm").write_text(
        "SPEAKER x 1 0.000 20.000 <NA> <NA> Cleo <NA> <NA>\nSPEAKER x 1 20.000 20.000 <NA> <NA> Dov <NA> <NA>\n"
    )
    result = cwtui.json("diarize", "1", "--from", "mine.rttm")
    assert [turn["speaker"] for turn in result["turns"]] == ["Cleo", "Dov"]
    speakers = [word["speaker"] for word in cwtui.json("words", "1")["words"]]
    assert speakers == sorted(speakers)
    assert set(speakers) == {"Cleo", "Dov"}
    assert "no voices to name" in cwtui.json("diarize", "1", "--name", "Cleo=Ada", code=2)["error"]["message"]
    assert [voice["id"] for voice in cwtui.json("diarize", "1", "--heard")["voices"]] == ["S1", "S2"]
    assert speakers_of(cwtui) == {"S1", "S2"}

    assert len(cwtui.json("diarize", "1", "--count", "1")["voices"]) == 1
    assert speakers_of(cwtui) == {"S1"}
    assert len(cwtui.json("diarize", "1")["voices"]) == 1
    assert len(cwtui.json("diarize", "1", "--heard")["voices"]) == 2
    assert speakers_of(cwtui) == {"S1", "S2"}


def speakers_of(cwtui: Shell) -> set[str]:
    """The speakers of all words that have one."""
    return {word["speaker"] for word in cwtui.json("words", "1")["words"] if word["speaker"]}


def _within(word: dict[str, object], line: Spoken) -> bool:
    middle = (Fraction(*word["start"]) + Fraction(*word["end"])) / 2  # type: ignore[misc]
    return line.start <= middle < line.end
