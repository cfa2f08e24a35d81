"""Cut: the place to edit a film. Without a cut it lists the kept ranges of the takes, with their handles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import on
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.actions import requires
from cwtui.console.messages import FrameLoaded
from cwtui.console.screens.base import ModeScreen
from cwtui.console.screens.cut.clip_edits import ClipEdits
from cwtui.console.screens.cut.clip_rows import clip_columns, cut_summary, draw_clip
from cwtui.console.screens.cut.cuts import CutChoice, Suggestions
from cwtui.console.screens.cut.edge_frames import SLOT, EdgeFrame, EdgeFrames
from cwtui.console.screens.cut.edit_view import frames_around, sound_around
from cwtui.console.screens.cut.insertions import Insertions
from cwtui.console.screens.cut.kept_ranges import (
    RangeRow,
    draw_range,
    nudge_range,
    range_columns,
    range_rows,
    range_summary,
    row_key,
)
from cwtui.console.screens.cut.playhead import CutPlayhead
from cwtui.console.screens.cut.words import WordEdits
from cwtui.console.screens.empty_state import NO_CUT, NO_KEPT_TAKES
from cwtui.console.shown_cut import ShownCut
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.clip_words import ClipWords
from cwtui.console.widgets.columns import lay_out_headings
from cwtui.console.widgets.debouncer import PICTURE_DELAY_S, Debouncer
from cwtui.console.widgets.edit_waveform import EditSound, EditWaveform
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.row_list import RowList
from cwtui.console.workers.cut_reader import CutChange
from cwtui.console.workers.cut_suggestions import SuggestionsFound
from cwtui.console.workers.take_media import TakeMedia, TakeMediaLoaded
from engine.catalog import Take

if TYPE_CHECKING:
    from engine.tasks import TakeLevels
    from engine.timeline import Clip


class CutScreen(ModeScreen):
    """The clips of a cut, or the kept ranges. Every edit can be undone."""

    MODE: ClassVar[str] = "cut"

    def __init__(self) -> None:
        super().__init__()
        self._ranges: dict[str, RangeRow] = {}
        self._indices: dict[str, int] = {}
        self._requested_project: str | None = None
        self._restored = False
        self._words = WordEdits(self)
        self._clips = ClipEdits(self)
        self._insertions = Insertions(self)
        self._playhead = CutPlayhead(self, self._words)
        # How often the cursor has come to a clip: edits of one stay are one entry of the journal.
        self._stay = 0
        self._stays_on: str | None = None
        self._suggestions = Suggestions(self)
        self._frame_debouncer = Debouncer(self, PICTURE_DELAY_S, self._request_frames)
        self._suggestion_debouncer = Debouncer(
            self, lambda: self.console_app.suggestion_delay_s, self._suggestions.request
        )

    def compose_body(self) -> Iterable[Widget]:
        yield Static("", id="total", markup=False)
        yield RowList(self._draw, header=self._draw_headings, id="cut")
        with Vertical(id="edit"):
            yield EditWaveform()
            yield ClipWords()
        yield EdgeFrames(self.console_app.picture_output)

    @property
    def action_parts(self) -> tuple[object, ...]:
        """The screen, the edits of clips and words, insertions, the playhead, the choice of a cut, the suggestions."""
        return (self, self._clips, self._words, self._insertions, self._playhead, CutChoice(self), self._suggestions)

    @property
    def leading_actions(self) -> Sequence[str]:
        """The actions of a cut first; without one, the action that makes it."""
        cut = ("split", "delete_words", "cut_next_word", "play_cut", "suggestions", "cut_window")
        return cut if self.console_app.snapshot.cuts else ("new_cut",)

    # The cut and its clips

    @property
    def rows(self) -> RowList | None:
        """The list of clips or kept ranges."""
        return self.query_one("#cut", RowList) if self.is_mounted else None

    @property
    def shown(self) -> ShownCut | None:
        """The cut."""
        snapshot = self.console_app.snapshot
        return snapshot.cut if snapshot.cuts else None

    @property
    def index(self) -> int | None:
        """The index of the clip under the cursor."""
        rows = self.rows
        return self._indices.get(rows.cursor or "") if rows and self.shown else None

    @property
    def clip(self) -> Clip | None:
        """The clip under the cursor."""
        shown, index = self.shown, self.index
        return None if shown is None or index is None else shown.cut.clips[index]

    @property
    def tick(self) -> int:
        """The playhead: the word under the cursor, or the start of the clip."""
        shown, index = self.shown, self.index
        if shown is None or index is None:
            return 0
        at = self._words.tick
        return shown.cut.positions[index] if at is None else at

    @property
    def at(self) -> Fraction:
        """The playhead in seconds of the cut."""
        return self._playhead.at

    def seek_to_cursor(self) -> None:
        """Pauses, and moves the playhead to the word or the clip under the cursor."""
        self._playhead.seek_to_cursor()

    def show_playhead(self) -> None:
        """Shows the word and the time at the playhead."""
        self.show_words()
        self._show_summary()

    @property
    def take(self) -> Take | None:
        """The take under the cursor."""
        clip = self.clip
        if clip:
            return self.console_app.snapshot.by_id.get(clip.take or "")
        return self._range.take if self._range else None

    @property
    def _range(self) -> RangeRow | None:
        """The kept range under the cursor."""
        rows = self.rows
        return self._ranges.get(rows.cursor or "") if rows else None

    @property
    def _at(self) -> Fraction:
        """The playhead on the take's clock, in seconds."""
        clip, shown, index = self.clip, self.shown, self.index
        if clip is None or shown is None or index is None:
            return self._range.start if self._range else Fraction(0)
        return (clip.start + self.tick - shown.cut.positions[index]) / shown.cut.rate

    @property
    def idle(self) -> bool:
        """Whether the frames have been requested, and the suggestions found."""
        debouncers = (self._frame_debouncer, self._suggestion_debouncer)
        return all(one.idle for one in debouncers) and self._suggestions.idle

    def edit(self, change: CutChange, title: str, run: str = "") -> None:
        """Submits an edit of the cut. Edits of one run are one entry while the cursor stays on the clip."""
        # A window shows the cut as it was: its clock is no longer that of the playhead.
        self._playhead.stop()
        self.console_app.studio_worker.edit_cut(change, title, f"{run} {self._stay}" if run else "")

    def move_to_clip(self, index: int) -> None:
        """Moves the cursor to a clip."""
        if shown := self.shown:
            self._rows.move_to(_clip_key(shown.cut.clips[index].id))

    # What is shown

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Shows a new snapshot of the studio."""
        app = self.console_app
        if snapshot.project and snapshot.project.id != self._requested_project:
            self._requested_project, self._restored = snapshot.project.id, False
            app.studio_worker.show_cut(app.session.cut)
        self._ranges = {} if snapshot.cuts else {one.key: one for one in range_rows(snapshot)}
        shown = self.shown
        self._playhead.cut_changed()
        self._indices = {_clip_key(clip.id): n for n, clip in enumerate(shown.cut.clips)} if shown else {}
        first = self._rows.cursor is None or (shown is not None and not self._restored)
        self._rows.set_rows(list(self._indices or self._ranges))
        if first:
            take = app.session.take or ""
            self._rows.move_to(_clip_key(app.session.clip or "") if shown else row_key(take, 1))
            self._restored = shown is not None
        self._words.cut_changed()
        self._suggestions.cut_changed()
        if shown:
            self._suggestion_debouncer.trigger()
        self._show_summary()
        self._show_selection()
        self._playhead.sync_with_player()

    def _show_summary(self) -> None:
        snapshot, shown = self.console_app.snapshot, self.shown
        if shown:
            remark = self._words.moving or self._suggestions.summary
            text = cut_summary(shown, self.at, remark, playing=self._playhead.playing)
        elif snapshot.cuts:
            text = f" {snapshot.cut_error or 'Reading the cut …'}"
        elif snapshot.kept:
            text = f"{range_summary(self._ranges.values(), snapshot)} · {self.with_keys(NO_CUT)}"
        else:
            text = ""
        self.query_one("#total", Static).update(text)

    def _show_selection(self) -> None:
        snapshot = self.console_app.snapshot
        self.set_class(not snapshot.cuts and self.take is None, "-none")
        self.set_class(self.shown is not None, "-clips")
        self.show_words()
        self._frame_debouncer.trigger()

    def show_words(self) -> None:
        """Shows the words and the sound around the edit before the clip."""
        shown, index = self.shown, self.index
        if shown is None:
            return
        self.query_one(ClipWords).data = self._words.data(self._no_words)
        sound = EditSound() if index is None else sound_around(shown, index, self._levels_of)
        self.query_one(EditWaveform).data = sound
        self.update_key_hints()

    @property
    def _no_words(self) -> str:
        clip = self.clip
        if clip is None:
            return "The cut has no clips."
        if clip.take is None:
            return "A gap: black, with room tone."
        if self.take is None:
            return "The project does not have this take."
        known = self.shown is not None and clip.take in self.shown.material.spoken
        return "Nobody speaks in this clip." if known else "The take has no transcript yet."

    def _take_of(self, clip: Clip) -> Take | None:
        """The take of a clip, if the project has it."""
        return self.console_app.snapshot.by_id.get(clip.take or "")

    def _levels_of(self, clip: Clip) -> TakeLevels | None:
        """The levels of a clip's take."""
        take = self._take_of(clip)
        media = self.console_app.take_media.get(take) if take else None
        return media.levels if media else None

    def _request_frames(self) -> None:
        frames = self.query_one(EdgeFrames)
        shown, index, here = self.shown, self.index, self._range
        if shown and index is not None:
            frames.show(frames_around(shown, index, self._take_of))
        elif here:
            frames.show(
                (EdgeFrame("first frame", here.take, here.start), EdgeFrame("last frame", here.take, here.end, True))
            )
        else:
            frames.show((None, None))

    def media_loaded(self, event: TakeMediaLoaded) -> None:
        """Redraws a row with its levels and words."""
        self._rows.refresh_changed()
        self.show_words()

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Shows the frame of an edge."""
        self.query_one(EdgeFrames).show_frame(event)

    def deactivate(self) -> None:
        """Releases the images of this screen; later edits are entries of their own."""
        self._stay += 1
        self._playhead.stop()
        self.console_app.frame_loader.cancel(SLOT)
        for still in self.query(FrameView):
            still.release()

    def on_row_list_row_highlighted(self) -> None:
        self.console_app.select_take(self.take)
        if clip := self.clip:
            self.console_app.update_session(clip=clip.id)
            if clip.id != self._stays_on:
                self._stay, self._stays_on = self._stay + 1, clip.id
        self._words.row_changed()
        self._playhead.row_changed()
        self._show_selection()
        self._show_summary()

    def on_frame_view_size_changed(self) -> None:
        self._frame_debouncer.trigger()

    @on(ClipWords.WordClicked)
    def _word_clicked(self, event: ClipWords.WordClicked) -> None:
        self._words.go_to(event.number)

    @on(SuggestionsFound)
    def _suggestions_found(self, event: SuggestionsFound) -> None:
        self._suggestions.suggestions_found(event)
        if event.error:
            self.console_app.show_error(event.error)
        self._show_summary()
        self.update_key_hints()

    # Actions

    def disabled_reason(self, action: str) -> str:
        """Returns why an action is disabled: it needs a cut, a clip, words or a kept take."""
        cuts = self.console_app.snapshot.cuts
        if action == "new_cut" and not self.console_app.snapshot.takes:
            return "There is no take to cut."
        if requires(action, "cut") and not cuts:
            return NO_CUT
        if action == "cuts":
            return ""
        if requires(action, "cut") and self.shown is None:
            return "The cut cannot be read." if self.console_app.snapshot.cut_error else "The cut is being read."
        if requires(action, "clip") and self.clip is None:
            return "The cut has no clips."
        if requires(action, "words") and self.shown and not self.shown.words:
            return "The cut has no words."
        if requires(action, "kept_take") and (self.clip if cuts and action != "open" else self.take) is None:
            return "No clip of a take is selected." if cuts else NO_KEPT_TAKES
        if action == "trim_none" and cuts:
            return "A cut has clips of its own; the kept ranges are cleared in Review."
        parts = (self._clips, self._words, self._suggestions)
        return next((reason for part in parts if (reason := part.disabled_reason(action))), "")

    def command_values(self) -> dict[str, str]:
        """Returns the placeholders of command lines."""
        from shlex import quote

        here, shown, index = self._range, self.shown, self.index
        if shown is None or index is None:
            option = f"--range {here.number}" if here and here.of > 1 else ""
            trim = f"cwtui trim {here.take.number if here else 'TAKE'}"
            return {"trim_in": f"{trim} --from T {option}", "trim_out": f"{trim} --to T {option}"}
        from engine.timeline import at_text

        quoted = quote(shown.cut.name) if len(self.console_app.snapshot.cuts) > 1 else ""
        name = f"--cut {quoted}" if quoted else ""
        return {
            "cut": name,
            "cut_name": quoted,
            "clip": str(index + 1),
            "at": at_text(shown.cut, self.tick),
            "trim_in": f"cwtui cut trim {index + 1} --from +1f {name}",
            "trim_out": f"cwtui cut trim {index + 1} --to +1f {name}",
            **self._clips.command_values(),
            **self._words.command_values(),
        }

    async def action_open(self) -> None:
        take = self.take
        assert take
        await self.console_app.open_screen("review", take, self._at)

    def action_nudge(self, starts: int, ends: int) -> None:
        """Moves the beginning and the end of the clip, or of the kept range, by frames."""
        here = self._range
        if self.clip:
            self._clips.nudge(starts, ends)
        elif here:
            self.console_app.edit_take(here.take, lambda studio, _: nudge_range(studio, here, starts, ends))

    # Rows

    def _draw_headings(self, width: int) -> Iterable[Segment]:
        app = self.console_app
        columns = (clip_columns if app.snapshot.cuts else range_columns)(app.plain)
        return lay_out_headings(columns, app.palette.styles["heading"], width)

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        app, style, shown = self.console_app, self.row_style(width, here), self.shown
        index = self._indices.get(key)
        if shown and index is not None:
            take = app.snapshot.by_id.get(shown.cut.clips[index].take or "")
            media = app.take_media.get(take) if take else None
            return draw_clip(shown, index, take, media or TakeMedia(), style)
        if one := self._ranges.get(key):
            media = app.take_media.get(one.take) or TakeMedia()
            return draw_range(one, app.snapshot.review(one.take).star, media, style)
        return ()


def _clip_key(clip_id: str) -> str:
    return f"clip {clip_id}"
