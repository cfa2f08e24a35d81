"""Reviews: a decision is stored immediately, and the journal can undo each of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import Catalog, KeptRange, Marker, Probe, Project, RetakeCue, Review, Reviews, Take, migrations
from engine.color_encoding import Encoding
from engine.errors import RequestError
from tests.examples import examples

LENGTH = Fraction(77 * 1001, 30000)


def a_take(project: Project, number: int) -> Take:
    now = datetime(2025, 6, 14, 6, 2, 11, tzinfo=UTC)
    return Take(
        id=f"{project.id}-{number}", project_id=project.id, batch_id=None, number=number, session=0,
        name=f"IMG_01{number:02d}", path=Path("originals/x.MOV"), in_place=False, digest=f"{number:032x}", size=10,
        captured_at=now, input_transform=None, arrived_at=now,
        probe=Probe(picture=None, duration=LENGTH, original=True),
    )  # fmt: skip


def catalog_with_takes(path: Path, count: int = 3) -> tuple[Catalog, Project, list[Take]]:
    catalog = Catalog(path)
    project = catalog.add_project("Harbour walk", "harbour-walk")
    takes = [a_take(project, number) for number in range(1, count + 1)]
    for take in takes:
        catalog.add_take(take)
    return catalog, project, takes


@pytest.fixture
def shoot(tmp_path: Path) -> tuple[Catalog, Project, list[Take]]:
    return catalog_with_takes(tmp_path / "catalog.sqlite")


@pytest.fixture
def catalog(shoot: tuple[Catalog, Project, list[Take]]) -> Catalog:
    return shoot[0]


@pytest.fixture
def project(shoot: tuple[Catalog, Project, list[Take]]) -> Project:
    return shoot[1]


@pytest.fixture
def takes(shoot: tuple[Catalog, Project, list[Take]]) -> list[Take]:
    return shoot[2]


@pytest.fixture
def reviews(catalog: Catalog) -> Reviews:
    return catalog.reviews


def titles(reviews: Reviews, project: Project) -> list[str]:
    return [edit.title for edit in reviews.edits(project.id)]


def test_decisions_are_read_back_after_the_catalog_is_reopened(
    catalog: Catalog, project: Project, takes: list[Take]
) -> None:
    first, second, third = takes
    catalog.reviews.set_verdict(first, "keep")
    catalog.reviews.set_star(first, True)
    catalog.reviews.set_trim(first, Fraction(1001, 30000), Fraction(2))
    catalog.reviews.set_verdict(second, "retake", first)
    catalog.close()
    reopened = Catalog(catalog.path).reviews
    assert reopened.all(project.id) == {
        first.id: Review(
            take_id=first.id,
            verdict="keep",
            star=True,
            ranges=(KeptRange(start=Fraction(1001, 30000), end=Fraction(2)),),
        ),
        second.id: Review(take_id=second.id, verdict="retake", retake_of=first.id),
    }
    assert reopened.of(third) == Review(take_id=third.id)
    assert titles(reopened, project) == [
        "002-IMG_0102: retake of 001-IMG_0101",
        "001-IMG_0101: from 00:00:00.03 to 00:00:02.00",
        "001-IMG_0101: star",
        "001-IMG_0101: keep",
    ]


def test_a_change_without_effect_is_not_an_edit(reviews: Reviews, project: Project, takes: list[Take]) -> None:
    first, second, _ = takes
    assert reviews.set_verdict(first, None) is None
    assert reviews.set_star(first, False) is None
    assert reviews.set_trim(first, None, None) is None
    assert reviews.set_verdict(first, "retake", second)
    assert reviews.set_verdict(first, "retake", second) is None
    marker = reviews.add_marker(first, Fraction(1), "harbour")
    assert reviews.rename_marker(marker, " harbour ") is None
    assert len(reviews.edits(project.id)) == 2


def test_changing_and_clearing_a_verdict_keeps_the_star(reviews: Reviews, project: Project, takes: list[Take]) -> None:
    first, second, _ = takes
    reviews.set_verdict(first, "retake", second)
    reviews.set_star(first, True)
    reviews.set_verdict(first, "keep")
    assert reviews.of(first) == Review(take_id=first.id, verdict="keep", star=True)
    cleared = reviews.set_verdict(first, None)
    assert cleared
    assert cleared.title == "001-IMG_0101: verdict cleared"
    assert reviews.of(first) == Review(take_id=first.id, star=True)
    reviews.set_star(first, False)
    assert reviews.all(project.id) == {}


def test_a_winner_and_its_retake_are_one_edit(reviews: Reviews, project: Project, takes: list[Take]) -> None:
    first, second, third = takes
    reviews.set_star(second, True)
    reviews.set_verdict(first, "retake", third)
    made = reviews.set_winner(first, second)
    assert made
    assert made.title == "001-IMG_0101: keep; 002-IMG_0102: retake of it"
    assert reviews.of(first) == Review(take_id=first.id, verdict="keep")
    assert reviews.of(second) == Review(take_id=second.id, verdict="retake", star=True, retake_of=first.id)
    assert reviews.set_winner(first, second) is None
    reviews.undo(project.id)
    assert reviews.of(first).retake_of == third.id
    assert reviews.of(second) == Review(take_id=second.id, star=True)
    with pytest.raises(RequestError, match="retake of itself"):
        reviews.set_winner(first, first)
    with pytest.raises(RequestError, match="not in the same project"):
        reviews.set_winner(first, second.model_copy(update={"project_id": "other"}))


def test_several_takes_are_changed_and_undone_in_one_step(
    reviews: Reviews, project: Project, takes: list[Take]
) -> None:
    first, second, third = takes
    reviews.set_verdict(second, "keep")
    edits = [
        reviews.set_verdicts(takes, "keep"),
        reviews.set_stars(takes, True),
        reviews.set_input_transforms(takes, Encoding.HLG),
        reviews.set_verdicts([first, second], "retake", third),
        reviews.set_verdicts(takes, None),
    ]
    assert [edit.title for edit in edits if edit] == [
        # The second take was kept before.
        "2 takes kept",
        "3 takes starred",
        "3 takes: input transform hlg",
        f"2 takes marked as retakes of {third.label}",
        "3 takes: verdict cleared",
    ]
    assert reviews.set_verdicts(takes, None) is None
    while undone := reviews.undo(project.id):
        if undone.title == "2 takes kept":
            assert [reviews.of(take).verdict for take in takes] == [None, "keep", None]
    assert [reviews.of(take) for take in takes] == [Review(take_id=take.id) for take in takes]
    with pytest.raises(RequestError, match="cannot be a retake of itself"):
        reviews.set_verdicts(takes, "retake", third)
    assert reviews.of(first).verdict is None


def test_a_retake_must_be_of_another_take_of_its_project(catalog: Catalog, reviews: Reviews, takes: list[Take]) -> None:
    other = catalog.add_project("Studio day", "studio-day")
    catalog.add_take(elsewhere := a_take(other, 1))
    with pytest.raises(RequestError, match="retake of itself"):
        reviews.set_verdict(takes[0], "retake", takes[0])
    with pytest.raises(RequestError, match="not in the same project"):
        reviews.set_verdict(takes[0], "retake", elsewhere)
    with pytest.raises(RequestError, match="needs the verdict “retake”"):
        reviews.set_verdict(takes[0], "keep", takes[1])
    assert reviews.of(takes[0]) == Review(take_id=takes[0].id)


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        (Fraction(-1), None),
        (Fraction(1), Fraction(1)),
        (Fraction(2), Fraction(1)),
        (None, LENGTH + Fraction(1, 48000)),
        (None, Fraction(0)),
        (LENGTH, None),
    ],
)
def test_a_trim_outside_its_take_is_refused(
    reviews: Reviews, takes: list[Take], starts: Fraction | None, ends: Fraction | None
) -> None:
    with pytest.raises(RequestError, match=r"2\.57 s long"):
        reviews.set_trim(takes[0], starts, ends)


def test_a_trim_may_have_one_side_or_reach_both_ends(reviews: Reviews, takes: list[Take]) -> None:
    assert reviews.set_trim(takes[0], Fraction(1, 3), None)
    assert (reviews.of(takes[0]).starts, reviews.of(takes[0]).ends) == (Fraction(1, 3), None)
    assert reviews.set_trim(takes[0], Fraction(0), LENGTH)
    assert (reviews.of(takes[0]).starts, reviews.of(takes[0]).ends) == (Fraction(0), LENGTH)
    whole = reviews.set_trim(takes[0], None, None)
    assert whole
    assert whole.title == "001-IMG_0101: trim cleared"


def test_markers_are_listed_by_time_and_edits_have_their_labels(
    reviews: Reviews, project: Project, takes: list[Take]
) -> None:
    late = reviews.add_marker(takes[0], LENGTH, "  harbour ")
    early = reviews.add_marker(takes[0], Fraction(1, 3))
    other = reviews.add_marker(takes[1], Fraction(0), "x")
    assert late == Marker(id=late.id, take_id=takes[0].id, at=LENGTH, label="harbour")
    assert reviews.markers(takes[0]) == [early, late]
    assert reviews.all_markers(project.id) == {takes[0].id: [early, late], takes[1].id: [other]}
    reviews.rename_marker(early, "gull")
    reviews.remove_marker(late)
    assert [marker.label for marker in reviews.markers(takes[0])] == ["gull"]
    assert titles(reviews, project) == [
        "001-IMG_0101: removed marker at 00:00:02.56 “harbour”",
        "001-IMG_0101: marker at 00:00:00.33 “gull”",
        "002-IMG_0102: marker at 00:00:00.00 “x”",
        "001-IMG_0101: marker at 00:00:00.33",
        "001-IMG_0101: marker at 00:00:02.56 “harbour”",
    ]


@pytest.mark.parametrize("at", [Fraction(-1, 1000), LENGTH + Fraction(1, 1000)])
def test_a_marker_outside_its_take_is_refused(reviews: Reviews, takes: list[Take], at: Fraction) -> None:
    with pytest.raises(RequestError, match=r"outside the take: .* 2\.57 s long"):
        reviews.add_marker(takes[0], at)


@pytest.mark.parametrize("label", ["x" * 201, "two\nlines", "two\u2028lines", "bell\x07", "\x1b[2Jgone"])
def test_a_label_must_be_one_line(reviews: Reviews, project: Project, takes: list[Take], label: str) -> None:
    marker = reviews.add_marker(takes[0], Fraction(1), "é" * 200)
    with pytest.raises(RequestError, match="one line"):
        reviews.add_marker(takes[0], Fraction(1), label)
    with pytest.raises(RequestError, match="one line"):
        reviews.rename_marker(marker, label)
    assert len(reviews.edits(project.id)) == 1


def test_a_label_with_special_characters_is_stored_unchanged(
    reviews: Reviews, project: Project, takes: list[Take]
) -> None:
    label = "O'Brien\"; DROP TABLE marker; -- 👩‍🎤 [bold] \\"
    reviews.add_marker(takes[0], Fraction(1), label)
    reviews.undo(project.id)
    reviews.redo(project.id)
    assert [marker.label for marker in reviews.markers(takes[0])] == [label]


def test_a_change_to_a_removed_marker_is_refused(reviews: Reviews, takes: list[Take]) -> None:
    marker = reviews.add_marker(takes[0], Fraction(1))
    reviews.remove_marker(marker)
    with pytest.raises(RequestError, match="no longer exists"):
        reviews.remove_marker(marker)
    with pytest.raises(RequestError, match="no longer exists"):
        reviews.rename_marker(marker, "x")


def test_undo_restores_a_removed_marker_with_its_id(reviews: Reviews, project: Project, takes: list[Take]) -> None:
    marker = reviews.add_marker(takes[0], Fraction(1), "harbour")
    reviews.remove_marker(marker)
    assert reviews.add_marker(takes[0], Fraction(1), "gull").id != marker.id
    reviews.undo(project.id)
    restored = reviews.undo(project.id)
    assert restored
    assert restored.undone
    assert reviews.markers(takes[0]) == [marker]


def test_a_new_change_discards_undone_edits(reviews: Reviews, project: Project, takes: list[Take]) -> None:
    reviews.set_verdict(takes[0], "keep")
    reviews.set_star(takes[0], True)
    reviews.undo(project.id)
    assert [edit.undone for edit in reviews.edits(project.id)] == [True, False]
    reviews.set_verdict(takes[1], "keep")
    assert reviews.redo(project.id) is None
    assert titles(reviews, project) == ["002-IMG_0102: keep", "001-IMG_0101: keep"]
    assert [edit.title for edit in reviews.edits(project.id, limit=1)] == ["002-IMG_0102: keep"]


def test_each_project_has_its_own_journal(
    catalog: Catalog, reviews: Reviews, project: Project, takes: list[Take]
) -> None:
    other = catalog.add_project("Studio day", "studio-day")
    catalog.add_take(elsewhere := a_take(other, 1))
    reviews.set_verdict(takes[0], "keep")
    reviews.undo(project.id)
    reviews.set_verdict(elsewhere, "keep")
    assert reviews.redo(project.id)
    assert reviews.undo(other.id)
    assert reviews.undo(other.id) is None
    assert set(reviews.all(project.id)) == {takes[0].id}
    assert reviews.all(other.id) == {}
    assert reviews.all_markers(other.id) == {}


def test_undo_restores_the_previous_value_after_other_changes(
    catalog: Catalog, reviews: Reviews, project: Project, takes: list[Take]
) -> None:
    reviews.set_verdict(takes[0], "keep")
    reviews.set_star(takes[0], True)
    with sqlite3.connect(catalog.path) as other:
        other.execute("UPDATE review SET verdict = 'retake', star = 0")
    reviews.undo(project.id)
    assert reviews.of(takes[0]) == Review(take_id=takes[0].id, verdict="keep")


def test_two_connections_see_and_undo_each_others_changes(
    catalog: Catalog, project: Project, takes: list[Take]
) -> None:
    first, second = catalog, Catalog(catalog.path)
    version = second.version()
    first.reviews.set_verdict(takes[0], "keep")
    marker = first.reviews.add_marker(takes[0], Fraction(1), "harbour")
    assert second.version() != version
    assert second.reviews.of(takes[0]).verdict == "keep"
    assert second.reviews.markers(takes[0]) == [marker]
    version = first.version()
    second.reviews.undo(project.id)
    assert first.version() != version
    assert first.reviews.markers(takes[0]) == []
    version = first.version()
    first.reviews.set_star(takes[1], True)
    assert first.version() == version
    assert second.reviews.redo(project.id) is None


def test_concurrent_writers_lose_no_changes(catalog: Catalog, project: Project, takes: list[Take]) -> None:
    def review(index: int) -> None:
        own = Catalog(catalog.path)
        for n in range(10):
            own.reviews.set_star(takes[0], bool(n % 2))
            own.reviews.add_marker(takes[index], Fraction(n, 10), f"{index}.{n}")
        own.close()

    threads = [Thread(target=review, args=(index,)) for index in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(catalog.reviews.markers(take)) for take in takes] == [10, 10, 10]
    while catalog.reviews.undo(project.id):
        pass
    assert catalog.reviews.all(project.id) == {}
    assert catalog.reviews.all_markers(project.id) == {}


def test_a_change_that_cannot_be_journalled_is_rolled_back(
    catalog: Catalog, project: Project, takes: list[Take]
) -> None:
    with sqlite3.connect(catalog.path) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON edit BEGIN SELECT RAISE(ABORT, 'full'); END")
    for change in (
        lambda: catalog.reviews.set_verdict(takes[0], "keep"),
        lambda: catalog.reviews.add_marker(takes[0], Fraction(1)),
    ):
        with pytest.raises(sqlite3.IntegrityError, match="full"):
            change()
    assert Catalog(catalog.path).reviews.all(project.id) == {}
    assert Catalog(catalog.path).reviews.all_markers(project.id) == {}


def test_the_times_of_cues_are_stored_in_utc(reviews: Reviews, project: Project) -> None:
    summer = timezone(timedelta(hours=2))
    late = reviews.add_retake_cue(
        project.id, datetime(2025, 6, 14, 9, 0, 0, 500000, summer), "Again, from the harbour."
    )
    early = reviews.add_retake_cue(project.id, datetime(2025, 6, 14, 7, 0, tzinfo=UTC), "“Again”")
    assert late.at == datetime(2025, 6, 14, 7, 0, 0, 500000, UTC)
    assert late.at.utcoffset() == timedelta(0)
    assert reviews.retake_cues(project.id) == [early, late]
    with pytest.raises(ValueError, match="zone"):
        reviews.add_retake_cue(project.id, datetime(2025, 6, 14, 7, 0), "x")


def test_a_restored_cue_does_not_replace_a_cue_of_another_project(
    catalog: Catalog, reviews: Reviews, project: Project
) -> None:
    other = catalog.add_project("Lighthouse", "lighthouse")
    restored = reviews.add_retake_cue(project.id, datetime(2025, 6, 14, 7, 0, tzinfo=UTC), "Mine.")
    assert reviews.undo(project.id)
    other_cue = reviews.add_retake_cue(other.id, datetime(2025, 6, 14, 8, 0, tzinfo=UTC), "Theirs.")
    assert reviews.redo(project.id)
    assert (reviews.retake_cues(project.id), reviews.retake_cues(other.id)) == ([restored], [other_cue])


def test_a_catalog_without_reviews_is_migrated_with_its_takes(tmp_path: Path) -> None:
    catalog, project, takes = catalog_with_takes(tmp_path / "new.sqlite")
    catalog.close()
    with sqlite3.connect(tmp_path / "catalog.sqlite") as older:
        for _, script in migrations()[:2]:
            older.executescript(script)
        older.execute("PRAGMA user_version = 2")
        older.execute("ATTACH ? AS new", (str(tmp_path / "new.sqlite"),))
        for table, name in (("project", "project"), ("delivery", "ingest_batch"), ("take", "take")):
            older.execute(f"INSERT INTO {table} SELECT * FROM new.{name}")
    older.close()
    with sqlite3.connect(tmp_path / "catalog.sqlite") as other:
        assert other.execute("PRAGMA user_version").fetchone() == (2,)
        assert other.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'review'").fetchone() == (0,)
    newer = Catalog(tmp_path / "catalog.sqlite")
    assert newer.takes(project) == takes
    assert newer.reviews.set_verdict(takes[0], "keep")
    assert newer.reviews.undo(project.id)
    with sqlite3.connect(tmp_path / "catalog.sqlite") as other:
        assert other.execute("PRAGMA user_version").fetchone() == (migrations()[-1][0],)
        assert other.execute("PRAGMA foreign_key_check").fetchall() == []


# Any sequence


def spans_of(reviews: Reviews, take: Take) -> list[tuple[Fraction, Fraction]]:
    return list(reviews.of(take).spans(take.probe.duration))


def test_a_take_has_any_number_of_kept_ranges(reviews: Reviews, project: Project, takes: list[Take]) -> None:
    take = takes[0]
    assert spans_of(reviews, take) == [(0, LENGTH)]
    reviews.add_range(take, Fraction(2), None)
    reviews.add_range(take, Fraction(1, 2), Fraction(1))
    assert spans_of(reviews, take) == [(Fraction(1, 2), 1), (2, LENGTH)]
    assert (reviews.of(take).starts, reviews.of(take).ends) == (Fraction(1, 2), None)
    reviews.set_trim(take, Fraction(3, 2), Fraction(9, 4), number=2)
    reviews.split_range(take, Fraction(7, 4))
    assert spans_of(reviews, take)[1:] == [(Fraction(3, 2), Fraction(7, 4)), (Fraction(7, 4), Fraction(9, 4))]
    reviews.remove_range(take, 1)
    assert spans_of(reviews, take) == [(Fraction(3, 2), Fraction(7, 4)), (Fraction(7, 4), Fraction(9, 4))]
    assert titles(reviews, project) == [
        "001-IMG_0101: range 1 removed, 00:00:00.50 to 00:00:01.00",
        "001-IMG_0101: range 2 split at 00:00:01.75",
        "001-IMG_0101: range 2 from 00:00:01.50 to 00:00:02.25",
        "001-IMG_0101: range added, 00:00:00.50 to 00:00:01.00",
        "001-IMG_0101: range added, 00:00:02.00 to 00:00:02.56",
    ]
    reviews.remove_range(take, 2)
    reviews.remove_range(take, 1)
    assert reviews.of(take) == Review(take_id=take.id)
    for _ in range(3):
        reviews.undo(project.id)
    assert len(reviews.of(take).ranges) == 3


def test_ranges_that_overlap_or_do_not_exist_are_refused(reviews: Reviews, takes: list[Take]) -> None:
    take = takes[0]
    reviews.add_range(take, Fraction(1), Fraction(2))
    with pytest.raises(RequestError, match=r"overlaps range 1 of 001-IMG_0101, 00:00:01.00 to 00:00:02.00"):
        reviews.add_range(take, Fraction(3, 2), None)
    with pytest.raises(RequestError, match="has no range 2"):
        reviews.remove_range(take, 2)
    for at in (Fraction(1), Fraction(2)):
        with pytest.raises(RequestError, match="cannot be split"):
            reviews.split_range(take, at)
    reviews.add_range(take, Fraction(2), Fraction(5, 2))
    with pytest.raises(RequestError, match="has 2 kept ranges"):
        reviews.set_trim(take, Fraction(0), Fraction(1))
    assert spans_of(reviews, take) == [(1, 2), (2, Fraction(5, 2))]


State = tuple[dict[str, Review], dict[str, list[Marker]], list[Encoding | None], list[RetakeCue]]
Change = Callable[[Reviews, list[Take]], Any]


def _set_verdict(which: int, verdict: Any, of: int | None) -> Change:
    def change(reviews: Reviews, takes: list[Take]) -> Any:
        repeated = takes[of] if of is not None and of != which and verdict == "retake" else None
        return reviews.set_verdict(takes[which], verdict, repeated)

    return change


def _set_winner(which: int, other: int) -> Change:
    return lambda reviews, takes: which != other and reviews.set_winner(takes[which], takes[other])


def _set_trim(which: int, starts: Fraction | None, ends: Fraction | None) -> Change:
    def change(reviews: Reviews, takes: list[Take]) -> Any:
        several = len(reviews.of(takes[which]).ranges) > 1
        return None if several else reviews.set_trim(takes[which], starts, ends)

    return change


def _set_ranges(which: int, cuts: list[Fraction]) -> Change:
    ordered = sorted({*cuts})
    ranges = [KeptRange(start=start, end=end) for start, end in pairwise(ordered)]
    return lambda reviews, takes: reviews.set_ranges(takes[which], ranges, "ranges")


def _add_marker(which: int, at: Fraction, label: str) -> Change:
    return lambda reviews, takes: reviews.add_marker(takes[which], at, label)


def _set_star(which: int, on: bool) -> Change:
    return lambda reviews, takes: reviews.set_star(takes[which], on)


def _edit_marker(number: int, label: str | None) -> Change:
    def change(reviews: Reviews, takes: list[Take]) -> Any:
        known = [marker for take in takes for marker in reviews.markers(take)]
        if not known:
            return None
        marker = known[number % len(known)]
        return reviews.remove_marker(marker) if label is None else reviews.rename_marker(marker, label)

    return change


WHICH = st.integers(0, 2)
LABELS = st.sampled_from(["", "harbour", "gull “x”", "O'Brien"])


def _set_input_transform(which: int, transform: Encoding) -> Change:
    return lambda reviews, takes: reviews.set_input_transform(takes[which], transform)


def _add_cue(hour: int, line: str) -> Change:
    return lambda reviews, takes: reviews.add_retake_cue(
        takes[0].project_id, datetime(2025, 6, 14, hour, tzinfo=UTC), line
    )


CHANGES = st.one_of(
    st.builds(_set_input_transform, WHICH, st.sampled_from([Encoding.APPLE_LOG, Encoding.REC709])),
    st.builds(_add_cue, st.integers(0, 23), LABELS),
    st.builds(_set_verdict, WHICH, st.sampled_from(["keep", "retake", None]), st.none() | WHICH),
    st.builds(_set_winner, WHICH, WHICH),
    st.builds(_set_star, WHICH, st.booleans()),
    st.builds(
        _set_trim,
        WHICH,
        st.none() | st.fractions(0, 1, max_denominator=1001),
        st.none() | st.fractions(2, Fraction(5, 2), max_denominator=1001),
    ),
    st.builds(_set_ranges, WHICH, st.lists(st.fractions(0, Fraction(5, 2), max_denominator=1001), max_size=5)),
    st.builds(_add_marker, WHICH, st.fractions(0, Fraction(5, 2), max_denominator=48000), LABELS),
    st.builds(_edit_marker, st.integers(0, 9), st.none() | LABELS),
    st.sampled_from(["undo", "redo"]),
)


@examples(20)
@given(st.lists(CHANGES, max_size=15))
def test_undo_and_redo_restore_each_state_of_any_sequence_of_changes(changes: list[Change | str]) -> None:
    with TemporaryDirectory() as folder:
        catalog, project, takes = catalog_with_takes(Path(folder) / "catalog.sqlite")
        reviews = catalog.reviews

        def current() -> State:
            transforms = [take.input_transform for take in catalog.takes(project)]
            return reviews.all(project.id), reviews.all_markers(project.id), transforms, reviews.retake_cues(project.id)

        states, position = [current()], 0
        for change in changes:
            if change == "undo":
                assert bool(reviews.undo(project.id)) == (position > 0)
                position = max(position - 1, 0)
            elif change == "redo":
                assert bool(reviews.redo(project.id)) == (position < len(states) - 1)
                position = min(position + 1, len(states) - 1)
            elif callable(change) and change(reviews, takes):
                states, position = [*states[: position + 1], current()], position + 1
                assert states[position] != states[position - 1]
            assert current() == states[position]
        while position < len(states) - 1:
            assert reviews.redo(project.id)
            position += 1
        assert reviews.redo(project.id) is None
        while position:
            assert current() == states[position]
            assert reviews.undo(project.id)
            position -= 1
        assert reviews.undo(project.id) is None
        assert current() == states[0]
        while reviews.redo(project.id):
            position += 1
            assert current() == states[position]
        assert current() == states[-1]
        assert len(reviews.edits(project.id, limit=None)) == len(states) - 1
        catalog.close()
