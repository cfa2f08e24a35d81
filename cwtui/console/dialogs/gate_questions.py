"""Questions that gates ask before a delivery goes on: what they are about, and the answers that they accept."""

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
    """One question about one take or more: a message for each of them, and the answers they all accept."""

    messages: tuple[str, ...]
    choices: tuple[GateChoice, ...]

    @property
    def option(self) -> str:
        """The option of the request that the answer sets."""
        return self.choices[0].option

    def dialog(self, skip_label: str) -> ChoicePrompt:
        """A dialog that returns the position of a choice as text, or an empty text for `leave`, its first row."""
        title = {"damaged": "Deliver what is damaged?", "speed": "How fast is it shown?"}.get(self.option, "Go on?")
        listed = "\n".join(self.messages[:_MAX_LISTED])
        if (more := len(self.messages) - _MAX_LISTED) > 0:
            listed += f"\nand {plural(more, 'more take')}"
        rows = [(str(n), choice.title, choice.effect) for n, choice in enumerate(self.choices)]
        return ChoicePrompt(title, [(_SKIP, skip_label, "nothing is delivered of it"), *rows], details=listed)

    def parse_answer(self, answer: str | None) -> GateChoice | None:
        """The choice for what the dialog returned; None to leave it."""
        return self.choices[int(answer)] if answer else None


def gate_question(jobs: Sequence[Job]) -> GateQuestion | None:
    """The question of the first of these jobs that waits for a choice, and of all others that ask for the same."""
    asking = [(job, choices) for job in jobs if (choices := gate_choices(job))]
    if not asking:
        return None
    option = asking[0][1][0].option
    same = [job for job, choices in asking if choices[0].option == option]
    return GateQuestion(tuple(job.error["message"] for job in same if job.error), asking[0][1])


def answer_command(jobs: Sequence[Job]) -> dict[str, str]:
    """The command line that gives the first of these jobs its first answer, as {"answer": ...}; empty without jobs."""
    return {"answer": gate_choices(jobs[0])[0].command} if jobs else {}
