"""TranscriptView: it wraps, scrolls within its lines, and starts at the top for another transcript."""

from __future__ import annotations

from fractions import Fraction

from textual.app import App, ComposeResult

from cwtui.console.widgets.transcript_view import TranscriptView
from engine.speech import Segment, Transcript, Word

from ..pilot import wait_until


class TranscriptApp(App[None]):
    """A transcript in an app of its own."""

    def compose(self) -> ComposeResult:
        yield TranscriptView()

    def lines(self) -> list[str]:
        return [strip.text[18:].rstrip() for strip in self.screen._compositor.render_strips(self.size)]


def transcript(words: int) -> Transcript:
    """A transcript of numbered words, one a second."""
    spoken = tuple(
        Word(text=f"word{n:02d}", start=Fraction(n), end=Fraction(n + 1), confidence=1) for n in range(words)
    )
    segment = Segment(text="", first=0, last=words, start=Fraction(0), end=Fraction(words))
    return Transcript(
        language="en", model="small", model_digest="", backend="", parameters={}, words=spoken, segments=(segment,)
    )


async def test_a_transcript_scrolls_by_pages_within_its_lines() -> None:
    app = TranscriptApp()
    # Two words fit into a line of 34 cells after time and speaker.
    async with app.run_test(size=(34, 4)) as pilot:
        view = app.query_one(TranscriptView)
        view.styles.height = 4
        view.set_transcript(transcript(20))
        await pilot.pause()
        assert app.lines()[0] == "word00 word01"
        for pages, first in (
            (0.5, "word04 word05"),
            (10, "word12 word13"),
            (-0.5, "word08 word09"),
            (-9, "word00 word01"),
        ):
            view.scroll_pages(pages)
            await pilot.pause()
            assert app.lines()[0] == first
        view.scroll_pages(1)
        view.set_transcript(transcript(4))
        view.scroll_pages(1)
        await pilot.pause()
        assert app.lines()[:3] == ["word00 word01", "word02 word03", ""]


async def test_the_current_word_stays_visible_in_another_size() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(100, 12)) as pilot:
        view = app.query_one(TranscriptView)
        # The screen sets the position before the view has a size.
        view.display = False
        await pilot.pause()
        view.set_transcript(transcript(30))
        view.set_position(Fraction(17))
        view.display = True
        for width, height in ((100, 12), (34, 4), (60, 3), (200, 30)):
            await pilot.resize_terminal(width, height)
            view.styles.height = height
            await wait_until(pilot, lambda: "word17" in " ".join(app.lines()))
