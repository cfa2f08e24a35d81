"""ClipWords: it wraps, keeps the cursor in view, and reports the word that was clicked."""

from __future__ import annotations

from textual import on
from textual.app import App, ComposeResult

from cwtui.console.widgets.clip_words import ClipWords, ClipWordsData, ShownWord

WORDS = tuple(ShownWord(f"word{n:02d}", n > 0, 100 + n) for n in range(20))


class WordsApp(App[None]):
    """The words in an app of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.clicked: list[int] = []

    def compose(self) -> ComposeResult:
        yield ClipWords()

    @on(ClipWords.WordClicked)
    def _clicked(self, event: ClipWords.WordClicked) -> None:
        self.clicked.append(event.number)

    def lines(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.screen._compositor.render_strips(self.size)]


async def test_the_line_of_the_cursor_is_in_view() -> None:
    app = WordsApp()
    # Two words fit into a line of 14 cells.
    async with app.run_test(size=(14, 3)) as pilot:
        view = app.query_one(ClipWords)
        view.styles.height = 3
        view.data = ClipWordsData(WORDS, 100)
        await pilot.pause()
        assert app.lines() == ["word00 word01", "word02 word03", "word04 word05"]
        view.data = ClipWordsData(WORDS, 111, (109, 112))
        await pilot.pause()
        assert app.lines() == ["word08 word09", "word10 word11", "word12 word13"]
        view.data = ClipWordsData(WORDS, 119)
        await pilot.pause()
        assert app.lines()[-1] == "word18 word19"
        await pilot.click(ClipWords, offset=(8, 2))
        assert app.clicked == [119]
        view.data = ClipWordsData(placeholder="Nobody speaks.")
        await pilot.pause()
        assert app.lines()[0].startswith("Nobody")
