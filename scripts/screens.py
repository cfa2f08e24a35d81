"""Creates docs/console-*.svg: screens of the console in the demo studio, in a terminal with half-block images.

Run `make demo` first, then `.venv/bin/python scripts/screens.py`. With names (`takes compare`) it draws only those. The
studio process of the demo runs meanwhile, and first finishes the jobs that are open.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
import wave
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cwtui.console.app import ConsoleApp
from cwtui.console.dialogs.partner_prompt import PartnerPrompt
from cwtui.console.dialogs.prompts import ChoicePrompt
from cwtui.console.launch_options import LaunchOptions
from cwtui.console.session import Session
from cwtui.console.terminal.capabilities import Terminal
from engine.catalog import JobState
from engine.ingest import MacVolumes
from engine.jobs import stop_studio_process
from engine.studio import ProjectCuts, ProjectWords, Studio

ROOT = Path(__file__).resolve().parent.parent
SIZE, LARGE = (120, 36), (200, 60)
SCRIPT = (
    "Right, so this is the harbour at six in the morning, and the water is completely flat.\n\n"
    "You can hear everything: the gulls, the ropes on the masts, and a radio two boats down.\n"
)


@dataclass(frozen=True)
class Screen:
    """A picture: the screen that is opened, and the keys that lead to an interesting state.

    With `own_studio` it is drawn in a new studio that has a script and no footage.
    """

    opened: str
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = SIZE
    own_studio: bool = False
    session: Mapping[str, Any] = field(default_factory=dict)


SCREENS = {
    "takes": Screen("takes", ("down", "down")),
    "takes-wide": Screen("takes", ("space", "down", "v", "down"), LARGE),
    "review": Screen("review", tuple("wwwwwww")),
    # The take of the line that went wrong, beside its retake.
    "compare": Screen("takes", ("down", "R", "v", *"www")),
    "sound": Screen("sound"),
    "cut": Screen("cut", ("down", "w", "w", "v", "w")),
    "look": Screen("look", ("w", "w", "c", "c", "tab", "down"), session={"look": "film-print"}),
    "deliver": Screen("deliver", session={"recipe": "youtube-4k"}),
    "footage": Screen("ingest", ("plus", "enter")),
    "prompter": Screen("prompter", ("right",), own_studio=True, session={"prompter_size": 2}),
}


def ensure_cut(folder: Path) -> None:
    """Makes the automatic cut of a studio's project if it has no cut."""
    with Studio(folder) as studio:
        project = studio.project(None)
        cuts = ProjectCuts(studio, project)
        if not cuts.names():
            cuts.add(ProjectWords(studio, project).assemble("film").cut)


@contextmanager
def running_studio(folder: Path) -> Iterator[None]:
    """Runs the studio process of a folder; its queued jobs are done before the block begins."""
    with Studio(folder) as studio:
        present = studio.jobs.start()
        studio.jobs.wait(studio.catalog.queue.jobs([JobState.QUEUED, JobState.RUNNING]))
    try:
        yield
    finally:
        stop_studio_process(folder, present)


async def draw(names: Iterable[str], scratch: Path) -> None:
    """Opens a console for each screen and writes its SVG."""
    for name in names:
        screen = SCREENS[name]
        folder = _script_studio(scratch / "studio") if screen.own_studio else ROOT / "demo" / "studio"
        terminal = Terminal("blocks", round_trip=0.021)
        session = Session(screen=screen.opened, **screen.session)
        options = LaunchOptions(folder, session, {}, terminal, volumes=MacVolumes(scratch / "Volumes"))
        app = ConsoleApp(options)
        async with app.run_test(size=screen.size) as pilot:
            await _wait_until_idle(app)
            for key in screen.keys:
                await pilot.press(key)
                await _wait_until_idle(app)
                if isinstance(app.screen, ChoicePrompt | PartnerPrompt):
                    await pilot.press("enter")
                    await _wait_until_idle(app)
            svg = re.sub(r"@font-face \{.*?\}", "", app.export_screenshot(title="cwtui"), flags=re.DOTALL)
            (ROOT / "docs" / f"console-{name}.svg").write_text(svg, encoding="utf-8")


async def _wait_until_idle(app: ConsoleApp) -> None:
    idle_polls = 0
    while idle_polls < 20:
        await asyncio.sleep(0.05)
        idle_polls = idle_polls + 1 if app.idle() else 0


def _script_studio(folder: Path) -> Path:
    """A studio with a project that has a script."""
    with Studio(folder) as studio:
        project = studio.new_project("Harbour walk")
        (folder / project.folder / "script.txt").write_text(SCRIPT, encoding="utf-8")
    return folder


def _fill_card(folder: Path) -> None:
    """A card with a voice memo, the footage that the demo has ingested, and files that are skipped."""
    folder.mkdir(parents=True)
    for path in (ROOT / "demo" / "footage").glob("IMG_*"):
        shutil.copy(path, folder)
    with wave.open(str(folder / "MEMO_0111.WAV"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(bytes(2 * 48_000 * 12))
    (folder / "IMG_0112.HEIC").write_bytes(b"photo")
    (folder / "AUTPRINT.MRK").write_bytes(b"")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["HOME"] = os.environ["XDG_STATE_HOME"] = temporary
        _fill_card(Path(temporary) / "Volumes" / "CARD" / "DCIM" / "100APPLE")
        ensure_cut(ROOT / "demo" / "studio")
        with running_studio(ROOT / "demo" / "studio"):
            asyncio.run(draw(sys.argv[1:] or SCREENS, Path(temporary)))
