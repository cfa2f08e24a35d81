"""Saboteurs of captions and chapters."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from engine.deliver import DeliverableRequest
from engine.deliver.checks import Finished, check_no_words
from fixtures.atoms import Atom, tracks
from tests.deliver.sabotage.files import edit_index, numbers, remove_track, set_numbers, table
from tests.deliver.sabotage.saboteur import saboteur


@saboteur("caption-track", "film")
def stripped_captions(_: Finished, path: Path) -> None:
    """A remux loses the captions."""
    remove_track(path, "sbtl")


@saboteur("caption-track-timing", "film")
def late_captions(_: Finished, path: Path) -> None:
    """The first caption is 100 ms late."""

    def edit(moov: Atom) -> None:
        track = tracks(moov, "sbtl")[0]
        scale = int.from_bytes(track.child("mdia", "mdhd").head[12:16], "big")
        times = table(track, "stts")
        rows = numbers(times)
        rows[1], rows[3] = rows[1] + scale // 10, rows[3] - scale // 10
        set_numbers(times, rows, 2)

    edit_index(path, edit)


@saboteur("caption-text", "film captions")
def lost_cue(_: Finished, path: Path) -> None:
    """The last cue of the caption file is missing."""
    path.write_text(path.read_text("utf-8").split("\n\n")[0] + "\n", "utf-8")


@saboteur("caption-order", "film captions")
def overlapping_cues(_: Finished, path: Path) -> None:
    """The first cue ends after the start of the second one."""
    path.write_text(path.read_text("utf-8").replace("--> 00:00:00,500", "--> 00:00:01,200"), "utf-8")


@saboteur("caption-timing", "film captions")
def shifted_cues(_: Finished, path: Path) -> None:
    """The second cue is 300 ms early."""
    path.write_text(path.read_text("utf-8").replace("00:00:01,000 -->", "00:00:00,700 -->"), "utf-8")


@saboteur("caption-markup", "film captions")
def unclosed_markup(_: Finished, path: Path) -> None:
    """A highlighted word does not end."""
    path.write_text(path.read_text("utf-8").replace("One.", "<b>One."), "utf-8")


@saboteur("caption-markup", "film captions")
def control_character(_: Finished, path: Path) -> None:
    """A cue has a bell."""
    path.write_text(path.read_text("utf-8").replace("One.", "One.\x07"), "utf-8")


@saboteur("caption-markup", "film captions")
def empty_cue(_: Finished, path: Path) -> None:
    """A cue without text follows the last one."""
    with path.open("a", encoding="utf-8") as file:
        file.write("\n3\n00:00:02,000 --> 00:00:02,500\n \n")


@saboteur("caption-style", "film captions")
def fast_cue(good: Finished, path: Path) -> Finished:
    """A cue is longer than a line, and nobody can read it in its time."""
    assert good.captions
    long = "Nobody reads so many words in so short a time, and they do not fit."
    path.write_text(path.read_text("utf-8").replace("Two.", long), "utf-8")
    first, second = good.captions.cues
    cues = (first, replace(second, text=long))
    return replace(good.moved_to(path), captions=replace(good.captions, cues=cues))


@saboteur("spoken-words", "film captions")
def no_words(good: Finished, path: Path) -> Finished:
    """Nobody transcribed the take, in which somebody speaks for two seconds: the captions are empty."""
    path.write_text("", "utf-8")
    assert good.captions
    empty = replace(good.captions, cues=())
    return replace(good.moved_to(path), captions=empty, no_words=check_no_words(Fraction(2)))


@saboteur("chapters", "film")
def renamed_chapter(_: Finished, path: Path) -> None:
    """A chapter has another title, in the chapter list and in the chapter track."""
    path.write_bytes(path.read_bytes().replace(b"Second", b"Zweite"))


@saboteur("chapter-timing", "film")
def late_chapter(_: Finished, path: Path) -> None:
    """The second chapter starts half a second late, in the chapter list and in the chapter track."""

    def edit(moov: Atom) -> None:
        track = tracks(moov, "text")[0]
        scale = int.from_bytes(track.child("mdia", "mdhd").head[12:16], "big")
        times = table(track, "stts")
        rows = numbers(times)
        each = [value for count, value in zip(rows[::2], rows[1::2], strict=True) for _ in range(count)]
        each[0], each[1] = each[0] + scale // 2, each[1] - scale // 2
        set_numbers(times, [number for value in each for number in (1, value)], 2)
        chapters = moov.child("udta", "chpl")
        at = chapters.head.index(b"Second") - 9
        start = int.from_bytes(chapters.head[at : at + 8], "big") + 5_000_000
        chapters.head = chapters.head[:at] + start.to_bytes(8, "big") + chapters.head[at + 8 :]

    edit_index(path, edit)


@saboteur("safe-zone", "hdr", also=("burnt-captions",), because="the file shows another caption")
def tall_caption(good: Finished, path: Path) -> Finished:
    """A caption at the top is so long and large that it reaches the interface at the bottom."""
    assert isinstance(good.order, DeliverableRequest)
    assert good.recipe.picture
    first, second = good.order.cues
    order = replace(good.order, cues=(first, replace(second, text="word " * 40)))
    style = good.recipe.picture.captions.model_copy(update={"size": 0.25, "position": "top"})
    picture = good.recipe.picture.model_copy(update={"captions": style})
    order = replace(order, recipe=good.recipe.model_copy(update={"picture": picture}))
    return replace(good.moved_to(path), order=order)


@saboteur("credits", "movie credits")
def no_last_credit(_: Finished, path: Path) -> None:
    """A person shortens the credits by a line."""
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))


@saboteur("credits", "movie")
def no_credits_in_the_movie(_: Finished, path: Path) -> None:
    """A site gives the movie's tag another text."""
    content = path.read_bytes()
    path.write_bytes(content.replace(b"Dawn by Ada; Dusk by Ada", b"Dawn by Eve; Dusk by Eve"))
