"""Writes docs/checks.md from the registries of checks and of their saboteurs (`make checks-page`).

tests/deliver/sabotage/test_page.py checks that the page is current, and test_sabotage.py that it is true.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from engine.deliver import KINDS, CheckRule, check_rules
from tests.deliver.sabotage.saboteur import Saboteur, saboteurs

PAGE = Path(__file__).resolve().parent.parent / "docs" / "checks.md"

_HEAD = """\
# Checks of finished files

Cleanwater checks each file that it delivers, after it is written: it decodes the movie to its last
frame, measures the sound again, reads the boxes of the container and reads captions back. The
[receipt](contracts.md#a-receipt) has each result with what was measured and what was wanted.
`cwtui checks` lists the checks, and `cwtui checks ID` says what to do if one fails. A check that
does not apply to a file has no result, such as that of chapters in a movie without chapters.

This page is made by `make checks-page` from `engine/deliver/checks/`.
"""

_MATRIX = """\

## The sabotage matrix

Each saboteur damages a good file, and the checks run on it again. The table lists for each check
the saboteurs that make it fail. `tests/deliver/sabotage/test_sabotage.py` runs every saboteur, and
proves that the checks of its rows fail and that all other checks of that file pass. The good files
are deliveries of small takes: `film` (H.264 with AAC, captions and chapters), `hdr` (HEVC in PQ),
`carried` (ProRes with original sound), `copied` (a copied shot), `wav`, `mp3`, `podcast` (M4A with
tags), `exr` (numbered frames), `archive`, `lively` and `lively wav` (picture, sound and sides that
change), and the caption files of the film. A slow test delivers more than 50 good files by all
recipes: no check fails.

"""

_GROUPS = {
    "archive": "Archives",
    "burnt_captions": "Burnt-in captions",
    "carried": "Carried sound",
    "channels": "Sound over time",
    "copies": "Copied shots",
    "frames": "Numbered frames",
    "platform": "Platforms",
    "safe_zone": "Safe zones",
    "source": "Sources",
    "stretches": "Picture over time",
    "sync": "Picture with sound",
}


def page() -> str:
    """The contents of docs/checks.md."""
    parts = [_HEAD]
    for group, rules in groupby(check_rules(), key=lambda rule: rule.group):
        parts += [f"\n## {_GROUPS.get(group, group.capitalize())}\n\n", _checks(list(rules))]
    return "".join([*parts, _MATRIX, _saboteurs()])


def _checks(rules: list[CheckRule]) -> str:
    rows = ["| check | measures | files | if it fails |", "| --- | --- | --- | --- |"]
    for rule in rules:
        kinds = "all" if rule.applies_to == KINDS else ", ".join(rule.applies_to)
        rows.append(f"| `{rule.id}`<br>{rule.title} | {rule.measures} | {kinds} | {rule.remedy} |")
    return "\n".join(rows) + "\n"


def _saboteurs() -> str:
    rows = ["| check | saboteur | good file |", "| --- | --- | --- |"]
    for rule in check_rules():
        for one in saboteurs():
            if rule.id in one.expected:
                rows.append(f"| `{rule.id}` | {_description(rule, one)} | {one.good} |")
    return "\n".join(rows) + "\n"


def _description(rule: CheckRule, one: Saboteur) -> str:
    if rule.id != one.check:
        return f"{one.name}, the saboteur of `{one.check}`: {one.because}"
    return f"{one.name}: {one.description}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
