"""The completion scripts of bash, zsh and fish. Each runs `cwtui` with CWTUI_COMPLETE set, on the words typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from cwtui.command_tree import CommandDescription

Shell = Literal["bash", "zsh", "fish"]
SHELLS: tuple[Shell, ...] = get_args(Shell)
VARIABLE = "CWTUI_COMPLETE"
"""The environment variable that makes `cwtui` print candidates for its arguments instead of running them."""

SCRIPTS: dict[Shell, str] = {
    "bash": """\
# Completion of cwtui for bash. File names are completed where no other name is known.
_cwtui() {
    local candidate
    COMPREPLY=()
    while IFS= read -r candidate; do
        COMPREPLY+=("$(printf '%q' "$candidate")")
    done < <(CWTUI_COMPLETE=bash cwtui "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _cwtui cwtui
""",
    "zsh": """\
# Completion of cwtui for zsh. File names are completed where no other name is known.
_cwtui() {
    local line
    local -a candidates
    while IFS= read -r line; do
        candidates+=("${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}")
    done < <(CWTUI_COMPLETE=zsh cwtui "${(@Q)words[2,CURRENT]}" 2>/dev/null)
    if (( $#candidates )); then
        _describe -V cwtui candidates
    else
        _files
    fi
}
compdef _cwtui cwtui
""",
    "fish": """\
# Completion of cwtui for fish. File names are completed where no other name is known.
function __cwtui_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l candidates (CWTUI_COMPLETE=fish cwtui $words[2..-1] 2>/dev/null)
    if test (count $candidates) -gt 0
        printf '%s\\n' $candidates
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c cwtui -f -a '(__cwtui_complete)'
""",
}


def candidate_lines(shell: str, tree: CommandDescription, words: Sequence[str]) -> list[str]:
    """Returns the lines that a script reads: names, and for zsh and fish a tab and what each is."""
    from cwtui.completion import complete

    # bash splits --project=Walk into three words.
    typed = [_unquoted(word) for word in words if word != "="]
    if words and words[-1] == "=":
        typed.append("")
    found = complete(tree, typed)
    return [one.name if shell == "bash" else f"{one.name}\t{' '.join(one.description.split())}" for one in found]


def _unquoted(word: str) -> str:
    """A word as the command would get it; a closing quote may be missing."""
    quote = word[:1]
    if quote and quote in "\"'":
        return word[1:].removesuffix(quote)
    return re.sub(r"\\(.)", r"\1", word)
