"""Look: the looks of the studio, the parameters of one as sliders, and the frame with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from shlex import join, quote
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events, on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from cwtui.console.actions import requires
from cwtui.console.messages import FrameLoaded, LookFrameRequest
from cwtui.console.screens.base import ModeScreen
from cwtui.console.screens.look.keys import LookKeys
from cwtui.console.screens.look.picture import SLOT, LookPicture
from cwtui.console.screens.look.rows import ParameterRow, draw_look, draw_parameter
from cwtui.console.screens.look.saving import LookSaved, LookSaving
from cwtui.console.screens.look.subject import LookSubject
from cwtui.console.screens.look.values import LookValues
from cwtui.console.screens.look.wipe_frame import WipeFrame
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.debouncer import PICTURE_DELAY_S, Debouncer
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.console.workers.look_reader import ListedLook, LooksRead, read_looks
from engine.catalog import Take
from engine.file_stamp import FileStamp, read_stamp

if TYPE_CHECKING:
    from engine.looks import Parameter

_WATCH_S = 1.0
_NO_PARAMETER = "Press {look_list} to go to the parameters."


class LookScreen(ModeScreen):
    """The looks and their parameters beside the frame. Only keys that say so write something."""

    MODE: ClassVar[str] = "look"

    def __init__(self) -> None:
        super().__init__()
        self.subject = LookSubject(self)
        self._keys = LookKeys(self)
        self._values = LookValues(self, self._keys)
        self._saving = LookSaving(self)
        self._looks: dict[str, ListedLook] = {}
        self._changes: dict[str, dict[str, float]] = {}
        self._in_parameters = False
        self._requested_project: str | None = None
        self._reads = False
        # Another number for each reading in which the looks have changed.
        self._revision = 0
        self._stamp: FileStamp = None
        self._debouncer = Debouncer(self, PICTURE_DELAY_S, self._request_picture)

    def compose_body(self) -> Iterable[Widget]:
        with Horizontal(id="look-columns"):
            with Vertical(id="look-lists"):
                yield RowList(self._draw_look, id="looks")
                yield RowList(self._draw_parameter, id="parameters")
            yield LookPicture(self.console_app.picture_output)

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(_WATCH_S, self._read_changed_file)

    @property
    def action_parts(self) -> tuple[object, ...]:
        """The screen, the values, keyframes, the take or clip, and what is saved."""
        return (self, self._values, self._keys, self.subject, self._saving)

    @property
    def leading_actions(self) -> Sequence[str]:
        """The value and the wipe first."""
        return ("look_list", "more", "reset_parameter", "look_side", "scopes", "save_look", "apply_look", "set_key")

    @property
    def rows(self) -> RowList | None:
        """The list that the cursor keys move in."""
        return self.query_one("#parameters" if self._in_parameters else "#looks", RowList) if self.is_mounted else None

    @property
    def idle(self) -> bool:
        """Whether the picture has been requested."""
        return self._debouncer.idle

    @property
    def take(self) -> Take | None:
        """The take that is shown."""
        return self.subject.take

    @property
    def look(self) -> ListedLook | None:
        """The chosen look."""
        return self._looks.get(self.query_one("#looks", RowList).cursor or "") if self.is_mounted else None

    @property
    def parameter(self) -> Parameter | None:
        """The parameter under the cursor."""
        look = self.look
        at = self.query_one("#parameters", RowList).cursor if look else None
        return next((one for one in look.parameters if one.path == at), None) if look else None

    @property
    def changes(self) -> Mapping[str, float]:
        """The changed parameters of the chosen look."""
        return self._changes.get(self.look.name, {}) if self.look else {}

    def value_of(self, parameter: Parameter) -> float:
        """The value of a parameter: of its keyframes at the playhead, changed, or of the look."""
        look = self.look
        curve = self.subject.curves(look.name).get(parameter.path) if look else None
        return curve.at(self.subject.time) if curve else self.changes.get(parameter.path, parameter.value)

    def set_value(self, path: str, value: float | None) -> None:
        """Changes a parameter of the chosen look; None resets it."""
        look = self.look
        assert look
        changes = self._changes.setdefault(look.name, {})
        if value is None:
            changes.pop(path, None)
        else:
            changes[path] = value
        self.values_changed()

    # What is shown

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Shows a new snapshot of the studio."""
        app = self.console_app
        if snapshot.project and snapshot.project.id != self._requested_project:
            self._requested_project = snapshot.project.id
            app.studio_worker.show_cut(app.session.cut)
        if snapshot.loaded and snapshot.project and not self._reads:
            self._reads = True
            app.submit(read_looks(self.post_message))
        self.set_class(not snapshot.takes, "-none")
        self.values_changed()

    @on(LooksRead)
    def _looks_read(self, event: LooksRead) -> None:
        before = self._looks
        # The sliders of a look stay while its file has an error.
        self._looks = {
            one.name: replace(one, parameters=before[one.name].parameters) if one.error and one.name in before else one
            for one in event.looks
        }
        if self._looks != before:
            self._revision += 1
        rows = self.query_one("#looks", RowList)
        first = rows.cursor is None
        rows.set_rows(list(self._looks))
        if first:
            clip = self.subject.clip
            wanted = [self.console_app.session.look or "", clip.look if clip else ""]
            rows.move_to(next((name for name in reversed(wanted) if name in self._looks), None))
        self._watch_file()
        self._show_parameters()
        self.values_changed()

    @on(LookSaved)
    def _look_saved(self, event: LookSaved) -> None:
        self._changes.pop(event.base, None)
        self._changes.pop(event.name, None)
        self.console_app.update_session(look=event.name)
        self.query_one("#looks", RowList).move_to(event.name)
        self.values_changed()

    def _show_parameters(self) -> None:
        look, keys, heading = self.look, [], ""
        for one in look.parameters if look else ():
            effect = one.path.partition(".")[0]
            if effect != heading:
                heading = effect
                keys.append(f"{HEADING}{effect}")
            keys.append(one.path)
        self.query_one("#parameters", RowList).set_rows(keys)

    def values_changed(self) -> None:
        """Shows rows, lines and picture again."""
        if not self.is_mounted:
            return
        for rows in self.query(RowList):
            rows.active = rows is self.rows
            rows.refresh_changed()
        look, parameter = self.look, self.parameter
        name = f" · {look.name}{' (changed)' if self.changes else ''}" if look else ""
        help_line = f"{parameter.path}: {parameter.description}" if parameter and self._in_parameters else ""
        caption = f"{self.subject.caption}{name}" if self.subject.take else ""
        self.query_one(LookPicture).set_lines(caption, help_line or (look.title if look else ""))
        self.update_key_hints()
        self._debouncer.trigger()

    def _request_picture(self) -> None:
        picture, look, take = self.query_one(LookPicture), self.look, self.subject.take
        if take is None or look is None:
            picture.show(None)
            return
        if take.probe.picture is None:
            picture.show(None, f"{take.label} has no picture.")
            return
        moment = self.subject.moment(look.name)
        request = LookFrameRequest(SLOT, take, self.subject.tick, 0, look.name, tuple(self.changes.items()))
        picture.show(replace(request, moment=moment, revision=self._revision), error=look.error)

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Shows a frame or a scope; after an error, the file of the look is read again if it has changed."""
        if event.error and event.request.slot.startswith(SLOT):
            self._read_changed_file()
        self.query_one(LookPicture).show_frame(event)

    def deactivate(self) -> None:
        """Releases the images; the looks are read again when the screen is opened."""
        self._reads = False
        self.console_app.frame_loader.cancel(SLOT)
        self.query_one(LookPicture).release()

    def _draw_look(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        clip = self.subject.clip
        of_clip = clip is not None and clip.look == key
        active = here and not self._in_parameters
        return draw_look(self._looks[key], self.row_style(width, active), len(self._changes.get(key, {})), of_clip)

    def _draw_parameter(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        style = self.row_style(width, here and self._in_parameters)
        if key.startswith(HEADING):
            return [Segment(f" {key.removeprefix(HEADING).replace('_', ' ')}", style.styles["heading"])]
        look = self.look
        parameter = next(one for one in look.parameters if one.path == key) if look else None
        if look is None or parameter is None:
            return []
        curve = self.subject.curves(look.name).get(key)
        on_key = curve is not None and any(one.time == self.subject.time for one in curve.keys)
        row = ParameterRow(parameter, self.value_of(parameter), key in self.changes, curve is not None, on_key)
        return draw_parameter(row, style)

    # Files that an editor changes

    def _watch_file(self) -> None:
        """Watches the file of the chosen look for changes after it was read."""
        self._stamp = self.look.stamp if self.look else None

    def _read_changed_file(self) -> None:
        """Reads the looks again if the file of the chosen one has changed."""
        look = self.look
        if look and look.own and self.is_active and self._reads and self._stamp != (stamp := read_stamp(look.path)):
            self._stamp = stamp
            self.console_app.submit(read_looks(self.post_message))

    # Events

    def on_row_list_row_highlighted(self, event: RowList.RowHighlighted) -> None:
        if event.rows.id == "looks":
            if look := self.look:
                self.console_app.update_session(look=look.name)
            self._watch_file()
            self._show_parameters()
        self.values_changed()

    def on_click(self, event: events.Click) -> None:
        rows = event.widget
        if isinstance(rows, RowList) and rows.id in ("looks", "parameters"):
            self._in_parameters = rows.id == "parameters"
            self.values_changed()

    def on_key(self, event: events.Key) -> None:
        """A digit begins a value."""
        if event.character and event.character.isdigit() and not self.disabled_reason("type_value"):
            event.stop()
            self._values.action_type_value(event.character)

    @on(WipeFrame.WipeMoved)
    def _wipe_moved(self, event: WipeFrame.WipeMoved) -> None:
        self.query_one(LookPicture).set_wipe(event.share)
        self.values_changed()

    def on_frame_view_size_changed(self) -> None:
        self._debouncer.trigger()

    # Actions

    def disabled_reason(self, action: str) -> str:
        """Why an action is disabled: it needs a take, a look, a parameter or a clip."""
        if requires(action, "look") and self.look is None:
            return "The looks are being read."
        if requires(action, "parameter") and (self.parameter is None or not self._in_parameters):
            return _NO_PARAMETER
        if requires(action, "clip") and self.subject.clip is None:
            return "No clip of a cut is shown. Press {look_subject} to show one."
        if action == "save_look" and self.look and self.look.error:
            return "The look has an error."
        parts = (self._keys, self._saving)
        return next((reason for part in parts if (reason := part.disabled_reason(action))), "")

    def command_values(self) -> dict[str, str]:
        """The placeholders of command lines."""
        from engine.timeline import at_text

        look, parameter, cut, index = self.look, self.parameter, self.subject.cut, self.subject.index
        name = look.name if look else "NAME"
        value = f"{self.value_of(parameter):g}" if parameter else "VALUE"
        path = parameter.path if parameter else "PARAMETER"
        sets = join(part for one, number in self.changes.items() for part in ("--set", f"{one}={number:g}"))
        values = {
            "at": f"{float(self.subject.time):g}",
            "look": f"--look {name}",
            "name": name,
            "parameter": f"{path} {value}",
            "parameter_name": path,
            "set_parameter": f"cwtui look set {name} {path} {value}",
            "save_look": f"cwtui look new NAME --extends {name} {sets}",
            "before_after": f"cwtui frame {self.take.number if self.take else 'TAKE'} --look {name} -o frame.png",
        }
        if cut and index is not None:
            at = at_text(cut, self.subject.clip_tick)
            values |= {"cut_name": quote(cut.name), "clip": str(index + 1), "cut_at": at}
        return values

    def action_switch_list(self) -> None:
        """Moves the cursor keys to the other list."""
        self._in_parameters = not self._in_parameters
        self.values_changed()

    def action_step_looks(self, steps: int) -> None:
        """Chooses another look."""
        self.query_one("#looks", RowList).move_by(steps)

    def action_switch_look_side(self) -> None:
        """Shows after, before, or both with a wipe."""
        self.query_one(LookPicture).next_side()
        self.values_changed()

    def action_move_wipe(self, steps: int) -> None:
        """Moves the wipe."""
        self.query_one(LookPicture).move_wipe(steps)
        self.values_changed()

    def action_next_scope(self) -> None:
        """Shows the next scope."""
        picture = self.query_one(LookPicture)
        picture.next_scope()
        picture.set_class(picture.scope is not None, "-scope")
        # The frame has another size now; the scope has one after the layout.
        self.call_after_refresh(self.values_changed)
