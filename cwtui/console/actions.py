"""The registry of console actions. Key bindings, palette, help and docs/keys.md are built from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from textual.actions import parse

EVERYWHERE = "everywhere"
MODE_NAMES = ("ingest", "takes", "review", "sound", "cut", "deliver", "jobs", "prompter")
LETTERS = dict(zip(MODE_NAMES, "ITRSCDJP", strict=True))

Need = Literal["take", "kept_take", "cut", "clip", "words", "chain", "sound", "recipe", "script", "job", "marker"]
"""A thing that an action may require."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do: its name in keymaps, the keys it has by itself, and where it can be done.

    `title` says what it does, in a few words; `command` is the same on the command line, with {take}, {project} and
    the like for what it is done to. `short` is its word on the line of keys, where it belongs there.
    `call` is the method that does it, with its arguments, by Textual's syntax for actions; without one it is the id.
    `requires` names what it needs; a screen checks those needs that it knows. `silent`: while it is disabled, its key
    shows no reason.
    """

    id: str
    keys: str
    title: str
    screens: tuple[str, ...] = (EVERYWHERE,)
    command: str = ""
    short: str = ""
    call: str = ""
    requires: tuple[Need, ...] = ()
    silent: bool = False

    @property
    def is_global(self) -> bool:
        """Whether the action is available on every screen."""
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
    Action("help", "question_mark", "Keys and commands of this screen", short="help"),
    Action("search", "slash", "Search words, takes and markers", command='cwtui find "{phrase}" {p}',
           short="find"),
    Action("palette", "colon,ctrl+p", "Find actions, recipes, takes, projects"),
    Action("undo", "z", "Undo the last change", command="cwtui undo {p}", short="undo"),
    Action("redo", "Z", "Redo the last undone change", command="cwtui redo {p}"),
    Action("projects", "f6", "Switch project", command="cwtui use NAME"),
    Action("theme", "f2", "Colours: night, day or terminal"),
    Action("mouse", "f3", "Capture or release the mouse"),
    Action("plain", "f4", "Plain text for screen readers, on/off"),
    Action("pictures", "f5", "Choose how images are displayed"),
    Action("quit", "q,ctrl+q", "Quit; jobs keep running"),
    # Lists: rows
    Action("open", "enter", "Open: review, log, edit or answer", _LIST_MODES, short="open",
           requires=("kept_take", "chain", "recipe", "job")),
    Action("filter", "f", "Filter", ("takes", "jobs"), short="filter"),
    Action("sort", "o", "Sort", ("takes",), "cwtui takes --filter {filter} --sort {sort} {p}"),
    # Takes
    Action("select", "space", "Select or deselect the take", ("takes",), short="select",
           requires=("take",)),
    Action("select_range", "v", "Select up to the take selected last", ("takes",), requires=("take",)),
    Action("select_all", "V", "Select all takes of the list", ("takes",), requires=("take",)),
    Action("select_none", "escape", "Select none; then show all takes", ("takes",), silent=True),
    Action("keep", "y", "Keep the take", _TAKE_MODES, "cwtui keep {takes} {p}", "keep",
           call="set_verdict('keep')", requires=("take",)),
    Action("retake", "x", "Reject, or mark as a retake of…", ("takes", "review"),
           "cwtui retake {takes} {p}", "retake", requires=("take",)),
    Action("clear", "u", "Clear decision", _TAKE_MODES, "cwtui clear {takes} {p}",
           call="set_verdict(None)", requires=("take",)),
    Action("star", "asterisk", "Add or remove the star", _TAKE_MODES,
           "cwtui star {takes} {off} {p}", "star", requires=("take",)),
    Action("next_undecided", "full_stop", "Next undecided take", ("takes", "review"), "cwtui takes --undecided {p}",
           call="step_undecided(1)"),
    Action("previous_undecided", "comma", "Previous undecided take", ("takes", "review"),
           call="step_undecided(-1)"),
    Action("toggle_advance", "A", "After a verdict: go to the next undecided take, on/off", ("takes", "review")),
    Action("answer", "a", "Confirm the input transform", ("takes", "ingest"),
           "cwtui confirm {takes} --input-transform {transform} {p}", "answer", requires=("take",)),
    Action("window", "e", "Open the take in a player window", ("takes", "review"), "cwtui view {take} {p}", "window",
           requires=("take",)),
    Action("prepare", "n", "Make proxy, transcript and levels now", ("takes",), "cwtui prepare {takes} {p}",
           requires=("take",)),
    Action("transcript_down", "ctrl+d", "Scroll the transcript down", ("takes",), call="scroll_transcript(1)"),
    Action("transcript_up", "ctrl+u", "Scroll the transcript up", ("takes",), call="scroll_transcript(-1)"),
    # Review
    Action("play", "space", "Play or pause", ("review",), "cwtui view {take} --at {at} {p}", "play"),
    Action("play_reverse", "j", "Play in reverse, faster each time", ("review",), call="shuttle(-1)"),
    Action("stop", "k", "Pause", ("review",)),
    Action("play_forward", "l", "Play forward, faster each time", ("review",), call="shuttle(1)"),
    Action("play_slowly", "h", "Play at half speed, then at a quarter", ("review",), call="slow(1)"),
    Action("play_slowly_reverse", "H", "Play in reverse at half speed, then at a quarter", ("review",),
           call="slow(-1)"),
    Action("previous_frame", "left", "One frame back", ("review",), call="step_frames(-1)"),
    Action("next_frame", "right", "One frame forward", ("review",), call="step_frames(1)"),
    Action("previous_word", "b", "Previous word", ("review",), call="seek_to('word', -1)"),
    Action("next_word", "w", "Next word", ("review",), short="word", call="seek_to('word', 1)"),
    Action("previous_sentence", "left_parenthesis", "Previous sentence", ("review",), call="seek_to('sentence', -1)"),
    Action("next_sentence", "right_parenthesis", "Next sentence", ("review",), short="sentence",
           call="seek_to('sentence', 1)"),
    Action("previous_speaker", "left_curly_bracket", "Previous change of speaker", ("review",),
           call="seek_to('speaker', -1)"),
    Action("next_speaker", "right_curly_bracket", "Next change of speaker", ("review",),
           call="seek_to('speaker', 1)"),
    Action("previous_silence", "left_square_bracket", "Previous silence", ("review",), call="seek_to('silence', -1)"),
    Action("next_silence", "right_square_bracket", "Next silence", ("review",), call="seek_to('silence', 1)"),
    Action("previous_marker", "quotation_mark", "Previous marker", ("review",), call="seek_to('marker', -1)"),
    Action("next_marker", "apostrophe", "Next marker", ("review",), call="seek_to('marker', 1)"),
    Action("start", "home,0", "Go to the start", ("review",)),
    Action("finish", "end,dollar_sign", "Go to the end", ("review",)),
    Action("previous_take", "up", "Previous take", ("review",), call="step_takes(-1)"),
    Action("next_take", "down", "Next take", ("review",), call="step_takes(1)"),
    Action("mark", "m", "Add a marker at the playhead", ("review",),
           'cwtui mark {take} --at {at} --label "…" {p}', "marker", requires=("take",)),
    Action("rename", "M", "Name the marker at the playhead", ("review",),
           'cwtui mark {take} --rename {marker} --label "…" {p}', requires=("marker",)),
    Action("unmark", "delete,backspace", "Remove the marker at the playhead", ("review",),
           "cwtui mark {take} --remove {marker} {p}", requires=("marker",)),
    Action("correct_word", "c", "Fix the word at the playhead", ("review",),
           'cwtui words {take} --from {word_start} --to {word_end} --say "…" {p}', "fix word", requires=("take",)),
    Action("name_speaker", "n", "Name the speaker at the playhead", ("review",),
           "cwtui diarize {take} --name {speaker}=NAME {p}", requires=("take",)),
    Action("reassign_speaker", "N", "Give this stretch to another speaker", ("review",),
           "cwtui diarize {take} --at {at} --speaker NAME {p}", requires=("take",)),
    Action("trim_start", "less_than_sign", "Set the in point of the range", ("review",),
           "cwtui trim {take} --from {at} {in_range} {p}"),
    Action("trim_end", "greater_than_sign", "Set the out point of the range", ("review",),
           "cwtui trim {take} --to {to} {out_range} {p}"),
    Action("add_range", "plus,equals_sign", "Keep a range from the playhead, or split the range", ("review",),
           "cwtui trim {take} --add {at}-{until} {p}", requires=("take",)),
    Action("remove_range", "minus", "Remove the range at the playhead", ("review",),
           "cwtui trim {take} --remove {range} {p}", requires=("take",)),
    Action("trim_none", "backslash", "Clear the kept ranges", ("review", "cut"), "cwtui trim {take} --whole {p}",
           requires=("take",)),
    Action("side", "a", "Raw or cleaned sound, loudness-matched", ("review",),
           "cwtui listen {take} {p}"),
    Action("compare", "v", "Compare with another take, or close the comparison", ("review",),
           "cwtui compare {take} {other} {p}", "compare", requires=("take",)),
    Action("compare_with", "V", "Choose the take to compare with", ("review",), "cwtui compare {take} {other} {p}",
           requires=("take",)),
    Action("other_side", "tab", "Comparison: go to the other side", ("review",), short="side"),
    Action("swap_sides", "s", "Comparison: swap the sides", ("review",), short="swap"),
    Action("pick_winner", "W", "Comparison: keep this side, the other is its retake", ("review",),
           "cwtui compare {take} {other} --winner {take} {p}", "winner", requires=("take",)),
    Action("close_comparison", "escape", "Close the comparison", ("review",), short="close", silent=True),
    # Sound
    Action("listen", "l", "Play or pause raw and cleaned sound from the playhead", ("sound",),
           "cwtui listen {take} {chain} --at {at} {p}", "listen", requires=("take", "sound")),
    Action("listen_side", "a", "Switch sides: raw or cleaned, with or without the stage", ("sound",),
           "cwtui listen {take} {chain} --side original --at {at} {p}", "side", call="switch_side", requires=("take",)),
    Action("audition", "s", "Listen to the stage: with and without it", ("sound",),
           "cwtui listen {take} --stage {stage} {chain} --at {at} {p}", "stage", call="audition(0)",
           requires=("take", "chain", "sound")),
    Action("audition_removed", "d", "Listen to what the stage removes", ("sound",),
           "cwtui listen {take} --stage {stage} --removed {chain} --at {at} {p}", call="audition(2)",
           requires=("take", "chain", "sound")),
    Action("bypass", "space", "Bypass or enable the stage", ("sound",),
           "cwtui clean {take} {chain} {p}", "bypass", requires=("chain",)),
    Action("weaker", "left,minus", "Reduce the strength", ("sound",),
           "cwtui clean {take} {chain} {p}", "weaker", call="change_strength(-1)", requires=("chain",)),
    Action("stronger", "right,plus,equals_sign", "Increase the strength", ("sound",),
           "cwtui clean {take} {chain} {p}", "stronger", call="change_strength(1)", requires=("chain",)),
    Action("preset", "n", "Next sound preset", ("sound",), "cwtui clean {take} --preset NAME {p}", "preset",
           requires=("chain",)),
    Action("clean", "r", "Clean the dialog with these settings", ("sound",),
           "cwtui clean {take} {chain} {p}", "run", requires=("take", "chain", "sound")),
    Action("meter", "m", "Run or stop the meters", ("sound",),
           "cwtui loudness {take} {p}", "meters", requires=("take", "sound")),
    Action("listen_back", "comma", "Two seconds back", ("sound",), call="seek_sound(-1)", requires=("take",)),
    Action("listen_forward", "full_stop", "Two seconds forward", ("sound",), call="seek_sound(1)", requires=("take",)),
    Action("listen_start", "0", "Playhead to the start of the take", ("sound",), call="sound_start",
           requires=("take",)),
    Action("stop_listening", "escape", "Stop the sound", ("sound",), short="stop", silent=True),
    Action("sound_previous_take", "left_square_bracket", "Previous take", ("sound",), call="step_takes(-1)"),
    Action("sound_next_take", "right_square_bracket", "Next take", ("sound",), call="step_takes(1)"),
    # Cut
    Action("new_cut", "n", "New cut: automatic, or of the kept ranges", ("cut",), "cwtui cut new --auto {p}",
           "new cut"),
    Action("cuts", "f", "Choose, rename, copy or delete a cut", ("cut",), "cwtui cut list {p}", requires=("cut",)),
    Action("suggestions", "p", "Suggestions: silences, fillers, restarts", ("cut",), "cwtui cut suggest {cut} {p}",
           "suggestions", requires=("cut", "words")),
    Action("play_cut", "space", "Play or pause", ("cut",), "cwtui cut view {cut_name} --at {at} {p}", "play",
           requires=("cut", "clip")),
    Action("cut_window", "e", "Open the cut in a player window", ("cut",), "cwtui cut view {cut_name} --at {at} {p}",
           "window", requires=("cut", "clip")),
    Action("earlier_in", "left,h", "In point one frame earlier", ("cut",), "{trim_in}",
           call="nudge(-1, 0)", requires=("kept_take",)),
    Action("later_in", "right,l", "In point one frame later", ("cut",), "{trim_in}",
           "in", call="nudge(1, 0)", requires=("kept_take",)),
    Action("earlier_out", "comma", "Out point one frame earlier", ("cut",), "{trim_out}",
           call="nudge(0, -1)", requires=("kept_take",)),
    Action("later_out", "full_stop", "Out point one frame later", ("cut",), "{trim_out}",
           "out", call="nudge(0, 1)", requires=("kept_take",)),
    Action("roll_earlier", "less_than_sign", "Roll the edit before the clip one frame earlier", ("cut",),
           "cwtui cut roll {clip} --by {earlier} {cut} {p}", call="roll_edit(-1)", requires=("cut", "clip")),
    Action("roll_later", "greater_than_sign", "Roll the edit before the clip one frame later", ("cut",),
           "cwtui cut roll {clip} --by 1f {cut} {p}", call="roll_edit(1)", requires=("cut", "clip")),
    Action("slip_earlier", "left_square_bracket", "Slip: an earlier frame of the take in the same place", ("cut",),
           "cwtui cut slip {clip} --by {earlier} {cut} {p}", call="slip(-1)", requires=("cut", "clip")),
    Action("slip_later", "right_square_bracket", "Slip: a later frame of the take in the same place", ("cut",),
           "cwtui cut slip {clip} --by 1f {cut} {p}", call="slip(1)", requires=("cut", "clip")),
    Action("slide_earlier", "left_parenthesis", "Slide the clip one frame earlier between its neighbours", ("cut",),
           "cwtui cut slide {clip} --by {earlier} {cut} {p}", call="slide(-1)", requires=("cut", "clip")),
    Action("slide_later", "right_parenthesis", "Slide the clip one frame later between its neighbours", ("cut",),
           "cwtui cut slide {clip} --by 1f {cut} {p}", call="slide(1)", requires=("cut", "clip")),
    Action("sound_earlier", "H", "Start the sound one frame earlier: J cut", ("cut",), call="move_sound(-1)",
           command="cwtui cut sound {clip} --offset {sound_earlier} {cut} {p}", requires=("cut", "clip")),
    Action("sound_later", "L", "Start the sound one frame later: L cut", ("cut",), call="move_sound(1)",
           command="cwtui cut sound {clip} --offset {sound_later} {cut} {p}", requires=("cut", "clip")),
    Action("cut_previous_word", "b", "Previous word", ("cut",), call="step_words(-1)", requires=("cut", "words")),
    Action("cut_next_word", "w", "Next word", ("cut",), short="word", call="step_words(1)",
           requires=("cut", "words")),
    Action("select_words", "v", "Select words from here, or end the selection", ("cut",), requires=("cut", "words")),
    Action("select_sentence", "V", "Select the sentence", ("cut",), requires=("cut", "words")),
    Action("delete_words", "delete,backspace", "Delete the word or the selected words", ("cut",),
           "cwtui cut words --delete {words} {cut} {p}", "delete", requires=("cut", "words")),
    Action("move_words", "W", "Move the word or the selected words: once more at the new place", ("cut",),
           "cwtui cut words --move {words} --before {word} {cut} {p}", requires=("cut", "words")),
    Action("drop_words", "escape", "End the selection or the move of words", ("cut",), silent=True),
    Action("keep_words", "o", "Keep only the selected words of the clip", ("cut",),
           "cwtui cut words {other_words} {cut} {p}", requires=("cut", "words")),
    Action("split", "s", "Split the clip before the word", ("cut",), "cwtui cut split {at} {cut} {p}", "split",
           requires=("cut", "clip")),
    Action("join", "i", "Join the clip with the next one", ("cut",), "cwtui cut join {clip} {cut} {p}",
           requires=("cut", "clip")),
    Action("remove_clip", "x", "Remove the clip", ("cut",), "cwtui cut remove {clip} {cut} {p}",
           requires=("cut", "clip")),
    Action("lift", "E", "Put a gap in place of the clip", ("cut",), "cwtui cut lift {clip} {cut} {p}",
           requires=("cut", "clip")),
    Action("insert_before", "N", "Insert a take or a gap before the word", ("cut",),
           "cwtui cut insert TAKE --at {at} {cut} {p}", call="insert(False)", requires=("cut", "clip")),
    Action("insert_after", "O", "Insert a take or a gap after the clip", ("cut",),
           "cwtui cut insert TAKE {after} {cut} {p}", call="insert(True)", requires=("cut", "clip")),
    Action("restore", "r", "Restore what was removed after the clip", ("cut",), "cwtui cut restore {clip} {cut} {p}",
           requires=("cut", "clip")),
    Action("move_clip_up", "shift+up,left_curly_bracket", "Move the clip up", ("cut",),
           "cwtui cut move {clip} {up} {cut} {p}", call="move_clip(-1)", requires=("cut", "clip")),
    Action("move_clip_down", "shift+down,right_curly_bracket", "Move the clip down", ("cut",),
           "cwtui cut move {clip} {down} {cut} {p}", call="move_clip(1)", requires=("cut", "clip")),
    Action("duplicate", "d", "Repeat the clip", ("cut",), "cwtui cut duplicate {clip} {cut} {p}",
           requires=("cut", "clip")),
    Action("alternate", "a", "Show another reading: the clip's alternates", ("cut",),
           "cwtui cut replace {clip} {cut} {p}", requires=("cut", "clip")),
    Action("transition", "t", "Transition into the clip", ("cut",),
           "cwtui cut transition {clip} --kind dissolve {cut} {p}", requires=("cut", "clip")),
    Action("quieter", "minus", "One decibel quieter", ("cut",), "cwtui cut gain {clip} --db {quieter} {cut} {p}",
           call="change_gain(-1)", requires=("cut", "clip")),
    Action("louder", "plus,equals_sign", "One decibel louder", ("cut",),
           "cwtui cut gain {clip} --db {louder} {cut} {p}", call="change_gain(1)", requires=("cut", "clip")),
    Action("cut_marker", "m", "Add a marker at the word", ("cut",), "cwtui cut marker --at {at} {cut} {p}",
           call="add_cut_marker('marker')", requires=("cut", "clip")),
    Action("chapter", "c", "Start a chapter at the word", ("cut",), call="add_cut_marker('chapter')",
           command="cwtui cut marker --at {at} --kind chapter {cut} {p}", requires=("cut", "clip")),
    Action("rename_cut_marker", "M", "Name the clip's marker or chapter", ("cut",),
           'cwtui cut marker --change {marker} --label "…" {cut} {p}', requires=("cut", "clip")),
    Action("remove_cut_marker", "X", "Remove the clip's marker or chapter", ("cut",),
           "cwtui cut marker --remove {marker} {cut} {p}", requires=("cut", "clip")),
    # Deliver
    Action("edit", "e", "Edit the text", ("deliver", "prompter"), short="edit", requires=("recipe", "script")),
    Action("save", "ctrl+s", "Save the text", ("deliver", "prompter"), short="save",
           requires=("recipe", "script")),
    Action("leave", "escape", "Close the editor", ("deliver", "prompter"), short="back", requires=("script",),
           silent=True),
    Action("copy", "n", "Copy to a recipe of your own", ("deliver",),
           "cwtui recipes copy {recipe} NAME", "copy", requires=("recipe",)),
    Action("revert", "u", "Discard unsaved changes", ("deliver",), requires=("recipe",)),
    Action("delivery_takes", "t", "Choose which takes are delivered", ("deliver",), "{deliver}", "takes"),
    Action("delivery_range", "w", "Deliver as trimmed, whole, or from–to", ("deliver",), "{deliver}"),
    Action("delivery_sdr", "h", "Deliver in HDR or SDR", ("deliver",), "{deliver}", requires=("recipe",)),
    Action("delivery_rendering", "c", "Render as shot or by ACES", ("deliver",), "{deliver}", requires=("recipe",)),
    Action("delivery_speed", "s", "Play high frame rates at real speed or in slow motion", ("deliver",), "{deliver}",
           requires=("recipe",)),
    Action("deliver", "r", "Deliver these takes with this recipe", ("deliver",),
           "{deliver}", "run", requires=("recipe",)),
    Action("remove", "delete", "Delete a recipe of your own", ("deliver",), "cwtui recipes remove {recipe}",
           requires=("recipe",)),
    Action("answer_job", "a", "Answer the question of a waiting job", ("deliver", "jobs"), "{answer}", "answer"),
    # Jobs
    Action("cancel", "x", "Cancel the job", ("jobs",), "cwtui cancel {job}", "cancel", requires=("job",)),
    Action("retry", "r", "Retry the job", ("jobs",), "cwtui retry {job}", "retry", requires=("job",)),
    Action("log", "l", "Show the job's log", ("jobs",), "cwtui log {job}", "log", requires=("job",)),
    Action("all_jobs", "escape", "Show all jobs", ("jobs",), silent=True),
    Action("start_studio", "s", "Start the studio process", ("jobs",), "cwtui studio --detach"),
    # Ingest
    Action("new_project", "n", "New project", ("ingest",), "cwtui new NAME", "new project"),
    Action("add", "plus,equals_sign", "Add footage", ("ingest", "takes"), "cwtui ingest PATH {p}", "add footage"),
    Action("first_deliverable", "d", "Deliver a first file", ("ingest", "takes"), "{first} {p}", "first file"),
    Action("verify", "v", "Verify originals against their hashes", ("ingest",), "cwtui verify {p}",
           "verify"),
    Action("retry_arrivals", "r", "Retry everything that failed to arrive", ("ingest",), "cwtui retry {job}", "retry"),
    Action("watch_folder", "w", "Watch a folder: ingest what arrives in it", ("ingest",), "cwtui watch DIR {p}",
           "watch"),
    Action("end_watch", "x", "End the watch of the folder", ("ingest",), "cwtui watch {folder} --end", "end watch"),
    Action("phone", "p", "Receive from phones: switch on, show the QR code", ("ingest",), "cwtui phone {p}", "phone"),
    Action("phone_off", "o", "Stop receiving from phones", ("ingest",), "cwtui phone off", "phone off"),
    Action("revoke_device", "X", "Revoke the key of the device", ("ingest",), "cwtui phone revoke {device}", "revoke"),
    # Prompter
    Action("roll", "space", "Start or pause the script", ("prompter",), short="roll", requires=("script",)),
    Action("faster", "up,k,plus,equals_sign", "Faster", ("prompter",), short="faster",
           call="change_pace(1)", requires=("script",)),
    Action("slower", "down,j,minus", "Slower", ("prompter",), short="slower",
           call="change_pace(-1)", requires=("script",)),
    Action("previous_line", "left,b", "One line back", ("prompter",), call="move_lines(-1)", requires=("script",)),
    Action("next_line", "right,w", "One line forward", ("prompter",), call="move_lines(1)", requires=("script",)),
    Action("top", "home,0", "Go to the start", ("prompter",), requires=("script",)),
    Action("voice", "v", "Follow your voice by the microphone, on/off", ("prompter",), short="voice",
           requires=("script",)),
    Action("larger", "right_square_bracket", "Larger type", ("prompter",), short="larger",
           call="change_size(1)", requires=("script",)),
    Action("smaller", "left_square_bracket", "Smaller type", ("prompter",), call="change_size(-1)",
           requires=("script",)),
    Action("mirror", "m", "Mirror the letters, for teleprompter glass", ("prompter",), short="mirror",
           requires=("script",)),
    Action("mark_retake", "x", "Mark a retake of this sentence", ("prompter",), short="retake",
           requires=("script",)),
    # Lists: the cursor
    Action("up", "up,k", "One row up", _LIST_MODES, call="move_rows(-1)"),
    Action("down", "down,j", "One row down", _LIST_MODES, call="move_rows(1)"),
    Action("page_up", "pageup,ctrl+b", "One page up", _LIST_MODES, call="move_pages(-1)"),
    Action("page_down", "pagedown,ctrl+f", "One page down", _LIST_MODES, call="move_pages(1)"),
    Action("first", "home,g", "First row", _LIST_MODES, call="move_to_end(False)"),
    Action("last", "end,G", "Last row", _LIST_MODES, call="move_to_end(True)"),
)  # fmt: skip

BY_ID = {action.id: action for action in ACTIONS}

EARLIER_IDS = {
    "back": "play_reverse", "forth": "play_forward",
    "frame_back": "previous_frame", "frame_forth": "next_frame",
    "word_back": "previous_word", "word_forth": "next_word",
    "sentence_back": "previous_sentence", "sentence_forth": "next_sentence",
    "speaker_back": "previous_speaker", "speaker_forth": "next_speaker",
    "silence_back": "previous_silence", "silence_forth": "next_silence",
    "marker_back": "previous_marker", "marker_forth": "next_marker",
    "take_back": "previous_take", "take_forth": "next_take",
    "sound_take_back": "sound_previous_take", "sound_take_forth": "sound_next_take",
    "line_back": "previous_line", "line_forth": "next_line",
    "wake": "start_studio", "again": "mark_retake",
}  # fmt: skip
"""Actions by the ids that they had in earlier versions. Keymaps of users may have them."""


def requires(action: str, need: Need) -> bool:
    """Returns whether an action requires something."""
    return need in BY_ID[action].requires


def actions_of(mode: str) -> Iterator[Action]:
    """The actions of one screen alone, in the order of the registry."""
    return (action for action in ACTIONS if mode in action.screens)


def global_actions() -> Iterator[Action]:
    """The actions that are available on every screen."""
    return (action for action in ACTIONS if action.is_global)
