"""Deliver: recipes, their text, what would come out; then what is made, checked and proven."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.text import Text
from textual import on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.ask import Choose, Write
from cwtui.console.chrome import Keys
from cwtui.console.editor import TomlEditor
from cwtui.console.outcome import asked_for, made, what_changed, what_comes, what_is_wrong
from cwtui.console.recipes import Kept, Recipes, deliver, keep, predictions, shelf
from cwtui.console.room import RoomScreen
from cwtui.console.rows import HEADING, RowList
from cwtui.console.snapshot import Snapshot
from cwtui.console.words import cut, filled, lately
from engine.catalog import JobState, Project, Review, Take
from engine.deliver import Prediction, Recipe, faults_of

if TYPE_CHECKING:
    from engine.studio import Studio


class Shelved(Message):
    """The recipes have been read."""

    def __init__(self, recipes: Recipes, at: str | None = None) -> None:
        super().__init__()
        self.recipes = recipes
        self.at = at


class Predicted(Message):
    """What a text would make."""

    def __init__(self, text: str, found: list[Prediction]) -> None:
        super().__init__()
        self.text = text
        self.found = found


class Deliver(RoomScreen):
    """Left the recipes, in the middle the text, at the right what comes of it."""

    ROOM: ClassVar[str] = "deliver"

    def __init__(self) -> None:
        super().__init__()
        self._recipes: dict[str, Kept] = {}
        self._edited: dict[str, str] = {}
        self._shown: str | None = None
        self._faults: list[tuple[int, str]] = []
        self._predictions: list[Prediction] = []
        self._predicted: tuple[object, ...] = ()
        self._done = -1

    def furnish(self) -> Iterable[Widget]:
        """Three columns."""
        with Horizontal(id="bench"):
            yield RowList(self._draw, id="recipes")
            with Vertical(id="middle"):
                yield TomlEditor(Recipe.model_json_schema(), faults_of, id="toml")
                yield Static("", id="hint", markup=False)
            with VerticalScroll(id="right", can_focus=False):
                yield Static("", id="outcome")

    def on_mount(self) -> None:
        """Nothing is edited yet."""
        editor = self.editor
        editor.read_only, editor.can_focus = True, False

    @property
    def rows(self) -> RowList | None:
        """The recipes."""
        return self.query_one("#recipes", RowList) if self.is_mounted else None

    @property
    def editor(self) -> TomlEditor:
        """The text."""
        return self.query_one("#toml", TomlEditor)

    @property
    def recipe(self) -> Kept | None:
        """The one under the cursor."""
        rows = self.rows
        return self._recipes.get(rows.cursor or "") if rows else None

    @property
    def editing(self) -> bool:
        """Whether keys go into the text."""
        return self.is_mounted and not self.editor.read_only

    @property
    def settled(self) -> bool:
        """Whether the text has been looked at as it is."""
        return self.editor.settled

    @property
    def takes(self) -> list[tuple[Take, Review]]:
        """What is delivered: the kept takes as they are trimmed; all of them where none was kept."""
        snapshot = self.desk.snapshot
        takes = snapshot.kept or tuple(one for one in snapshot.takes if snapshot.review(one).verdict != "retake")
        return [(take, snapshot.review(take)) for take in takes]

    def show(self, snapshot: Snapshot) -> None:
        """Another state of the studio."""
        done = sum(job.kind == "deliver" and job.state is JobState.DONE for job in snapshot.jobs)
        if not self._recipes or done != self._done:
            self._done = done
            self._read_shelf(self.desk.place.recipe if not self._recipes else None)
        self._predict()
        self._tell()

    def _read_shelf(self, at: str | None) -> None:
        self.desk.do(lambda studio, project: self._post(Shelved(shelf(studio, project), at)))

    def _post(self, message: Message) -> None:
        self.post_message(message)

    @on(Shelved)
    def _shelved(self, seen: Shelved) -> None:
        self._recipes = seen.recipes.kept
        for name, text in list(self._edited.items()):
            if name not in self._recipes or self._recipes[name].text == text:
                del self._edited[name]
        own = [one.name for one in self._recipes.values() if one.own]
        shipped = [one.name for one in self._recipes.values() if not one.own]
        self._rows.put([f"{HEADING}shipped", *shipped, *([f"{HEADING}own", *own] if own else [])])
        self._rows.go(seen.at)
        self._rows.again()
        self._show_text()

    def on_row_list_moved(self) -> None:
        """Another recipe."""
        if self.recipe:
            self.desk.remember(recipe=self.recipe.name)
        self._show_text()

    def _show_text(self) -> None:
        recipe = self.recipe
        if recipe is None:
            return
        text = self._edited.get(recipe.name, recipe.text)
        if recipe.name != self._shown or (not self.editing and self.editor.text != text):
            self._shown = recipe.name
            self.editor.load_text(text)
            self.editor.look()
        self._predict()
        self._tell()

    @on(TomlEditor.Looked)
    def _looked(self, seen: TomlEditor.Looked) -> None:
        unread = self.recipe.unread if self.recipe else None
        self._faults = faults = [*([unread] if unread else []), *seen.faults]
        recipe = self.recipe
        if recipe and self.editing:
            self._note(recipe)
            self._rows.again()
        hint = self.query_one("#hint", Static)
        if faults:
            line, says = faults[0]
            more = f"  and {len(faults) - 1} more" if len(faults) > 1 else ""
            hint.update(f"✗ line {line + 1}: {says}{more}")
        else:
            hint.update(seen.hint if self.editing else "")
        hint.set_class(bool(faults), "-wrong")
        self.query_one(Keys).again()
        self._predict()
        self._tell()

    def _predict(self) -> None:
        """What the text would make, asked when text, takes or trims are others."""
        recipe, text, takes = self.recipe, self.editor.text, self.takes
        asked = (
            text,
            recipe.name if recipe else "",
            tuple((take.id, take.input_transform, one) for take, one in takes),
        )
        if recipe is None or asked == self._predicted or faults_of(text):
            return
        self._predicted = asked

        def predict(studio: Studio, project: Project | None) -> None:
            import tomllib

            if project:
                wanted = Recipe.model_validate({**tomllib.loads(text), "name": recipe.name})
                self.post_message(Predicted(text, predictions(studio, project, wanted, takes)))

        self.desk.do(predict)

    @on(Predicted)
    def _took(self, seen: Predicted) -> None:
        if seen.text == self.editor.text:
            self._predictions = seen.found
            self._tell()

    def _tell(self) -> None:
        """The right: what is made of this recipe, or what would be."""
        recipe = self.recipe
        if recipe is None:
            return
        right = self.query_one("#outcome", Static)
        width = max(24, self.query_one("#right").size.width - 3)
        jobs = asked_for(self.desk.snapshot, recipe.name)
        going = any(job.state.open or job.state is JobState.BLOCKED for job in jobs)
        changed = what_changed(self.desk, recipe.text, self.editor.text, width)
        text = Text()
        if self._faults:
            text = what_is_wrong(self.desk, self._faults)
        elif not going:
            text = what_comes(self.desk, self._predictions, bool(self.desk.snapshot.kept), width)
        text.append_text(changed)
        if jobs and not self.editing:
            text.append("\n" if text.plain else "").append_text(made(self.desk, jobs, width))
        right.update(text)

    def values(self) -> dict[str, str]:
        """For command lines."""
        recipe = self.recipe
        return {"recipe": (f'"{recipe.path}"' if recipe.own else recipe.name)} if recipe else {}

    def why_not(self, action: str) -> str:
        """What does not fit the recipe under the cursor."""
        recipe = self.recipe
        if action == "edit" and self.editing:
            return "Its text is open: esc leaves it."
        if action in ("edit", "remove") and recipe and not recipe.own:
            return f"{recipe.name} comes with Cleanwater: n makes a copy of your own."
        if action == "edit" and recipe and recipe.unread:
            return f"Line {recipe.unread[0] + 1}: {recipe.unread[1]}."
        if action in ("save", "revert") and recipe and not self._is_changed(recipe):
            return "Nothing was changed."
        # Whoever writes fast and saves at once is told of this text, not of the one that was looked at last.
        if action == "save" and (faults := self.editor.faults()):
            return f"Line {faults[0][0] + 1}: {faults[0][1]}."
        if action == "leave" and not self.editing:
            return "Nothing is open."
        if action in ("deliver", "open"):
            if recipe and recipe.name in self._edited:
                return "It was changed: ctrl+s saves it, u takes it back."
            if not self.takes:
                return "There is no take to deliver yet."
            if self._faults:
                return f"Line {self._faults[0][0] + 1}: {self._faults[0][1]}."
        return ""

    def _note(self, recipe: Kept) -> None:
        """What is written, so that it is there again."""
        if self.editor.text != recipe.text:
            self._edited[recipe.name] = self.editor.text
        else:
            self._edited.pop(recipe.name, None)

    def _is_changed(self, recipe: Kept) -> bool:
        return self.editor.text != recipe.text if self.editing else recipe.name in self._edited

    # What can be asked

    def do_edit(self) -> None:
        """Keys go into the text."""
        editor = self.editor
        editor.read_only, editor.can_focus = False, True
        self.set_class(True, "-editing")
        editor.focus()
        editor.look()

    def do_leave(self) -> None:
        """Back to the list; what was changed stays in the text until it is saved or taken back."""
        editor, recipe = self.editor, self.recipe
        if recipe:
            self._note(recipe)
        editor.read_only, editor.can_focus = True, False
        self.set_class(False, "-editing")
        self.set_focus(None)
        if recipe and recipe.name in self._edited:
            self.desk.say("Not saved yet: ctrl+s saves it, u takes it back.", "refused")
        editor.look()

    def do_save(self) -> None:
        """Writes it."""
        recipe, text = self.recipe, self.editor.text
        assert recipe

        def save(studio: Studio, project: Project | None) -> str:
            keep(studio, recipe.name, text)
            self._post(Shelved(shelf(studio, project)))
            return f"{recipe.name} is saved."

        self._edited.pop(recipe.name, None)
        self.desk.do(save)

    def do_revert(self) -> None:
        """What is saved."""
        recipe = self.recipe
        assert recipe
        self._edited.pop(recipe.name, None)
        self.editor.load_text(recipe.text)
        self.editor.look()
        self._rows.again()

    def do_copy(self) -> None:
        """One's own."""
        recipe = self.recipe
        assert recipe
        text = self.editor.text

        def named(name: str | None) -> None:
            if not name:
                return
            plain = "-".join("".join(c if c.isalnum() or c in "-_" else " " for c in name).split()).casefold()

            def copy(studio: Studio, project: Project | None) -> str:
                keep(studio, plain, text)
                self._post(Shelved(shelf(studio, project), plain))
                return f"{plain} is yours: e edits it."

            self.desk.do(copy)

        self.app.push_screen(Write("What is the copy called?", f"{recipe.name}-mine"), named)

    def do_remove(self) -> None:
        """Away, after a yes."""
        recipe = self.recipe
        assert recipe

        def answered(answer: str | None) -> None:
            if answer != "yes":
                return

            def remove(studio: Studio, project: Project | None) -> str:
                recipe.path.unlink(missing_ok=True)
                self._post(Shelved(shelf(studio, project)))
                return f"{recipe.name} is removed; what it delivered stays."

            self.desk.do(remove)

        choices = [("no", "keep it", ""), ("yes", "remove it", "what it delivered stays")]
        self.app.push_screen(Choose(f"Remove {recipe.name}?", choices), answered)

    def do_deliver(self) -> None:
        """Runs it."""
        recipe, takes = self.recipe, self.takes
        assert recipe

        def run(studio: Studio, project: Project | None) -> str | None:
            return deliver(studio, project, recipe.path, takes) if project else None

        self.desk.do(run)

    def do_open(self) -> None:
        """Runs it."""
        self.do_deliver()

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        ink = self.desk.ink.styles
        if key.startswith(HEADING):
            yield Segment("  your own" if key == f"{HEADING}own" else "  come with Cleanwater", ink["quiet"])
            return
        recipe = self._recipes[key]
        verdict, kind = "", "faint"
        if recipe.made_at:
            good = not recipe.failed
            told = f"✓ {recipe.checks}" if good else f"✗ {recipe.failed}/{recipe.checks}"
            verdict = f"{told:5}  {lately(recipe.made_at, self.desk.today()):>6}"
            kind = "accent" if good else "red"
        name = f"{recipe.name}{' *' if key in self._edited else ''}"
        yield Segment(" ▸ " if here else "   ", ink["accent"])
        wide = min(18, width - 3)
        yield Segment(filled(name, wide), ink["strong" if here else "text"])
        if width > wide + 6:
            yield Segment(" " + cut(verdict, width - wide - 4), ink[kind])
        elif verdict:
            yield Segment(f" {verdict[0]}", ink[kind])
