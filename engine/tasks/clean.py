"""The dialog of a recording is cleaned, and its words are compared."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.atomic_files import make_folder
from engine.errors import EngineError
from engine.jobs import JobContext, ProgressSink
from engine.tasks.parameters import CleanParameters

if TYPE_CHECKING:
    from engine.sound import CleanReport, Preset, StageName, Words
    from engine.speech import Transcriber
    from engine.studio import Studio

# Root mean square at which words are compared: a voice at -23 dBFS.
_LEVEL = 10 ** (-23 / 20)


@dataclass(frozen=True, slots=True)
class CleanOptions:
    """What is asked of a recording: the chain, the stages left out, and the model that compares the words, if any."""

    preset: Preset
    index: int | None = None
    bypassed: frozenset[StageName] = frozenset()
    model: str | Path | None = None


def clean_file(
    source: Path, label: str, parameters: CleanOptions, out: Path, context: ProgressSink, *, replace: bool = True
) -> CleanReport:
    """Cleans a recording's dialog into `out`; errors as `engine.sound.clean`."""
    from engine.sound import Recording, clean, speech_blocks
    from engine.speech import open_transcriber, speech_spans

    speech = tuple(speech_spans(speech_blocks(source, parameters.index, cancelled=context.cancelled)))
    transcriber = open_transcriber(parameters.model) if parameters.model and speech else None

    def hear(path: Path | None) -> Words:
        assert transcriber
        return _words(
            transcriber, source if path is None else path, parameters.index if path is None else None, context
        )

    return clean(
        Recording(source, parameters.index, speech),
        parameters.preset,
        out,
        bypassed=parameters.bypassed,
        hear=hear if transcriber else None,
        progress=lambda share: context.progress(round(share * 1000), 1000, "‰", label),
        replace=replace,
        cancelled=context.cancelled,
    )


def clean_take(studio: Studio, parameters: CleanParameters, context: JobContext, job_id: str) -> dict[str, Any]:
    """{path, sha256, bytes, report}: the dialog as WAV, and what was found and done, below `sound-report`."""
    from engine.sound import audible_track, write_clean_report

    footage = studio.subject_of_job(parameters.take, parameters.source, parameters.source_digest).footage
    source, index = footage.path, parameters.index
    if index is None and (track := audible_track(source, footage.probe, cancelled=context.cancelled)):
        index = track.index
    path = studio.artifact_folder(parameters.take) / "dialog" / f"{job_id}.wav"
    make_folder(path.parent)
    wanted = CleanOptions(parameters.preset, index, frozenset(parameters.bypassed), parameters.model)
    report = clean_file(source, parameters.label, wanted, path, context)
    written = write_clean_report(
        path.parent.parent / "sound-report" / job_id, source, index, path, parameters.preset, report
    )
    return {
        "path": str(studio.relative_path(path)),
        "sha256": _digest(path),
        "bytes": path.stat().st_size,
        "report": str(studio.relative_path(written[0])),
    }


def cleaned_dialog(studio: Studio, result: Mapping[str, Any]) -> tuple[Path, CleanReport]:
    """The dialog that a clean job made, and its report. EngineError where it is gone or was changed."""
    from engine.sound import CleanReport

    if not clean_is_current(studio, result) or _digest(studio.folder / result["path"]) != result["sha256"]:
        raise EngineError("The cleaned dialog is gone, or was changed.", "Ask again: it will be made anew.")
    return studio.folder / result["path"], CleanReport.model_validate_json(
        (studio.folder / result["report"]).read_bytes()
    )


def clean_is_current(studio: Studio, result: Mapping[str, Any]) -> bool:
    """Whether the dialog is there, as long as it was, with its report."""
    path = studio.folder / str(result["path"])
    return (
        path.is_file() and path.stat().st_size == result["bytes"] and (studio.folder / str(result["report"])).is_file()
    )


def _words(transcriber: Transcriber, path: Path, index: int | None, context: ProgressSink) -> Words:
    import numpy as np

    from engine.sound import Words, mono_16k

    samples = mono_16k(path, index, cancelled=context.cancelled)
    # Before and after at one level: a speech model hears some words otherwise when they are only louder.
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    levelled = samples * np.float32(_LEVEL / power**0.5) if power else samples
    heard = transcriber.transcribe(levelled, cancelled=context.cancelled)
    words = tuple(re.sub(r"[^\w']", "", word.text).casefold() for word in heard.words)
    sure = sum(word.confidence for word in heard.words) / max(len(heard.words), 1)
    return Words(tuple(filter(None, words)), sure)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
