"""The command `verify`: originals against their seals, another sealed folder, or a deliverable."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cwtui.commands._options import ProjectOption, StudioOption
from cwtui.commands._output import JsonOption, human_console, show_json

if TYPE_CHECKING:
    from engine.studio import Studio
    from engine.transfer import FileVerification


_MOST_DAYS = 3650


def verify(
    receipt: Annotated[
        str | None,
        typer.Argument(
            metavar="PLACE",
            help="A recipe, a receipt, its folder, or a deliverable: it is proven instead of all originals. A sealed "
            "folder, such as a card's copy on another disk: it is verified.",
        ),
    ] = None,
    restore: Annotated[
        bool,
        typer.Option("--restore", help="Copy intact copies from the other disks of an offload over lost originals."),
    ] = False,
    status: Annotated[
        bool,
        typer.Option("--status", help="List the sealed folders with their last and next verification. Reads no file."),
    ] = False,
    every: Annotated[
        str | None,
        typer.Option(
            metavar="DAYS", help="Verify sealed folders again in idle time after so many days; “off” for never."
        ),
    ] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Verify every original against its seal, or prove a deliverable from the seal of its footage to its files.

    Sealed folders are also verified again in idle time, 7 days after the last time unless --every says otherwise.
    """
    from cwtui.commands._studio import open_studio
    from engine.errors import RequestError

    if status or every is not None:
        if receipt is not None or restore:
            raise RequestError("--status and --every are for all sealed folders.", "Leave out PLACE and --restore.")
        _schedule(every, studio, as_json)
        return
    if receipt is not None and restore:
        raise RequestError("--restore restores originals.", "Leave out the folder or deliverable.")
    if receipt is not None and _is_sealed(Path(receipt)):
        _verify_folder(Path(receipt), studio, as_json)
        return
    if receipt is not None and not _may_have_receipt(Path(receipt)):
        raise RequestError(
            f"{receipt} has no seal and no receipt.",
            "Give a folder with a seal (ascmhl), the folder of a delivery, or a recipe that was delivered.",
        )
    with open_studio(studio) as opened_studio:
        if receipt is not None:
            from cwtui.commands._receipts import receipt_folder

            folder, names = receipt_folder(receipt, project, studio)
            _prove(opened_studio, folder / names[0] if names else folder, as_json)
            return
        chosen = opened_studio.project(project)
        verdicts = opened_studio.verify(chosen)
        restored: list[Path] = []
        if restore:
            from engine.studio import restore_lost
            from engine.tasks import record_verdicts

            restored = restore_lost(opened_studio.folder, chosen, verdicts)
            record_verdicts(opened_studio.catalog, opened_studio.folder, verdicts, restored)
        _show(verdicts, restored, as_json)


def _schedule(every: str | None, studio: Path | None, as_json: bool) -> None:
    from cwtui.commands._studio import open_studio
    from cwtui.commands._verified_text import show_schedule
    from engine.jobs import requester
    from engine.studio import schedule_verifications, scheduled_folders

    with open_studio(studio) as opened_studio:
        if every is not None:
            schedule_verifications(opened_studio, _days(every), requester("cwtui verify"))
        days, folders = opened_studio.catalog.verifications.every_days(), scheduled_folders(opened_studio)
    if as_json:
        show_json(
            {
                "every_days": days,
                "folders": [
                    {
                        **one.sealed.model_dump(mode="json"),
                        "due_at": one.due_at.isoformat() if one.due_at else None,
                        "connected": one.connected,
                    }
                    for one in folders
                ],
            }
        )
    else:
        show_schedule(human_console(), days, folders)
    if any(one.sealed.problems for one in folders):
        raise typer.Exit(1)


def _days(text: str) -> int:
    from engine.errors import RequestError

    if text == "off":
        return 0
    if text.isdecimal() and 1 <= int(text) <= _MOST_DAYS:
        return int(text)
    raise RequestError(
        f"“{text}” is not a number of days.", f"Give 1 to {_MOST_DAYS} days, such as --every 7, or --every off."
    )


def _is_sealed(place: Path) -> bool:
    """Whether a folder or one in it has a seal, and it is not a delivery."""
    from engine.deliver import RECEIPT
    from engine.transfer import is_sealed

    return place.is_dir() and not (place / RECEIPT).is_file() and is_sealed(place)


def _may_have_receipt(place: Path) -> bool:
    """Whether a place is a delivery, a file of one, or no path at all but a recipe."""
    from engine.deliver import RECEIPT

    folder = place if place.is_dir() else place.parent
    return not place.exists() or (folder / RECEIPT).is_file()


def _verify_folder(folder: Path, studio: Path | None, as_json: bool) -> None:
    from cwtui.commands._options import studio_folder
    from cwtui.commands._studio import open_studio
    from engine.catalog import Catalog
    from engine.studio import verify_folder
    from engine.tasks import record_verdicts

    folder = folder.absolute()
    if not Catalog.exists_in(studio_folder(studio)):
        _show(verify_folder(folder, None), [], as_json)
        return
    with open_studio(studio) as opened_studio:
        verdicts = verify_folder(folder, opened_studio.folder, opened_studio.catalog.projects())
        record_verdicts(opened_studio.catalog, opened_studio.folder, verdicts)
        _show(verdicts, [], as_json, originals=folder.is_relative_to(opened_studio.folder))


def _show(
    verdicts: Sequence[FileVerification], restored: Sequence[Path], as_json: bool, *, originals: bool = True
) -> None:
    from cwtui.commands._verified_text import show_verified
    from engine.transfer import SealStatus

    if as_json:
        show_json(
            {
                "files": [
                    {
                        "path": str(one.path),
                        "verdict": str(one.verdict),
                        "wanted": one.wanted,
                        "measured": one.measured,
                        "previous": str(one.previous) if one.previous else None,
                        "detail": one.detail,
                        "intact_copy": str(one.intact_copy) if one.intact_copy else None,
                    }
                    for one in verdicts
                ],
                "restored": [str(path) for path in restored],
            }
        )
    else:
        show_verified(human_console(), verdicts, restored, originals=originals)
    fine = (SealStatus.INTACT, SealStatus.NEW)
    if any(one.verdict not in fine and one.path not in restored for one in verdicts):
        raise typer.Exit(1)


def _prove(studio: Studio, place: Path, as_json: bool) -> None:
    from cwtui.commands._proofs import show_proofs
    from engine.studio import prove_receipt

    proofs = prove_receipt(studio, place)
    if as_json:
        show_json(
            {
                "deliveries": [
                    {
                        "take": one.take,
                        "recipe": one.recipe,
                        "proven": one.broken is None,
                        "broken": one.broken.kind if one.broken else None,
                        "links": [
                            {
                                "kind": link.kind,
                                "subject": link.subject,
                                "state": str(link.state),
                                "detail": link.detail,
                            }
                            for link in one.links
                        ],
                    }
                    for one in proofs
                ]
            }
        )
    else:
        show_proofs(human_console(), proofs)
    if any(one.broken for one in proofs):
        raise typer.Exit(1)


COMMANDS = (verify,)
