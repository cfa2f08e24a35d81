"""The man page cwtui(1), made from the commands and from the console's registry of actions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cwtui.command_tree import CommandDescription, CommandParameter
from cwtui.console.actions import ACTIONS, LETTERS, MODE_NAMES, Action, global_actions
from cwtui.console.command_lines import documented_command
from cwtui.console.keymap import key_label, keys_of
from engine import __version__

_DESCRIPTION = (
    "Cleanwater is a director's console in the terminal: it copies and verifies phone footage, transcribes and cleans "
    "the dialog, and makes captions and deliverables, entirely on this machine.",
    "Without a command, cwtui opens the console. A studio process runs the jobs in the background; they continue when "
    "the console or the terminal is closed.",
)
_FILES = {
    "~/Movies/Cleanwater": "The studio: projects, recipes, and the catalog catalog.sqlite.",
    "STUDIO/PROJECT/originals": "Copies of the footage, read-only, with their ASC MHL seal.",
    "STUDIO/PROJECT/deliverables/RECIPE": "Finished files and their receipt.json.",
    "STUDIO/PROJECT/script.txt": "The text of the Prompter.",
    "STUDIO/PROJECT/glossary.txt": "Names to spell right, given to the speech model.",
    "STUDIO/recipes": "Your own recipes, for all projects.",
    "~/.config/cleanwater/keys.toml": "Your own keys, by action id; cwtui keys prints the path on this machine.",
    "~/.local/share/Cleanwater/models": "Speech and speaker models, and registry.toml with models of your own.",
}
_ENVIRONMENT = {
    "CWTUI_CREDENTIALS": "The folder of the key that signs deliverables, instead of the settings of this account.",
    "CWTUI_STUDIO": "The studio's folder, unless --studio names another.",
    "CWTUI_SPEECH_MODEL": "The speech model: a folder, or a name in the models folder.",
    "CWTUI_DIARIZE_MODEL": "The speaker model: a folder, or a name in the models folder.",
    "CWTUI_PICTURES": "How the console shows images: kitty, iterm2, sixel, blocks or text.",
    "CWTUI_MICROPHONE": "The prompter's microphone as FFmpeg names it, FORMAT:DEVICE, or a sound file.",
    "CWTUI_COMPLETE": "Set by completion scripts: cwtui prints candidates for its arguments and exits.",
    "NO_COLOR": "If set, there are no colours.",
}
_EXIT_STATUS = {
    "0": "Done.",
    "1": "The work failed, or was stopped.",
    "2": "The request was wrong: an unknown name, option or file.",
    "3": "Your answer is needed first; the error lists the choices.",
}
# These are the same in every command, and described once.
_COMMON = ("project", "studio", "as_json")
_ESCAPES = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"}


def man_page(tree: CommandDescription) -> str:
    """Returns the page in the man macros of roff, in ASCII."""
    return "\n".join(_page(tree)) + "\n"


def _page(tree: CommandDescription) -> Iterator[str]:
    yield f'.TH CWTUI 1 "" "Cleanwater {__version__}" "User Commands"'
    yield from _section("NAME", [rf"cwtui \- {_escape(tree.summary[:1].lower() + tree.summary[1:].rstrip('.'))}"])
    yield from _section("SYNOPSIS", _synopses(tree))
    yield from _section("DESCRIPTION", _paragraphs(_DESCRIPTION))
    yield from _section("COMMON OPTIONS", _common_options(tree))
    yield from _section("COMMANDS", ())
    for command in tree.walk():
        if command.path:
            yield from _command(command)
    yield from _section("KEYS", _paragraphs(["The console's keys, by screen. ? lists them there, and : finds any."]))
    yield from _keys("Everywhere", global_actions())
    for mode in MODE_NAMES:
        yield from _keys(f"{mode.capitalize()} ({LETTERS[mode]})", (one for one in ACTIONS if mode in one.screens))
    for title, entries in (("FILES", _FILES), ("ENVIRONMENT", _ENVIRONMENT), ("EXIT STATUS", _EXIT_STATUS)):
        yield from _section(title, (line for term, text in entries.items() for line in _entry(_bold(term), text)))


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f".SH {title}"
    yield from lines


def _synopses(tree: CommandDescription) -> Iterator[str]:
    for words in ("", "COMMAND [ARGUMENTS] [OPTIONS]"):
        studio = next(one for one in tree.options if one.name == "studio")
        yield f"{_bold('cwtui')} [{_option_names(studio)}] {_escape(words)}".rstrip()
        yield ".br"
    yield f"{_bold('cwtui COMMAND --help')}"


def _common_options(tree: CommandDescription) -> Iterator[str]:
    seen = {one.name: one for command in tree.walk() for one in command.options}
    for name in _COMMON:
        yield from _entry(_option_names(seen[name]), seen[name].help)
    yield from _entry(_bold("--help"), "Show the options and arguments of a command.")


def _command(command: CommandDescription) -> Iterator[str]:
    yield f".SS {_escape(_usage(command))}"
    yield from _paragraphs(command.help.split("\n\n"))
    for one in command.arguments:
        if one.help:
            yield from _entry(rf"\fI{_escape(one.metavar)}\fR", one.help)
    for one in command.options:
        if one.name not in _COMMON:
            yield from _entry(_option_names(one), one.help)


def _usage(command: CommandDescription) -> str:
    words = ["cwtui", *command.path]
    for one in command.arguments:
        word = one.metavar + "..." * one.repeats
        words.append(word if one.required else f"[{word}]")
    if any(one.name not in _COMMON for one in command.options):
        words.append("[OPTIONS]")
    return " ".join(words)


def _option_names(option: CommandParameter) -> str:
    names = ", ".join(_bold(name) for name in sorted(option.options, key=len))
    if option.off:
        return names + ", " + ", ".join(_bold(name) for name in option.off)
    return names if option.is_flag else rf"{names} \fI{_escape(option.metavar)}\fR"


def _keys(title: str, actions: Iterable[Action]) -> Iterator[str]:
    yield f".SS {_escape(title)}"
    for action in actions:
        keys = "  ".join(key_label(key) for key in keys_of(action, {}))
        command = f" Command line: {documented_command(action)}" if action.command else ""
        yield from _entry(_bold(keys), f"{action.title} ({action.id}).{command}")


def _entry(term: str, text: str) -> Iterator[str]:
    yield ".TP"
    yield term
    yield _line(text) or r"\&"


def _paragraphs(texts: Iterable[str]) -> Iterator[str]:
    for number, text in enumerate(texts):
        if number:
            yield ".PP"
        yield _line(text)


def _line(text: str) -> str:
    """Text on one line of the source; roff wraps it."""
    line = _escape(" ".join(text.split()))
    return rf"\&{line}" if line[:1] == "." else line


def _bold(text: str) -> str:
    return rf"\fB{_escape(text)}\fR"


def _escape(text: str) -> str:
    """Text with roff's special characters escaped, and others than ASCII by their code points."""
    return "".join(_ESCAPES.get(one) or (one if one.isascii() else rf"\[u{ord(one):04X}]") for one in text)
