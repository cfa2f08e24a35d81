"""Reviews by other people: the bundle for them, and the verdicts that come back with their notes as markers."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.catalog import Project
from engine.deliver import Deliverable, Recipe, load_recipe, packages_digest, read_receipt, review_standings
from engine.errors import EngineError, RequestError
from engine.expert_review import (
    ReviewBundle,
    ReviewedDeliverable,
    ReviewNote,
    ReviewRule,
    ReviewStanding,
    ReviewSubject,
    SubjectFile,
    keep_verdict,
    read_review_rules,
    read_statement,
    read_verdict,
    signers_of,
    write_bundle,
)
from engine.file_digest import sha256_of
from engine.studio.cuts import ProjectCuts
from engine.studio.delivery import DeliveryRequest, plan_delivery, run_plans
from engine.studio.studio import Studio
from engine.timeline import Cut, add_marker

_PROXY = "review-proxy"
# What a person can judge without a proxy.
_COPIED = ("sound", "captions", "chapters", "credits", "poster", "sheet")
_LONGEST_LABEL = 200


@dataclass(frozen=True, slots=True)
class ImportedVerdict:
    """A verdict that was imported: the reviewer, the verdict, the deliverables, and the number of new markers.

    `standings` are the states of the reviews after it, by the label of the deliverable.
    """

    by: str
    verdict: str
    deliverables: tuple[str, ...]
    markers: int
    unplaced: tuple[str, ...]
    standings: dict[str, ReviewStanding]


def export_review(
    studio: Studio, project: Project, folder: Path, names: Iterable[str], target: Path, message: str = ""
) -> ReviewBundle:
    """Writes the bundle for the reviewers of deliverables, as a new folder.

    `folder` is that of the receipt; `names` limits the deliverables to those with one of these files. Raises
    PolicyError if deliverables of the project may not leave this machine, RequestError if nothing needs a review with
    signatures, or a file is not as it was delivered.
    """
    leaves = studio.catalog.policies.leaves(project)
    studio.gate.require("send", material="deliverables", leaves=leaves)
    rules, wanted = read_review_rules(studio.folder / project.folder), set(names)
    found = [one for one in read_receipt(folder).deliveries if _is_wanted(one, wanted)]
    needed = [(one, rule) for one in found if (rule := rules.of(one.approval))]
    if not needed:
        raise RequestError(
            f"No deliverable in {folder} needs a review with signatures.",
            'A recipe asks for a review with approval = "client"; cwtui review trust adds its reviewers.',
        )
    if len({rule.review for _, rule in needed}) > 1:
        raise RequestError(f"The deliverables in {folder} need different reviews.", "Name the files of one of them.")
    rule = needed[0][1]
    scratch = studio.folder / project.folder / "work" / "reviews" / secrets.token_hex(4)
    try:
        shown = _shown_files(studio, folder, [one for one, _ in needed], scratch)
        bundle = ReviewBundle(
            id=secrets.token_hex(16),
            project=project.name,
            review=rule.review,
            message=message,
            scope=rule.scope,
            quorum=rule.quorum,
            reviewers=tuple(one.name for one in rule.reviewers),
            made_at=datetime.now(UTC),
            subjects=tuple(_subject(one, shown.get(number, {})) for number, (one, _) in enumerate(needed)),
        )
        write_bundle(target, bundle, {name: path for files in shown.values() for name, path in files.items()})
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return bundle


def import_verdict(studio: Studio, project: Project, path: Path) -> ImportedVerdict:
    """Stores a reviewer's verdict beside the deliverables that it is about, and its notes as markers.

    Importing it again changes nothing. Raises EngineError if it is damaged, RequestError if no reviewer of the project
    signed it, or the project has no such deliverable.
    """
    envelope = read_verdict(path)
    statement = read_statement(envelope, str(path))
    said, rules = statement.predicate, read_review_rules(studio.folder / project.folder)
    rule = rules.of(said.review)
    if rule is None:
        raise RequestError(
            f"“{project.name}” has no reviewers for “{said.review}”.",
            f"Add them with their public keys: cwtui review trust --review {said.review}",
        )
    by = _signer(rule, signers_of(envelope, [one.key for one in rule.reviewers]), said.by)
    places = list(_places(studio, project, said.deliverables))
    if not places:
        raise RequestError(
            f"“{project.name}” has no deliverable that this verdict is about: "
            f"{', '.join(one.take for one in said.deliverables)}.",
            "Choose the project with -p, or deliver again.",
        )
    markers, unplaced = 0, list[str]()
    for folder in dict.fromkeys(folder for folder, _, _ in places):
        before = {one.name for one in (folder / "verdicts").glob("*.json")}
        if keep_verdict(folder, envelope).name in before:
            continue
        for _, delivery, reviewed in (one for one in places if one[0] == folder):
            for note in reviewed.notes:
                if _place_note(studio, project, delivery, note, by):
                    markers += 1
                else:
                    unplaced.append(f"{float(note.at):g} s: {note.text}")
    standings = {
        one.take: standing
        for folder in dict.fromkeys(folder for folder, _, _ in places)
        for one, standing in review_standings(folder)
        if any(one.files == delivery.files for _, delivery, _ in places)
    }
    takes = tuple(dict.fromkeys(delivery.take for _, delivery, _ in places))
    return ImportedVerdict(by, said.verdict, takes, markers, tuple(unplaced), standings)


def _is_wanted(delivery: Deliverable, names: set[str]) -> bool:
    return not names or any(file.path in names for file in delivery.files)


def _subject(delivery: Deliverable, shown: dict[str, Path]) -> ReviewSubject:
    return ReviewSubject(
        take=delivery.take,
        recipe=delivery.recipe,
        recipe_digest=delivery.recipe_digest,
        packages=packages_digest(delivery),
        start=delivery.start,
        duration=delivery.duration,
        files=tuple(SubjectFile(path=one.path, sha256=one.sha256, bytes=one.bytes) for one in delivery.files),
        shown={name: sha256_of(path) for name, path in shown.items()},
    )


def _shown_files(
    studio: Studio, folder: Path, deliveries: list[Deliverable], scratch: Path
) -> dict[int, dict[str, Path]]:
    """The files that show each delivery, by their names in the bundle: proxies of movies, and copies of the others."""
    found: dict[int, dict[str, Path]] = {}
    for number, delivery in enumerate(deliveries):
        files: dict[str, Path] = {}
        for file in delivery.files:
            path = folder / file.path
            if not path.is_file() or sha256_of(path) != file.sha256:
                raise RequestError(f"{path} is not as it was delivered.", "Deliver it again before it is reviewed.")
            name = f"{number + 1:02d} {Path(file.path).name}"
            if file.role in _COPIED:
                files[name] = path
            elif file.role == "movie":
                made = _proxy(studio, path, scratch / str(number))
                files[f"{number + 1:02d} {made.name}"] = made
        found[number] = files
    return found


def _proxy(studio: Studio, movie: Path, folder: Path) -> Path:
    """A small copy of a finished movie with its name and the time code."""
    request = DeliveryRequest(recipe=_proxy_recipe(), sources=(str(movie.absolute()),), folder=folder)
    (outcome,) = run_plans(studio, [plan_delivery(studio, request)])
    (made,) = outcome.delivered
    return folder / next(file.path for file in made.files if file.role == "movie")


def _proxy_recipe() -> Recipe:
    recipe = load_recipe(_PROXY, None)
    assert recipe.picture
    # The captions are part of the deliverable, or files beside it.
    picture = recipe.picture.model_copy(update={"burn_in": ("name", "timecode")})
    return recipe.model_copy(update={"picture": picture})


def _signer(rule: ReviewRule, keys: list[str], claimed: str) -> str:
    names = [one.name for one in rule.reviewers if one.key in keys]
    if not names:
        known = ", ".join(one.name for one in rule.reviewers) or "nobody"
        raise RequestError(
            f"No reviewer of “{rule.review}” signed this verdict; it says that it is by {claimed}.",
            f"Reviewers: {known}. cwtui review trust adds one with the public key.",
        )
    return names[0]


def _places(
    studio: Studio, project: Project, reviewed: Iterable[ReviewedDeliverable]
) -> Iterable[tuple[Path, Deliverable, ReviewedDeliverable]]:
    """The folders and deliverables of a project that a verdict is about, in this version or another."""
    listed = list(reviewed)
    for receipt in sorted((studio.folder / project.folder / "deliverables").glob("*/receipt.json")):
        for delivery in read_receipt(receipt.parent).deliveries:
            paths = {file.path for file in delivery.files}
            for one in listed:
                if one.recipe == delivery.recipe and one.files.keys() & paths:
                    yield receipt.parent, delivery, one


def _place_note(studio: Studio, project: Project, delivery: Deliverable, note: ReviewNote, by: str) -> bool:
    """Adds a note as a marker of the take or the cut. Returns False if there is no place for it."""
    label = f"{by}: {note.text}"[:_LONGEST_LABEL]
    try:
        if delivery.cut is None:
            take = next(one for one in studio.catalog.takes(project) if one.digest == delivery.source_digest)
            studio.catalog.reviews.add_marker(take, delivery.start + note.at, label)
        else:

            def change(cut: Cut) -> Cut:
                return add_marker(cut, int(note.at * cut.rate), label)

            ProjectCuts(studio, project).edit(delivery.cut.name, change, f"note of {by}")
    except (StopIteration, EngineError):
        return False
    return True
