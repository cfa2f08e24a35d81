"""Sentences of screens that have nothing to show yet. Keys are action ids in braces, for `with_keys`."""

from __future__ import annotations

from cwtui.console.snapshot import Snapshot

_ADD_FOOTAGE = "Press {go_ingest}, then {add} to add footage."
NO_TAKES = "No takes yet. " + _ADD_FOOTAGE
NO_TAKE_SELECTED = "No take selected. " + _ADD_FOOTAGE
NO_KEPT_TAKES = "No kept takes yet. Press {go_takes}, then {keep} to keep a take."
NO_CUT = "Press {new_cut} to make a cut."
NO_PROJECT = "No project yet. Press {go_ingest}, then {new_project} to create one."

_PURPOSES = {
    "takes": "All takes are listed here by session, to keep or to reject.",
    "review": "A take is watched, heard and read here, at one playhead.",
    "sound": "The dialog of a take is cleaned here, stage by stage.",
    "cut": "Takes become a film here: clips in order, edited by frames and by words.",
    "look": "Looks change the picture here, with sliders, beside the frame as a deliverable shows it.",
    "deliver": "Recipes make files of your takes here, and check them.",
    "jobs": "Work on footage and deliverables is listed here, with its progress.",
}


def empty_lines(mode: str, snapshot: Snapshot) -> tuple[str, ...]:
    """The lines of a screen that has nothing to show; Ingest and Prompter have their own text."""
    purpose = _PURPOSES.get(mode)
    if purpose is None or not snapshot.loaded or (mode == "jobs" and snapshot.jobs):
        return ()
    if snapshot.project is None:
        title, advice = "No project yet.", "Press {go_ingest}, then {new_project} to create one."
    elif not snapshot.takes:
        title, advice = "No takes yet.", _ADD_FOOTAGE
    elif mode == "cut" and not snapshot.kept and not snapshot.cuts:
        title, advice = "No kept takes yet.", "Press {go_takes}, then {keep} to keep a take."
    elif mode == "jobs":
        title, advice = "No jobs yet.", "Press {go_deliver}, then {deliver} to deliver."
    else:
        return ()
    return title, purpose, advice


def empty_ingest(snapshot: Snapshot) -> str:
    """How a project without footage gets some."""
    if not snapshot.loaded:
        return ""
    if snapshot.project is None:
        return "  No project yet. Press {new_project} to create one."
    add = "Press {add} to add a file, a folder or a card; or drop it here."
    return f"  No footage in “{snapshot.project.name}” yet. {add}"


def first_delivery_refusal(snapshot: Snapshot) -> str:
    """Why no first file can be delivered; empty if it can."""
    if snapshot.delivered:
        return "A first file has been delivered. Press {go_deliver} for all recipes."
    if not snapshot.takes:
        return NO_TAKES
    return "" if snapshot.first_delivery else "The takes wait for an answer. Press {answer} to confirm their colour."
