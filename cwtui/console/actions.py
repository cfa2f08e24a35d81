"""The registry of console actions. Key bindings, palette, help and docs/keys.md are built from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

EVERYWHERE = "everywhere"
MODE_NAMES = ("ingest", "takes", "review", "sound", "cut", "deliver", "jobs", "prompter")
LETTERS = dict(zip(MODE_NAMES, "ITRSCDJP", strict=True))


@dataclass(frozen=True, slots=True)
class Action:
    """An action of the console: its id in keymaps, its default keys by Textual's names, and its screens.

    `title` describes it in a few words. `command` is the equivalent command line, with placeholders such as {take} and
    {p} for the take and the project. `short` is its label among the key hints; without one it is not listed there.
    """

    id: str
    keys: str
    title: str
    screens: tuple[str, ...] = (EVERYWHERE,)
    command: str = ""
    short: str = ""

    @property
    def is_global(self) -> bool:
        """Whether the action is available on every screen."""
        return self.screens == (EVERYWHERE,)


_LIST_MODES = ("ingest", "takes", "sound", "cut", "deliver", "jobs")
_TAKE_MODES = ("takes", "review", "cut")

_MODE_COMMANDS = {"takes": "cwtui takes {p}", "jobs": "cwtui jobs"}

ACTIONS: tuple[Action, ...] = (
    *(
        Action(f"go_{mode}", LETTERS[mode], f"Go to {mode.capitalize()}", command=_MODE_COMMANDS.get(mode, ""))
        for mode in MODE_NAMES
    ),
    Action("help", "question_mark", "Keys and commands of this screen", short="help"),
    Action("search", "slash", "Search words, takes and markers", command='cwtui find "{phrase}" {p}',
           short="find"),
    Action("palette", "colon,ctrl+p", "Search actions"),
    Action("undo", "z", "Undo the last change", command="cwtui undo {p}", short="undo"),
    Action("redo", "Z", "Redo the last undone change", command="cwtui redo {p}"),
    Action("projects", "f6", "Switch project", command="cwtui takes -p NAME"),
    Action("theme", "f2", "Colours: night, day or terminal"),
    Action("mouse", "f3", "Capture or release the mouse"),
    Action("plain", "f4", "Plain text for screen readers, on/off"),
    Action("pictures", "f5", "Choose how images are displayed"),
    Action("quit", "q,ctrl+q", "Quit; jobs keep running"),
    # Lists: rows
    Action("open", "enter", "Open: review, log, edit or answer", _LIST_MODES, short="open"),
    Action("filter", "f", "Filter", ("takes", "jobs"), short="filter"),
    Action("sort", "o", "Sort", ("takes",)),
    # Takes
    Action("keep", "y", "Keep the take", _TAKE_MODES, "cwtui keep {take} {p}", "keep"),
    Action("retake", "x", "Reject, or mark as a retake of…", ("takes", "review"),
           "cwtui retake {take} {p}", "retake"),
    Action("clear", "u", "Clear decision", _TAKE_MODES, "cwtui clear {take} {p}"),
    Action("star", "asterisk", "Add or remove the star", _TAKE_MODES,
           "cwtui star {take} {off} {p}", "star"),
    Action("answer", "a", "Confirm the input transform", ("takes", "ingest"),
           "cwtui confirm {take} --input-transform {transform} {p}", "answer"),
    Action("window", "e", "Open the take in a player window", ("takes", "review"), "cwtui view {take} {p}", "window"),
    Action("prepare", "n", "Make proxy, transcript and levels now", ("takes",), "cwtui prepare {take} {p}"),
    # Review
    Action("play", "space", "Play or pause", ("review",), "cwtui view {take} --at {at} {p}", "play"),
    Action("back", "j", "Play in reverse, faster each time", ("review",)),
    Action("stop", "k", "Pause", ("review",)),
    Action("forth", "l", "Play forward, faster each time", ("review",)),
    Action("frame_back", "left", "One frame back", ("review",)),
    Action("frame_forth", "right", "One frame forward", ("review",)),
    Action("word_back", "b", "Previous word", ("review",)),
    Action("word_forth", "w", "Next word", ("review",), short="word"),
    Action("sentence_back", "left_parenthesis", "Previous sentence", ("review",)),
    Action("sentence_forth", "right_parenthesis", "Next sentence", ("review",), short="sentence"),
    Action("speaker_back", "left_curly_bracket", "Previous change of speaker", ("review",)),
    Action("speaker_forth", "right_curly_bracket", "Next change of speaker", ("review",)),
    Action("silence_back", "left_square_bracket", "Previous silence", ("review",)),
    Action("silence_forth", "right_square_bracket", "Next silence", ("review",)),
    Action("marker_back", "quotation_mark", "Previous marker", ("review",)),
    Action("marker_forth", "apostrophe", "Next marker", ("review",)),
    Action("start", "home,0", "Go to the start", ("review",)),
    Action("finish", "end,dollar_sign", "Go to the end", ("review",)),
    Action("take_back", "up", "Previous take", ("review",)),
    Action("take_forth", "down", "Next take", ("review",)),
    Action("mark", "m", "Add a marker at the playhead", ("review",),
           'cwtui mark {take} --at {at} --label "…" {p}', "marker"),
    Action("rename", "M", "Name the marker at the playhead", ("review",),
           'cwtui mark {take} --rename {marker} --label "…" {p}'),
    Action("unmark", "delete,backspace", "Remove the marker at the playhead", ("review",),
           "cwtui mark {take} --remove {marker} {p}"),
    Action("trim_start", "less_than_sign", "Set the in point", ("review",), "cwtui trim {take} --from {at} {p}"),
    Action("trim_end", "greater_than_sign", "Set the out point", ("review",), "cwtui trim {take} --to {to} {p}"),
    Action("trim_none", "backslash", "Clear the in and out points", ("review", "cut"), "cwtui trim {take} --whole {p}"),
    Action("side", "a", "Raw or cleaned sound, loudness-matched", ("review",),
           "cwtui listen {take} {p}"),
    Action("compare", "v", "Compare with retake", ("review",),
           "cwtui sheet {take} {other} -o pair.png {p}"),
    # Sound
    Action("bypass", "space", "Bypass or enable the stage", ("sound",),
           "cwtui clean {take} {chain} {p}", "bypass"),
    Action("weaker", "left,minus", "Reduce the strength", ("sound",),
           "cwtui clean {take} {chain} {p}", "weaker"),
    Action("stronger", "right,plus,equals_sign", "Increase the strength", ("sound",),
           "cwtui clean {take} {chain} {p}", "stronger"),
    Action("preset", "n", "Next sound preset", ("sound",), "cwtui clean {take} --preset NAME {p}", "preset"),
    Action("clean", "r", "Clean the dialog with these settings", ("sound",),
           "cwtui clean {take} {chain} {p}", "run"),
    Action("meter", "m", "Run or stop the meters", ("sound",),
           "cwtui loudness {take} {p}", "meters"),
    Action("sound_take_back", "left_square_bracket", "Previous take", ("sound",)),
    Action("sound_take_forth", "right_square_bracket", "Next take", ("sound",)),
    # Cut
    Action("earlier_in", "left,h", "In point one frame earlier", ("cut",), "cwtui trim {take} --from T {p}"),
    Action("later_in", "right,l", "In point one frame later", ("cut",), "cwtui trim {take} --from T {p}", "in"),
    Action("earlier_out", "comma", "Out point one frame earlier", ("cut",), "cwtui trim {take} --to T {p}"),
    Action("later_out", "full_stop", "Out point one frame later", ("cut",), "cwtui trim {take} --to T {p}", "out"),
    # Deliver
    Action("edit", "e", "Edit the text", ("deliver", "prompter"), short="edit"),
    Action("save", "ctrl+s", "Save the text", ("deliver", "prompter"), short="save"),
    Action("leave", "escape", "Close the editor", ("deliver", "prompter"), short="back"),
    Action("copy", "n", "Copy to a recipe of your own", ("deliver",), short="copy"),
    Action("revert", "u", "Discard unsaved changes", ("deliver",)),
    Action("deliver", "r", "Deliver the kept takes with this recipe", ("deliver",),
           "{deliver}", "run"),
    Action("remove", "delete", "Delete a recipe of your own", ("deliver",)),
    Action("answer_job", "a", "Answer the question of a waiting job", ("deliver", "jobs"), "{answer}", "answer"),
    # Jobs
    Action("cancel", "x", "Cancel the job", ("jobs",), "cwtui cancel {job}", "cancel"),
    Action("retry", "r", "Retry the job", ("jobs",), "cwtui retry {job}", "retry"),
    Action("log", "l", "Show the job's log", ("jobs",), "cwtui log {job}", "log"),
    Action("wake", "s", "Start the studio process", ("jobs",), "cwtui studio --detach"),
    # Ingest
    Action("new_project", "n", "New project", ("ingest",), "cwtui new NAME", "new project"),
    Action("add", "plus,equals_sign", "Add footage", ("ingest",), "cwtui ingest PATH {p}", "add footage"),
    Action("verify", "v", "Verify originals against their hashes", ("ingest",), "cwtui verify {p}",
           "verify"),
    # Prompter
    Action("roll", "space", "Start or pause the script", ("prompter",), short="roll"),
    Action("faster", "up,k,plus,equals_sign", "Faster", ("prompter",), short="faster"),
    Action("slower", "down,j,minus", "Slower", ("prompter",), short="slower"),
    Action("line_back", "left,b", "One line back", ("prompter",)),
    Action("line_forth", "right,w", "One line forward", ("prompter",)),
    Action("top", "home,0", "Go to the start", ("prompter",)),
    Action("mirror", "m", "Mirror the text, for teleprompter glass", ("prompter",), short="mirror"),
    Action("again", "x", "Mark a retake of this sentence", ("prompter",), short="retake"),
    # Lists: the cursor
    Action("up", "up,k", "One row up", _LIST_MODES),
    Action("down", "down,j", "One row down", _LIST_MODES),
    Action("page_up", "pageup,ctrl+b", "One page up", _LIST_MODES),
    Action("page_down", "pagedown,ctrl+f", "One page down", _LIST_MODES),
    Action("first", "home,g", "First row", _LIST_MODES),
    Action("last", "end,G", "Last row", _LIST_MODES),
)  # fmt: skip

BY_ID = {action.id: action for action in ACTIONS}


def actions_of(mode: str) -> Iterator[Action]:
    """The actions of one screen alone, in the order of the registry."""
    return (action for action in ACTIONS if mode in action.screens)


def global_actions() -> Iterator[Action]:
    """The actions that are available on every screen."""
    return (action for action in ACTIONS if action.is_global)
