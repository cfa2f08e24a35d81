"""A browser's WebVTT parser reads the written captions: times, text, voices, positions."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from engine.speech.captions import Cue, CueWord, write_vtt
from engine.speech.captions.textfile import written
from tests.browser import BROWSER, NO_BROWSER, dump_page
from tests.examples import examples

from . import caption_data

pytestmark = pytest.mark.skipif(BROWSER is None, reason=NO_BROWSER)

PAGE = """<!doctype html><meta charset="utf-8"><body><pre></pre><script>
const files = FILES;
function cues(text) {
  return new Promise((done) => {
    const video = document.createElement("video"), track = document.createElement("track");
    track.onload = () => done([...track.track.cues].map((cue) => ({
      start: cue.startTime, end: cue.endTime, line: cue.line, text: cue.getCueAsHTML().textContent,
      voices: [...cue.getCueAsHTML().querySelectorAll("span[title]")].map((voice) => voice.title),
    })));
    track.onerror = () => done("refused");
    video.append(track);
    document.body.append(video);
    track.src = URL.createObjectURL(new Blob([text], { type: "text/vtt" }));
    track.track.mode = "hidden";
  });
}
Promise.all(files.map(cues)).then((all) => {
  const ascii = (c) => "\\\\u" + c.charCodeAt(0).toString(16).padStart(4, "0");
  document.querySelector("pre").textContent = JSON.stringify(all).replace(/[^ -~]|[&<>]/g, ascii);
});
</script>
"""

ParsedCue = tuple[int, int, str, list[str], bool]


def parse_in_browser(files: Sequence[str], folder: Path) -> list[list[ParsedCue]]:
    """WebVTT files as parsed by Chromium: start and end in ms, text, voices, whether at the top."""
    page = folder / "captions.html"
    page.write_text(PAGE.replace("FILES", json.dumps(files).replace("<", "\\u003c")))
    match = re.search(r"<pre>(.*?)</pre>", dump_page(page.as_uri(), folder / "browser"))
    assert match is not None
    return [
        [
            (round(c["start"] * 1000), round(c["end"] * 1000), c["text"], c["voices"], c["line"] == 0)
            for c in (file if isinstance(file, list) else [])
        ]
        for file in json.loads(match[1])
    ]


def expected(cues: Sequence[Cue]) -> list[ParsedCue]:
    """The cues in a browser's order: by start, the longer first."""
    ordered = sorted(cues, key=lambda cue: (cue.start, -cue.end))
    return [
        (
            int(cue.start * 1000),
            int(cue.end * 1000),
            cue.text,
            [name for name in (cue.speaker, cue.answered_by) if name],
            cue.position == "top",
        )
        for cue in ordered
    ]


def test_a_browser_reads_times_text_and_voices(tmp_path: Path) -> None:
    cues = [
        Cue(Fraction(1, 2), Fraction(3, 2), "a --> b &amp; c\nשלום", "R&D <Ann>", "top"),
        Cue(Fraction(3_725_001, 1000), Fraction(3_727), "-Ready?\n-Yes.", "Ann", answered_by="Bo"),
    ]
    words = (CueWord(0, 7, Fraction(3_725), Fraction(3_726)), CueWord(8, 13, Fraction(3_726), Fraction(3_727)))
    timed = [cues[0], replace(cues[1], words=words)]
    plain, highlighted = parse_in_browser([write_vtt(cues), write_vtt(timed, "fill")], tmp_path)
    # The times of words are no text.
    assert highlighted == plain
    assert plain == [
        (500, 1500, "a --> b &amp; c\nשלום", ["R&D <Ann>"], True),
        (3_725_001, 3_727_000, "-Ready?\n-Yes.", ["Ann", "Bo"], False),
    ]


@examples(3, suppress_health_check=list(HealthCheck))
@given(st.lists(caption_data.cues, min_size=20, max_size=40))
def test_a_browser_reads_any_text(tmp_path_factory: pytest.TempPathFactory, files: list[list[Cue]]) -> None:
    parsed = parse_in_browser([write_vtt(cues) for cues in files], tmp_path_factory.mktemp("browser"))
    assert parsed == [expected(list(written(cues))) for cues in files]
