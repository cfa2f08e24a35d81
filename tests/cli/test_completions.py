"""Completion in shells: the words that it offers, the scripts in real shells, and what a press of the tab key costs."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.catalog import JobState
from engine.studio import Studio

from .shell import CWTUI, Shell
from .takes import studio_of
from .test_start import MEDIA, a_job

# The processor time of a press of the tab key, with a margin for a busy machine. Alone it is about 0.2 s.
MAX_CPU_S = 0.35
SHELLS = {
    "bash": """
        eval "$(cwtui completions bash)"
        COMP_WORDS=({words})
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _cwtui
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """,
    # The functions of compinit, which need a terminal.
    "zsh": """
        compdef() {{ }}
        _files() {{ print files }}
        _describe() {{ for line in ${{(P)3}}; do print -r -- ${{${{line%%:*}}}}; done }}
        eval "$(cwtui completions zsh)"
        words=({words})
        CURRENT=$#words
        _cwtui
    """,
    "fish": """
        cwtui completions fish | source
        complete -C '{line}' | string split -f 1 \\t
    """,
}


@pytest.fixture
def walk(cwtui: Shell) -> Shell:
    """A studio with the project Walk, two takes, a recipe of its own and a job."""
    studio_of(cwtui.studio, 2)
    studio = Studio(cwtui.studio)
    project = studio.project(None)
    studio.catalog.queue.submit([a_job(project, "abcd", "probe", JobState.QUEUED, {})])
    phones, soon = studio.catalog.phones, datetime.now(UTC) + timedelta(minutes=5)
    phones.add_code(project, "code", soon)
    assert phones.redeem_code("code", project.id, "iPhone", "key", soon)
    studio.new_project("Harbour walk")
    studio.close()
    (cwtui.studio / "recipes").mkdir()
    (cwtui.studio / "recipes" / "interview.toml").touch()
    (cwtui.studio / "walk" / "timeline" / "film.otio").touch()
    return cwtui


def offered(shell: Shell, *words: str) -> list[str]:
    from cwtui.cli import command_tree
    from cwtui.completion import complete

    with shell._in_environment():
        return [one.name for one in complete(command_tree(), words)]


def test_commands_options_and_names_are_offered(walk: Shell) -> None:
    assert offered(walk, "del") == ["deliver"]
    assert {"keep", "models", "completions"} <= set(offered(walk, ""))
    assert offered(walk, "models", "f") == ["fetch"]
    assert offered(walk, "takes", "--p") == ["--project"]
    assert offered(walk, "takes", "--json", "--j") == []
    assert offered(walk, "takes", "-p", "") == ["Harbour walk", "Walk"]
    assert offered(walk, "takes", "--project=W") == ["--project=Walk"]
    assert offered(walk, "keep", "") == ["001-IMG_0001", "002-IMG_0002"]
    assert offered(walk, "keep", "001-IMG_0001", "2") == ["2"]
    assert offered(walk, "star", "IMG_0002") == ["IMG_0002"]
    assert offered(walk, "keep", "-p", "Harbour walk", "") == []
    assert offered(walk, "-p", "Harbour walk", "keep", "") == []
    assert offered(walk, "-p", "") == ["Harbour walk", "Walk"]
    assert offered(walk, "deliver", "int") == ["interview"]
    assert offered(walk, "deliver", "podcast", "00") == ["001-IMG_0001", "002-IMG_0002"]
    assert offered(walk, "recipes", "copy", "you") == ["youtube-4k", "youtube-hdr10"]
    assert offered(walk, "clean", "1", "--preset", "dialog-") == ["dialog-gentle", "dialog-strong"]
    assert offered(walk, "transcribe", "1", "--model", "large") == ["large-v3", "large-v3-turbo"]
    assert offered(walk, "checks", "swapped") == ["swapped-channels"]
    assert offered(walk, "cut", "show", "") == ["film"]
    assert offered(walk, "cut", "split", "1", "--cut", "") == ["film"]
    assert offered(walk, "cut", "remove", "-p", "Harbour walk", "--cut", "") == []
    assert offered(walk, "log", "") == ["abcdabcd"]
    assert len(offered(walk, "phone", "revoke", "")) == 1
    assert offered(walk, "frame", "1", "--view", "") == ["as-shot", "aces"]
    assert offered(walk, "ingest", "") == []
    assert offered(walk, "--studio", "/nowhere", "keep", "") == []
    assert offered(walk, "nonsense", "--nonsense", "") == ["--project", "--studio", "--help"]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_completes_in_a_real_shell(walk: Shell, shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    environment = {**walk.environment, "PATH": f"{Path(CWTUI).parent}:{os.environ['PATH']}", "HOME": str(walk.folder)}

    def complete(*words: str) -> list[str]:
        quoted = " ".join("''" if word == "" else word for word in words)
        script = SHELLS[shell].format(words=quoted, line=" ".join(words))
        options = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
        result = subprocess.run(
            [program, *options, "-c", script], capture_output=True, text=True, check=False, env=environment, cwd="/"
        )
        assert result.stderr == ""
        return result.stdout.splitlines()

    assert complete("cwtui", "del") == ["deliver"]
    assert complete("cwtui", "keep", "001-IMG_0001", "00") == ["001-IMG_0001", "002-IMG_0002"]
    project = complete("cwtui", "takes", "-p", "Har")
    assert [name.replace("\\ ", " ") for name in project] == ["Harbour walk"]


def run_measured(environment: dict[str, str], *arguments: str) -> tuple[subprocess.CompletedProcess[str], float]:
    """Runs Python; returns its result and the processor time in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return result, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_press_of_the_tab_key_is_cheap(walk: Shell) -> None:
    script = "import sys, cwtui.cli\ntry: cwtui.cli.main()\nfinally: print(*sys.modules, file=sys.stderr)"
    environment = {**walk.environment, "CWTUI_COMPLETE": "zsh"}
    costs = []
    for words in (["keep", "0"], ["deliver", "you"], ["transcribe", "1", "--model", ""]):
        result, cost = run_measured(environment, "-c", script, *words)
        costs.append(cost)
        assert "\t" in result.stdout
        imported = {name.partition(".")[0] for name in result.stderr.split()}
        assert {*MEDIA, "pydantic", "rich", "textual"} & imported == set()
    # On a busy or slower machine, little more than the list of commands.
    _, list_of_commands = run_measured(walk.environment, "-c", "import cwtui.cli")
    assert min(costs) < max(MAX_CPU_S, 1.5 * list_of_commands), costs
