"""Everything that can be done in the console, once: keys, palette, help and docs/keys.md all come from here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from textual.actions import parse

EVERYWHERE = "everywhere"
MODE_NAMES = ("ingest", "takes", "review", "sound", "cut", "deliver", "jobs", "prompter")
LETTERS = dict(zip(MODE_NAMES, "ITRSCDJP", strict=True))

Need = Literal["take", "kept_take", "chain", "sound", "recipe", "script", "job", "marker"]
"""What an action may require."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do: its name in keymaps, the keys it has by itself, and where it can be done.

    `title` says what it does, in a few words; `command` is the same on the command line, with {take}, {project} and
    the like for what it is done to. `short` is its word on the line of keys, where it belongs there.
    `call` is the method that does it, with its arguments, by Textual's syntax for actions; without one it is the id.
    `requires` names what it needs; a screen checks those needs that it knows.
    """

    id: str
    keys: str
    title: str
    screens: tuple[str, ...] = (EVERYWHERE,)
    command: str = ""
    short: str = ""
    call: str = ""
    requires: tuple[Need, ...] = ()

    @property
    def is_global(self) -> bool:
        """Whether it can be done in every room."""
        return self.screens == (EVERYWHERE,)

    @property
    def method(self) -> tuple[str, tuple[Any, ...]]:
        """The name of the method that does it, without `action_`, and its arguments."""
        _, name, arguments = parse(self.call or self.id)
        return name, arguments


_LIST_MODES = ("ingest", "takes", "sound", "cut", "deliver", "jobs")
_TAKE_MODES = ("takes", "review", "cut")

_MODE_COMMANDS = {"takes": "cwtui takes {p}", "jobs": "cwtui jobs"}

ACTIONS: tuple[Action, ...] = (
    *(
        Action(f"go_{mode}", LETTERS[mode], f"Go to {mode.capitalize()}", command=_MODE_COMMANDS.get(mode, ""),
               call=f"go('{mode}')")
        for mode in MODE_NAMES
    ),
    Action("help", "question_mark", "All keys of this room, and how to say them on the command line", short="help"),
    Action("search", "slash", "Find words that were said, takes and markers", command='cwtui find "{phrase}" {p}',
           short="find"),
    Action("palette", "colon,ctrl+p", "Everything that can be done, by name"),
    Action("undo", "z", "Undo the last decision, whatever it was", command="cwtui undo {p}", short="undo"),
    Action("redo", "Z", "Do again what was undone", command="cwtui redo {p}"),
    Action("projects", "f6", "Change to another project", command="cwtui takes -p NAME"),
    Action("theme", "f2", "Night, day, or the terminal's own colours"),
    Action("mouse", "f3", "Give the mouse to the terminal, or take it back"),
    Action("plain", "f4", "Plain text for screen readers, or pictures and shapes"),
    Action("pictures", "f5", "Another way of showing pictures, if this terminal's was guessed wrong"),
    Action("quit", "q,ctrl+q", "Leave; jobs go on in the studio"),
    # Lists: what is in them
    Action("open", "enter", "Look closer: review, log, edit or answer", _LIST_MODES, short="open",
           requires=("kept_take", "chain", "recipe", "job")),
    Action("filter", "f", "Which are shown", ("takes", "jobs"), short="filter"),
    Action("sort", "o", "In which order they are shown", ("takes",)),
    # Takes
    Action("keep", "y", "Keep the take", _TAKE_MODES, "cwtui keep {take} {p}", "keep",
           call="set_verdict('keep')", requires=("take",)),
    Action("retake", "x", "Mark the take as to be left out, or as a retake of another", ("takes", "review"),
           "cwtui retake {take} {p}", "retake", requires=("take",)),
    Action("clear", "u", "Take the verdict back", _TAKE_MODES, "cwtui clear {take} {p}",
           call="set_verdict(None)", requires=("take",)),
    Action("star", "asterisk", "Give the take a star, or take it back", _TAKE_MODES,
           "cwtui star {take} {off} {p}", "star", requires=("take",)),
    Action("answer", "a", "Answer what the take waits for", ("takes", "ingest"),
           "cwtui confirm {take} --input-transform {transform} {p}", "answer", requires=("take",)),
    Action("window", "e", "Open the take in a player's window", ("takes", "review"), "cwtui view {take} {p}", "window",
           requires=("take",)),
    Action("prepare", "n", "Make proxy, words and levels of this take now", ("takes",), "cwtui prepare {take} {p}",
           requires=("take",)),
    # Review
    Action("play", "space", "Play or pause", ("review",), "cwtui view {take} --at {at} {p}", "play"),
    Action("back", "j", "Play backwards, faster each time", ("review",), call="shuttle(-1)"),
    Action("stop", "k", "Pause", ("review",)),
    Action("forth", "l", "Play forwards, faster each time", ("review",), call="shuttle(1)"),
    Action("frame_back", "left", "One frame back", ("review",), call="step_frames(-1)"),
    Action("frame_forth", "right", "One frame on", ("review",), call="step_frames(1)"),
    Action("word_back", "b", "The word before", ("review",), call="seek_to('word', -1)"),
    Action("word_forth", "w", "The next word", ("review",), short="word", call="seek_to('word', 1)"),
    Action("sentence_back", "left_parenthesis", "The sentence before", ("review",), call="seek_to('sentence', -1)"),
    Action("sentence_forth", "right_parenthesis", "The next sentence", ("review",), short="sentence",
           call="seek_to('sentence', 1)"),
    Action("speaker_back", "left_curly_bracket", "Where somebody else spoke before", ("review",),
           call="seek_to('speaker', -1)"),
    Action("speaker_forth", "right_curly_bracket", "Where somebody else speaks next", ("review",),
           call="seek_to('speaker', 1)"),
    Action("silence_back", "left_square_bracket", "The silence before", ("review",), call="seek_to('silence', -1)"),
    Action("silence_forth", "right_square_bracket", "The next silence", ("review",), call="seek_to('silence', 1)"),
    Action("marker_back", "quotation_mark", "The marker before", ("review",), call="seek_to('marker', -1)"),
    Action("marker_forth", "apostrophe", "The next marker", ("review",), call="seek_to('marker', 1)"),
    Action("start", "home,0", "The beginning", ("review",)),
    Action("finish", "end,dollar_sign", "The end", ("review",)),
    Action("take_back", "up", "The take before", ("review",), call="step_takes(-1)"),
    Action("take_forth", "down", "The next take", ("review",), call="step_takes(1)"),
    Action("mark", "m", "A marker at the playhead", ("review",),
           'cwtui mark {take} --at {at} --label "…" {p}', "marker", requires=("take",)),
    Action("rename", "M", "Name the marker at the playhead", ("review",),
           'cwtui mark {take} --rename {marker} --label "…" {p}', requires=("marker",)),
    Action("unmark", "delete,backspace", "Remove the marker at the playhead", ("review",),
           "cwtui mark {take} --remove {marker} {p}", requires=("marker",)),
    Action("trim_start", "less_than_sign", "The take begins here", ("review",), "cwtui trim {take} --from {at} {p}"),
    Action("trim_end", "greater_than_sign", "The take ends here", ("review",), "cwtui trim {take} --to {to} {p}"),
    Action("trim_none", "backslash", "The whole take again", ("review", "cut"), "cwtui trim {take} --whole {p}",
           requires=("take",)),
    Action("side", "a", "Raw or cleaned sound, at one loudness", ("review",),
           "cwtui listen {take} {p}"),
    Action("compare", "v", "Beside the take that this one retakes", ("review",),
           "cwtui sheet {take} {other} -o pair.png {p}", requires=("take",)),
    # Sound
    Action("bypass", "space", "Leave the stage out, or take it in again", ("sound",),
           "cwtui clean {take} {chain} {p}", "bypass", requires=("chain",)),
    Action("weaker", "left,minus", "The chain does less", ("sound",),
           "cwtui clean {take} {chain} {p}", "weaker", call="change_strength(-1)", requires=("chain",)),
    Action("stronger", "right,plus,equals_sign", "The chain does more", ("sound",),
           "cwtui clean {take} {chain} {p}", "stronger", call="change_strength(1)", requires=("chain",)),
    Action("preset", "n", "The next sound preset", ("sound",), "cwtui clean {take} --preset NAME {p}", "preset",
           requires=("chain",)),
    Action("clean", "r", "Clean the take's dialog with this chain", ("sound",),
           "cwtui clean {take} {chain} {p}", "run", requires=("take", "chain", "sound")),
    Action("meter", "m", "Let the meters run over the take, or hold them", ("sound",),
           "cwtui loudness {take} {p}", "meters", requires=("take", "sound")),
    Action("sound_take_back", "left_square_bracket", "The take before", ("sound",), call="step_takes(-1)"),
    Action("sound_take_forth", "right_square_bracket", "The next take", ("sound",), call="step_takes(1)"),
    # Cut
    Action("earlier_in", "left,h", "It begins a frame earlier", ("cut",), "cwtui trim {take} --from T {p}",
           call="nudge(-1, 0)", requires=("kept_take",)),
    Action("later_in", "right,l", "It begins a frame later", ("cut",), "cwtui trim {take} --from T {p}", "begin",
           call="nudge(1, 0)", requires=("kept_take",)),
    Action("earlier_out", "comma", "It ends a frame earlier", ("cut",), "cwtui trim {take} --to T {p}",
           call="nudge(0, -1)", requires=("kept_take",)),
    Action("later_out", "full_stop", "It ends a frame later", ("cut",), "cwtui trim {take} --to T {p}", "end",
           call="nudge(0, 1)", requires=("kept_take",)),
    # Deliver
    Action("edit", "e", "Edit the text", ("deliver", "prompter"), short="edit", requires=("recipe", "script")),
    Action("save", "ctrl+s", "Save what was edited", ("deliver", "prompter"), short="save",
           requires=("recipe", "script")),
    Action("leave", "escape", "Back, out of the text", ("deliver", "prompter"), short="back", requires=("script",)),
    Action("copy", "n", "A recipe of your own, beginning as this one", ("deliver",), short="copy",
           requires=("recipe",)),
    Action("revert", "u", "What is saved, instead of what was edited", ("deliver",), requires=("recipe",)),
    Action("deliver", "r", "Deliver the project's kept takes by this recipe", ("deliver",),
           "{deliver}", "run", requires=("recipe",)),
    Action("remove", "delete", "Remove a recipe of your own", ("deliver",), requires=("recipe",)),
    Action("answer_job", "a", "Answer what a delivery waits for", ("deliver", "jobs"), "{answer}", "answer"),
    # Jobs
    Action("cancel", "x", "End the job", ("jobs",), "cwtui cancel {job}", "cancel", requires=("job",)),
    Action("retry", "r", "Try the job again", ("jobs",), "cwtui retry {job}", "retry", requires=("job",)),
    Action("log", "l", "What the job said", ("jobs",), "cwtui log {job}", "log", requires=("job",)),
    Action("wake", "s", "Start the studio process, if nobody is at work", ("jobs",), "cwtui studio --detach"),
    # Ingest
    Action("new_project", "n", "A new project", ("ingest",), "cwtui new NAME", "new project"),
    Action("add", "plus,equals_sign", "Bring footage in", ("ingest",), "cwtui ingest PATH {p}", "add footage"),
    Action("verify", "v", "Read every original again and hold it against its seal", ("ingest",), "cwtui verify {p}",
           "verify"),
    # Prompter
    Action("roll", "space", "Roll or hold the script", ("prompter",), short="roll", requires=("script",)),
    Action("faster", "up,k,plus,equals_sign", "Faster", ("prompter",), short="faster",
           call="change_pace(1)", requires=("script",)),
    Action("slower", "down,j,minus", "Slower", ("prompter",), short="slower",
           call="change_pace(-1)", requires=("script",)),
    Action("line_back", "left,b", "A line back", ("prompter",), call="move_lines(-1)", requires=("script",)),
    Action("line_forth", "right,w", "A line on", ("prompter",), call="move_lines(1)", requires=("script",)),
    Action("top", "home,0", "The beginning", ("prompter",), requires=("script",)),
    Action("mirror", "m", "Mirrored, for a glass in front of the lens", ("prompter",), short="mirror",
           requires=("script",)),
    Action("again", "x", "That line is read again: the recording is a retake here", ("prompter",), short="retake",
           requires=("script",)),
    # Lists: where one is in them
    Action("up", "up,k", "One up", _LIST_MODES, call="move_rows(-1)"),
    Action("down", "down,j", "One down", _LIST_MODES, call="move_rows(1)"),
    Action("page_up", "pageup,ctrl+b", "A page up", _LIST_MODES, call="move_pages(-1)"),
    Action("page_down", "pagedown,ctrl+f", "A page down", _LIST_MODES, call="move_pages(1)"),
    Action("first", "home,g", "The first one", _LIST_MODES, call="move_to_end(False)"),
    Action("last", "end,G", "The last one", _LIST_MODES, call="move_to_end(True)"),
)  # fmt: skip

BY_ID = {action.id: action for action in ACTIONS}


def requires(action: str, need: Need) -> bool:
    """Returns whether an action requires something."""
    return need in BY_ID[action].requires


def actions_of(mode: str) -> Iterator[Action]:
    """What can be done in a room and nowhere else, in the order of the registry."""
    return (action for action in ACTIONS if mode in action.screens)


def global_actions() -> Iterator[Action]:
    """What can be done in every room."""
    return (action for action in ACTIONS if action.is_global)
