"""Questions of delivery gates: the messages that they list and the answers that they accept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cwtui.console.dialogs.prompts import ChoicePrompt
from cwtui.formatting import plural
from engine.catalog import Job
from engine.errors import GateChoice
from engine.jobs import gate_choices

_SKIP = ""
_MAX_LISTED = 8


@dataclass(frozen=True, slots=True)
class GateQuestion:
    """One question about one or more takes: a message for each take, and the answers that all of them accept."""

    messages: tuple[str, ...]
    choices: tuple[GateChoice, ...]

    @property
    def option(self) -> str:
        """The request option that the answer sets."""
        return self.choices[0].option

    def dialog(self, skip_label: str) -> ChoicePrompt:
        """A dialog that returns the index of a choice as text, or "" for `skip_label`, its first row."""
        title = {"damaged": "Deliver damaged footage?", "speed": "Playback speed"}.get(self.option, "Continue?")
        listed = "\n".join(self.messages[:_MAX_LISTED])
        if (more := len(self.messages) - _MAX_LISTED) > 0:
            listed += f"\nand {plural(more, 'more take')}"
        rows = [(str(n), choice.title, choice.effect) for n, choice in enumerate(self.choices)]
        return ChoicePrompt(title, [(_SKIP, skip_label, "not delivered"), *rows], details=listed)

    def parse_answer(self, answer: str | None) -> GateChoice | None:
        """The choice for the dialog's result; None where the takes are skipped."""
        return self.choices[int(answer)] if answer else None


def gate_question(jobs: Sequence[Job]) -> GateQuestion | None:
    """The question of the first of these jobs that waits for a choice, with all jobs that ask for the same option."""
    asking = [(job, choices) for job in jobs if (choices := gate_choices(job))]
    if not asking:
        return None
    option = asking[0][1][0].option
    same = [job for job, choices in asking if choices[0].option == option]
    return GateQuestion(tuple(job.error["message"] for job in same if job.error), asking[0][1])
