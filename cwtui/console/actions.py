"""Everything that can be done in the console, once: keys, palette, help and docs/keys.md all come from here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

EVERYWHERE = "everywhere"
MODE_NAMES = ("ingest", "takes", "review", "sound", "cut", "deliver", "jobs", "prompter")
LETTERS = dict(zip(MODE_NAMES, "ITRSCDJP", strict=True))


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do: its name in keymaps, the keys it has by itself, and where it can be done.

    `title` says what it does, in a few words; `command` is the same on the command line, with {take}, {project} and
    the like for what it is done to. `short` is its word on the line of keys, where it belongs there.
    """

    id: str
    keys: str
    title: str
    screens: tuple[str, ...] = (EVERYWHERE,)
    command: str = ""
    short: str = ""

    @property
    def is_global(self) -> bool:
        """Whether it can be done in every room."""
        return self.screens == (EVERYWHERE,)


_LIST_MODES = ("ingest", "takes", "sound", "cut", "deliver", "jobs")
_TAKE_MODES = ("takes", "review", "cut")

_MODE_COMMANDS = {"takes": "cwtui takes {p}", "jobs": "cwtui jobs"}

ACTIONS: tuple[Action, ...] = (
    *(
        Action(f"go_{mode}", LETTERS[mode], f"Go to {mode.capitalize()}", command=_MODE_COMMANDS.get(mode, ""))
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
    Action("open", "enter", "Look closer: review, log, edit or answer", _LIST_MODES, short="open"),
    Action("filter", "f", "Which are shown", ("takes", "jobs"), short="filter"),
    Action("sort", "o", "In which order they are shown", ("takes",)),
    # Takes
    Action("keep", "y", "Keep the take", _TAKE_MODES, "cwtui keep {take} {p}", "keep"),
    Action("retake", "x", "Mark the take as to be left out, or as a retake of another", ("takes", "review"),
           "cwtui retake {take} {p}", "retake"),
    Action("clear", "u", "Take the verdict back", _TAKE_MODES, "cwtui clear {take} {p}"),
    Action("star", "asterisk", "Give the take a star, or take it back", _TAKE_MODES,
           "cwtui star {take} {off} {p}", "star"),
    Action("answer", "a", "Answer what the take waits for", ("takes", "ingest"),
           "cwtui confirm {take} --input-transform {transform} {p}", "answer"),
    Action("window", "e", "Open the take in a player's window", ("takes", "review"), "cwtui view {take} {p}", "window"),
    Action("prepare", "n", "Make proxy, words and levels of this take now", ("takes",), "cwtui prepare {take} {p}"),
    # Review
    Action("play", "space", "Play or pause", ("review",), "cwtui view {take} --at {at} {p}", "play"),
    Action("back", "j", "Play backwards, faster each time", ("review",)),
    Action("stop", "k", "Pause", ("review",)),
    Action("forth", "l", "Play forwards, faster each time", ("review",)),
    Action("frame_back", "left", "One frame back", ("review",)),
    Action("frame_forth", "right", "One frame on", ("review",)),
    Action("word_back", "b", "The word before", ("review",)),
    Action("word_forth", "w", "The next word", ("review",), short="word"),
    Action("sentence_back", "left_parenthesis", "The sentence before", ("review",)),
    Action("sentence_forth", "right_parenthesis", "The next sentence", ("review",), short="sentence"),
    Action("speaker_back", "left_curly_bracket", "Where somebody else spoke before", ("review",)),
    Action("speaker_forth", "right_curly_bracket", "Where somebody else speaks next", ("review",)),
    Action("silence_back", "left_square_bracket", "The silence before", ("review",)),
    Action("silence_forth", "right_square_bracket", "The next silence", ("review",)),
    Action("marker_back", "quotation_mark", "The marker before", ("review",)),
    Action("marker_forth", "apostrophe", "The next marker", ("review",)),
    Action("start", "home,0", "The beginning", ("review",)),
    Action("finish", "end,dollar_sign", "The end", ("review",)),
    Action("take_back", "up", "The take before", ("review",)),
    Action("take_forth", "down", "The next take", ("review",)),
    Action("mark", "m", "A marker at the playhead", ("review",),
           'cwtui mark {take} --at {at} --label "…" {p}', "marker"),
    Action("rename", "M", "Name the marker at the playhead", ("review",),
           'cwtui mark {take} --rename {marker} --label "…" {p}'),
    Action("unmark", "delete,backspace", "Remove the marker at the playhead", ("review",),
           "cwtui mark {take} --remove {marker} {p}"),
    Action("trim_start", "less_than_sign", "The take begins here", ("review",), "cwtui trim {take} --from {at} {p}"),
    Action("trim_end", "greater_than_sign", "The take ends here", ("review",), "cwtui trim {take} --to {to} {p}"),
    Action("trim_none", "backslash", "The whole take again", ("review", "cut"), "cwtui trim {take} --whole {p}"),
    Action("side", "a", "Raw or cleaned sound, at one loudness", ("review",),
           "cwtui listen {take} {p}"),
    Action("compare", "v", "Beside the take that this one retakes", ("review",),
           "cwtui sheet {take} {other} -o pair.png {p}"),
    # Sound
    Action("bypass", "space", "Leave the stage out, or take it in again", ("sound",),
           "cwtui clean {take} {chain} {p}", "bypass"),
    Action("weaker", "left,minus", "The chain does less", ("sound",),
           "cwtui clean {take} {chain} {p}", "weaker"),
    Action("stronger", "right,plus,equals_sign", "The chain does more", ("sound",),
           "cwtui clean {take} {chain} {p}", "stronger"),
    Action("preset", "n", "The next sound preset", ("sound",), "cwtui clean {take} --preset NAME {p}", "preset"),
    Action("clean", "r", "Clean the take's dialog with this chain", ("sound",),
           "cwtui clean {take} {chain} {p}", "run"),
    Action("meter", "m", "Let the meters run over the take, or hold them", ("sound",),
           "cwtui loudness {take} {p}", "meters"),
    Action("sound_take_back", "left_square_bracket", "The take before", ("sound",)),
    Action("sound_take_forth", "right_square_bracket", "The next take", ("sound",)),
    # Cut
    Action("earlier_in", "left,h", "It begins a frame earlier", ("cut",), "cwtui trim {take} --from T {p}"),
    Action("later_in", "right,l", "It begins a frame later", ("cut",), "cwtui trim {take} --from T {p}", "begin"),
    Action("earlier_out", "comma", "It ends a frame earlier", ("cut",), "cwtui trim {take} --to T {p}"),
    Action("later_out", "full_stop", "It ends a frame later", ("cut",), "cwtui trim {take} --to T {p}", "end"),
    # Deliver
    Action("edit", "e", "Edit the text", ("deliver", "prompter"), short="edit"),
    Action("save", "ctrl+s", "Save what was edited", ("deliver", "prompter"), short="save"),
    Action("leave", "escape", "Back, out of the text", ("deliver", "prompter"), short="back"),
    Action("copy", "n", "A recipe of your own, beginning as this one", ("deliver",), short="copy"),
    Action("revert", "u", "What is saved, instead of what was edited", ("deliver",)),
    Action("deliver", "r", "Deliver the project's kept takes by this recipe", ("deliver",),
           "{deliver}", "run"),
    Action("remove", "delete", "Remove a recipe of your own", ("deliver",)),
    Action("answer_job", "a", "Answer what a delivery waits for", ("deliver", "jobs"), "{answer}", "answer"),
    # Jobs
    Action("cancel", "x", "End the job", ("jobs",), "cwtui cancel {job}", "cancel"),
    Action("retry", "r", "Try the job again", ("jobs",), "cwtui retry {job}", "retry"),
    Action("log", "l", "What the job said", ("jobs",), "cwtui log {job}", "log"),
    Action("wake", "s", "Start the studio process, if nobody is at work", ("jobs",), "cwtui studio --detach"),
    # Ingest
    Action("new_project", "n", "A new project", ("ingest",), "cwtui new NAME", "new project"),
    Action("add", "plus,equals_sign", "Bring footage in", ("ingest",), "cwtui ingest PATH {p}", "add footage"),
    Action("verify", "v", "Read every original again and hold it against its seal", ("ingest",), "cwtui verify {p}",
           "verify"),
    # Prompter
    Action("roll", "space", "Roll or hold the script", ("prompter",), short="roll"),
    Action("faster", "up,k,plus,equals_sign", "Faster", ("prompter",), short="faster"),
    Action("slower", "down,j,minus", "Slower", ("prompter",), short="slower"),
    Action("line_back", "left,b", "A line back", ("prompter",)),
    Action("line_forth", "right,w", "A line on", ("prompter",)),
    Action("top", "home,0", "The beginning", ("prompter",)),
    Action("mirror", "m", "Mirrored, for a glass in front of the lens", ("prompter",), short="mirror"),
    Action("again", "x", "That line is read again: the recording is a retake here", ("prompter",), short="retake"),
    # Lists: where one is in them
    Action("up", "up,k", "One up", _LIST_MODES),
    Action("down", "down,j", "One down", _LIST_MODES),
    Action("page_up", "pageup,ctrl+b", "A page up", _LIST_MODES),
    Action("page_down", "pagedown,ctrl+f", "A page down", _LIST_MODES),
    Action("first", "home,g", "The first one", _LIST_MODES),
    Action("last", "end,G", "The last one", _LIST_MODES),
)  # fmt: skip

BY_ID = {action.id: action for action in ACTIONS}


def actions_of(mode: str) -> Iterator[Action]:
    """What can be done in a room and nowhere else, in the order of the registry."""
    return (action for action in ACTIONS if mode in action.screens)


def global_actions() -> Iterator[Action]:
    """What can be done in every room."""
    return (action for action in ACTIONS if action.is_global)
