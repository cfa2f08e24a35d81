"""Commands for reviews by other people: a bundle for them, their signed verdict, and what it changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cwtui.commands._options import ProjectOption, StudioOption
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.commands._receipts import receipt_folder
from cwtui.listed_command import group_of, listed_function, new_app

if TYPE_CHECKING:
    from engine.expert_review import ReviewBundle, ReviewRule, ReviewStanding, Scope

BundleArgument = Annotated[Path, typer.Argument(metavar="BUNDLE", help="The folder of the bundle.")]
KeysOption = Annotated[
    Path | None, typer.Option("--keys", help="The folder with the private keys (default: in your settings).")
]
_PARTS = "picture,sound,words,rights"
_DEFAULT_DAYS = 90
_PLAYED = (".mp4", ".mov", ".webm", ".m4a", ".wav", ".mp3")


def export(
    place: Annotated[str, typer.Argument(help="A recipe of the project, a folder, a receipt.json, or a deliverable.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The new folder of the bundle.")],
    message: Annotated[str, typer.Option("--message", "-m", help="A message to the reviewers.")] = "",
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the bundle for the reviewers of deliverables: small copies, a list for notes, and the digests.

    The privacy step of the project must let deliverables leave this machine: cwtui policy privacy deliverables.
    """
    from cwtui.commands._options import studio_folder
    from cwtui.commands._progress import working_studio
    from engine.studio import export_review

    folder, names = receipt_folder(place, project, studio)
    with working_studio(studio_folder(studio)) as opened:
        bundle = export_review(opened, opened.project(project), folder, names, output, message)
    if as_json:
        show_json({"path": str(output.absolute()), **bundle.model_dump(mode="json")})
        return
    console = human_console()
    console.print(f"[green]✓[/] {quoted(output)} for the review “{bundle.review}”", soft_wrap=True)
    console.print(f"  Send the folder to {quoted(', '.join(bundle.reviewers))}. They sign with cwtui review sign.")


def open_(
    bundle: BundleArgument,
    play: Annotated[bool, typer.Option("--play", help="Open the pictures and the sound in a player.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check a bundle and show what it asks you to review. It needs no studio."""
    from engine.expert_review import NOTES, open_bundle

    found = open_bundle(bundle)
    if as_json:
        show_json({"path": str(bundle.absolute()), **found.model_dump(mode="json")})
    else:
        _show_bundle(found, bundle / NOTES)
    if play:
        _play(bundle, found)


def sign(
    bundle: BundleArgument,
    by: Annotated[str, typer.Option("--by", help="Your name, as on your key.")],
    verdict: Annotated[
        Literal["approved", "changes"], typer.Option("--verdict", help="You approve it, or you want changes.")
    ],
    scope: Annotated[
        str | None,
        typer.Option("--scope", metavar="PARTS", help=f"What you reviewed: {_PARTS}. Default: all."),
    ] = None,
    days: Annotated[
        int, typer.Option("--days", min=1, max=3650, help="The days for which your verdict counts.")
    ] = _DEFAULT_DAYS,
    notes: Annotated[
        Path | None, typer.Option("--notes", help="Your notes (default: notes.csv of the bundle).")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to send back (default: in the bundle).")
    ] = None,
    keys: KeysOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign your verdict on exactly the files of a bundle. Send the file back; it needs no studio."""
    from datetime import UTC, datetime, timedelta

    from engine.atomic_files import write_atomic
    from engine.errors import RequestError
    from engine.expert_review import (
        NOTES,
        load_reviewer_key,
        open_bundle,
        read_notes,
        reviewer_keys_folder,
        statement_of,
    )
    from engine.expert_review import sign as sign_statement
    from engine.slug import slug

    found = open_bundle(bundle)
    listed = notes or bundle / NOTES
    count = len(found.subjects)
    said = read_notes(listed, count) if notes or listed.is_file() else ((),) * count
    if verdict == "changes" and not any(said):
        hint = f"Write them into {listed}: 1:12.5,What is wrong"
        raise RequestError("You want changes, and there are no notes.", hint)

    key = load_reviewer_key(by, keys or reviewer_keys_folder())
    now = datetime.now(UTC)
    chosen = _parts(scope) if scope else found.scope
    statement = statement_of(found, verdict, by, chosen, now, now + timedelta(days=days), said)
    envelope = sign_statement(statement.content, key)
    path = output or bundle / f"verdict-{slug(by)}.dsse.json"
    write_atomic(path, envelope.model_dump_json(indent=2).encode())
    if as_json:
        show_json({"path": str(path.absolute()), **statement.model_dump(mode="json", by_alias=True)})
        return
    words = "approves" if verdict == "approved" else "wants changes in"
    takes = ", ".join(one.take for one in found.subjects)
    human_console().print(f"[green]✓[/] {quoted(by)} {words} {quoted(takes)}: {quoted(path)}", soft_wrap=True)


def import_(
    verdict: Annotated[Path, typer.Argument(metavar="FILE", help="The signed verdict that a reviewer sent.")],
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a reviewer's signed verdict. The notes become markers of the take or the cut."""
    from cwtui.commands._studio import open_studio
    from cwtui.formatting import plural
    from engine.studio import import_verdict

    with open_studio(studio) as opened:
        came = import_verdict(opened, opened.project(project), verdict)
    if as_json:
        rows = {take: _standing_json(one) for take, one in came.standings.items()}
        show_json({"by": came.by, "verdict": came.verdict, "markers": came.markers, "reviews": rows})
        return
    console = human_console()
    words = "approves" if came.verdict == "approved" else "wants changes in"
    console.print(f"[green]✓[/] {quoted(came.by)} {words} {quoted(', '.join(came.deliverables))}", soft_wrap=True)
    if came.markers:
        console.print(f"  {plural(came.markers, 'note')} added as markers")
    for note in came.unplaced:
        console.print(f"  [yellow]![/] no place for the note at {quoted(note)}", soft_wrap=True)
    for take, standing in came.standings.items():
        _show_standing(take, standing)


def status(project: ProjectOption = None, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Show the reviews of a project: the reviewers, and whose verdict each deliverable has or lacks."""
    from cwtui.commands._studio import open_studio
    from engine.deliver import review_standings
    from engine.expert_review import read_review_rules

    with open_studio(studio) as opened:
        folder = opened.folder / opened.project(project).folder
    rules = read_review_rules(folder)
    found = [
        (receipt.parent.name, delivery.take, standing)
        for receipt in sorted((folder / "deliverables").glob("*/receipt.json"))
        for delivery, standing in review_standings(receipt.parent)
    ]
    if as_json:
        rows = [{"recipe": recipe, "take": take, **_standing_json(one)} for recipe, take, one in found]
        show_json({"rules": rules.model_dump(mode="json")["reviews"], "deliverables": rows})
        return
    console = human_console()
    for rule in rules.reviews:
        _show_rule(rule)
    if not rules.reviews:
        console.print("No review of this project needs signatures. cwtui review trust adds a reviewer.")
    for recipe, take, standing in found:
        _show_standing(f"{recipe}: {take}", standing)


def keygen(
    name: Annotated[str, typer.Argument(help="Your name.")], keys: KeysOption = None, as_json: JsonOption = False
) -> None:
    """Make the key with which you sign verdicts, and its public part for the people whose work you review."""
    from engine.expert_review import new_reviewer_key, reviewer_keys_folder

    private, public = new_reviewer_key(name, keys or reviewer_keys_folder())
    if as_json:
        show_json({"private": str(private), "public": str(public)})
        return
    console = human_console()
    console.print(f"[green]✓[/] {quoted(private)} is private: keep a copy in a safe place.", soft_wrap=True)
    console.print(f"  Pass on {quoted(public)} in a way that its reader trusts.", soft_wrap=True)


def trust(
    name: Annotated[str, typer.Argument(help="The name of the reviewer.")],
    public: Annotated[Path, typer.Argument(metavar="KEY", help="The reviewer's public key: NAME.pub.pem.")],
    review: Annotated[str, typer.Option("--review", help="The name of the review in recipes.")] = "client",
    quorum: Annotated[
        int | None, typer.Option("--quorum", min=1, help="The number of reviewers who must approve.")
    ] = None,
    scope: Annotated[
        str | None, typer.Option("--scope", metavar="PARTS", help=f"The parts that must be approved: {_PARTS}.")
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="The days for which a verdict counts at most.")
    ] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a reviewer with the public key. From then on the review needs signed verdicts."""
    from engine.expert_review import Reviewer, key_id, read_reviewer_key
    from engine.validation import read_text

    pem = read_text(public)
    key = key_id(read_reviewer_key(pem))

    def change(rule: ReviewRule) -> dict[str, Any]:
        others = [one for one in rule.reviewers if one.name != name]
        changes: dict[str, Any] = {"reviewers": (*others, Reviewer(name=name, key=pem))}
        given = {"quorum": quorum, "scope": _parts(scope) if scope else None, "days": days}
        return {**changes, **{field: value for field, value in given.items() if value is not None}}

    rule = _change_rule(project, studio, review, change)
    if as_json:
        show_json(rule.model_dump(mode="json"))
        return
    _show_rule(rule)
    human_console().print(f"  key {key[:16]}: compare it with {quoted(name)}'s", soft_wrap=True)


def distrust(
    name: Annotated[str, typer.Argument(help="The name of the reviewer.")],
    review: Annotated[str, typer.Option("--review", help="The name of the review in recipes.")] = "client",
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a reviewer. The verdicts of the reviewer no longer count."""
    from engine.errors import RequestError

    def change(rule: ReviewRule) -> dict[str, Any]:
        left = tuple(one for one in rule.reviewers if one.name != name)
        if len(left) == len(rule.reviewers):
            known = ", ".join(one.name for one in rule.reviewers) or "nobody"
            raise RequestError(f"{name} is no reviewer of “{review}”.", f"Reviewers: {known}.")
        return {"reviewers": left}

    rule = _change_rule(project, studio, review, change)
    if as_json:
        show_json(rule.model_dump(mode="json"))
    else:
        _show_rule(rule)


def _parts(text: str) -> tuple[Scope, ...]:
    """The parts of a deliverable in a text. Raises RequestError if one is unknown."""
    from engine.errors import RequestError
    from engine.expert_review import SCOPES

    names = [one.strip() for one in text.split(",")]
    if unknown := [one for one in names if one not in SCOPES]:
        raise RequestError(f"There is no part “{unknown[0]}”.", f"Parts: {', '.join(SCOPES)}, separated by commas.")
    return tuple(part for part in SCOPES if part in names)


def _change_rule(
    project: str | None, studio: Path | None, review: str, change: Callable[[ReviewRule], dict[str, Any]]
) -> ReviewRule:
    from pydantic import ValidationError

    from cwtui.commands._studio import open_studio
    from engine.errors import RequestError
    from engine.expert_review import ReviewRule, read_review_rules, write_review_rules

    with open_studio(studio) as opened:
        folder = opened.folder / opened.project(project).folder
    rules = read_review_rules(folder)
    try:
        rule = rules.of(review) or ReviewRule(review=review)
        changed = ReviewRule.model_validate({**rule.model_dump(), **change(rule)})
    except ValidationError as error:
        reason = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise RequestError(
            f"The review “{review}” cannot be changed: {reason}.", "cwtui review status shows it."
        ) from error
    write_review_rules(folder, rules.with_rule(changed))
    return changed


def _show_bundle(bundle: ReviewBundle, notes: Path) -> None:
    console = human_console()
    console.print(f"The review “{quoted(bundle.review)}” of {quoted(bundle.project)}", soft_wrap=True)
    if bundle.message:
        console.print(f"  {quoted(bundle.message)}", soft_wrap=True)
    console.print(f"  to review: {', '.join(bundle.scope)}; {bundle.quorum} of {quoted(', '.join(bundle.reviewers))}")
    for subject in bundle.subjects:
        console.print(f"[bold]{quoted(subject.take)}[/] ({quoted(subject.recipe)})", soft_wrap=True)
        for name in subject.shown:
            console.print(f"  look at {quoted(name)}", soft_wrap=True)
        for file in subject.files:
            console.print(f"  [grey62]{file.sha256[:16]}  {quoted(file.path)}[/]", soft_wrap=True)
    console.print(f"Write notes into {quoted(notes)}: a time and a text in each line.", soft_wrap=True)


def _play(folder: Path, bundle: ReviewBundle) -> None:
    from fractions import Fraction

    from engine.player import PlayedStretch, play_stretches

    stretches = [
        PlayedStretch(folder / name, Fraction(0), subject.duration)
        for subject in bundle.subjects
        for name in subject.shown
        if name.endswith(_PLAYED)
    ]
    if stretches:
        play_stretches(stretches, bundle.project, Fraction(0))


def _show_rule(rule: ReviewRule) -> None:
    names = ", ".join(one.name for one in rule.reviewers) or "nobody"
    text = f"“{rule.review}”: {rule.quorum} of {names} for {', '.join(rule.scope)}, for {rule.days} days"
    human_console().print(quoted(text), soft_wrap=True)


def _show_standing(name: str, standing: ReviewStanding) -> None:
    sign = "[green]✓[/]" if standing.met else "[yellow]![/]"
    human_console().print(f"  {sign} {quoted(name)}: {quoted(standing.words)}", soft_wrap=True)


def _standing_json(standing: ReviewStanding) -> dict[str, Any]:
    return {
        "review": standing.rule.review,
        "met": standing.met,
        "approved": {name: at.isoformat() for name, at in standing.approved.items()},
        "changes": list(standing.changes),
        "stale": list(standing.stale),
        "expired": list(standing.expired),
        "missing": dict(standing.missing),
    }


VERBS: tuple[Callable[..., Any], ...] = (export, open_, sign, import_, status, keygen, trust, distrust)

review = new_app(
    "review",
    help="Have deliverables reviewed by other people, with signed verdicts.",
    cls=group_of(*(listed_function(function) for function in VERBS)),
    invoke_without_command=True,
)


@review.callback()
def _default(
    context: typer.Context, project: ProjectOption = None, studio: StudioOption = None, as_json: JsonOption = False
) -> None:
    """Have deliverables reviewed by other people, with signed verdicts."""
    if context.invoked_subcommand is None:
        status(project, studio, as_json)
