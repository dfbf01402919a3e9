"""The judge of reliability finds what is lost, doubled, dead, late or announced twice, and nothing else."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.reliability.checker import (
    StoredPeople,
    StoredPerson,
    check_announcements,
    check_answers,
    check_screen,
    check_waits,
)
from benchmarks.reliability.model import Change, State, replay
from benchmarks.reliability.record import Action, Finding, Kind
from storage.sql import CardAnswer, Cards, Changes, Database, People, Ratings

ANN, CARD = 7, 40
ACTIONS = [
    Action(1, ANN, Kind.QUESTION, profile=("age", 25)),
    Action(2, ANN, Kind.TITLE, movie_id=10, stars=5.0),
    Action(3, ANN, Kind.CARD, message_id=CARD, movie_id=20, stars=5.0),
    Action(4, ANN, Kind.CARD, message_id=CARD, movie_id=20, stars=1.0),
    Action(5, ANN, Kind.CARD, message_id=CARD, movie_id=30, mark="later"),
    Action(6, ANN, Kind.TYPED, movie_id=10, stars=3.5),
    Action(7, ANN, Kind.UNDO),
    Action(8, ANN, Kind.UNDO_BUTTON, movie_id=10),
]
"""Two taps on one movie of a card; an undo by command; an undo by a button of a movie that no card was answered for."""

CHANGES = [
    Change(10, None, 5.0),
    Change(20, None, 5.0),
    Change(30, None, None, "later"),
    Change(10, 5.0, 3.5, is_undone=True),
]


def stored(changes: list[Change] = CHANGES) -> State:
    """Return what a bot has stored after the actions, or with other changes of ratings."""
    return State({10: 5.0, 20: 5.0}, changes, {("later", 30)}, {"age": 25})


def test_every_action_counts_once() -> None:
    """The second tap on a movie stores nothing, and an undo takes back the change before it."""
    state = replay(ACTIONS)
    assert (state.ratings, state.marks, state.profile) == ({10: 5.0, 20: 5.0}, {("later", 30)}, {"age": 25})
    assert [change.update_id for change in state.changes] == [2, 3, 5, 6]
    assert [change.undone_by for change in state.changes] == [0, 0, 0, 7]
    assert check_answers(ACTIONS, stored()) == []


@pytest.mark.parametrize(
    ("changes", "promise", "update_id"),
    [
        ([CHANGES[0], *CHANGES[2:]], "lost", 3),
        ([*CHANGES[:2], *CHANGES[1:]], "stored twice", None),
        ([*CHANGES, Change(50, None, 5.0)], "not asked for", None),
        ([*CHANGES[:3], Change(10, 5.0, 3.5)], "lost", 7),
        ([CHANGES[0], Change(20, None, 5.0, is_undone=True), *CHANGES[2:]], "undone twice", 3),
    ],
)
def test_a_change_that_is_not_stored_exactly_once_is_found(
    changes: list[Change], promise: str, update_id: int | None
) -> None:
    """The finding names the update whose change is missing, or was undone by mistake."""
    [finding] = check_answers(ACTIONS, stored(changes))
    assert (finding.promise, finding.update_id) == (promise, update_id)


def test_a_lost_answer_to_a_question_and_a_lost_mark_are_found() -> None:
    """The state is compared as well as the changes."""
    found = check_answers(ACTIONS, State({10: 5.0, 20: 5.0}, CHANGES))
    assert [finding.promise for finding in found] == ["lost", "lost"]


def test_a_dead_card_is_found() -> None:
    """Its message shows a movie that the database does not have for it. A card without a row may still work."""
    assert check_screen({CARD: 20, 41: 30}, {CARD: 20}) == []
    assert [finding.promise for finding in check_screen({CARD: 10}, {CARD: 20})] == ["screen"]


def test_only_the_time_while_the_bot_runs_counts_as_waiting() -> None:
    """A kill interrupts the wait; what is not answered is found, unless no answer is owed."""
    up = [(0.0, 8.0), (100.0, 120.0)]
    in_time = Action(1, ANN, Kind.CARD, asked_at=1.0, answered_at=109.0)
    late = Action(2, ANN, Kind.CARD, asked_at=101.0, answered_at=112.0)
    silent, excused = Action(3, ANN, Kind.UNDO), Action(4, ANN, Kind.UNDO, is_owed=False)
    found = check_waits([in_time, late, silent, excused], up)
    assert [(finding.promise, finding.update_id) for finding in found] == [("late", 2), ("no answer", 3)]


@pytest.mark.parametrize(
    ("status", "copies", "promises"),
    [
        ("sent", 1, []),
        ("uncertain", 0, []),
        ("uncertain", 1, []),
        ("blocked", 0, []),
        ("sent", 0, ["announcement"]),
        ("sent", 2, ["announced twice"]),
        ("uncertain", 2, ["announced twice"]),
        ("waiting", 0, ["announcement"]),
    ],
)
def test_an_announcement_arrives_as_it_is_stored(status: str, copies: int, promises: list[str]) -> None:
    """Nobody gets it twice, whoever is stored as having got it has got it, and nobody is left waiting."""
    found = check_announcements({1: Counter({ANN: copies})}, {(1, ANN): status})
    assert [finding.promise for finding in found] == promises


def test_a_finding_names_no_person() -> None:
    """It names the case and the update."""
    finding = Finding("lost", 3, "an answer of kind 'card'", "500 at sendMessage")
    assert str(finding) == "500 at sendMessage: lost: update 3, an answer of kind 'card'"


async def test_the_database_is_read_as_the_bot_writes_it(database: Database, tmp_path: Path) -> None:
    """After the same actions on the real tables nothing is found; one more undo is."""
    people, ratings, cards, now = People(database), Ratings(database), Cards(database), datetime.now(UTC)
    await people.get_or_create(ANN, "welcome", now)
    await people.update(ANN, age=25)
    await ratings.rate(ANN, 10, 5.0, "onboarding", now)
    await cards.put(ANN, CARD, 20, now)
    liked = await cards.answer_card(ANN, CARD, CardAnswer(20, 5.0, None, 30), now)
    await cards.answer_card(ANN, CARD, CardAnswer(20, 1.0, None, 50), now)
    await cards.answer_card(ANN, CARD, CardAnswer(30, None, "later", 60), now)
    await ratings.rate(ANN, 10, 3.5, "stars", now)
    await Changes(database).undo(ANN, now)
    judge = StoredPeople(tmp_path / "data" / "reelmate.db")
    assert check_answers(ACTIONS, judge.states()[ANN]) == []
    assert judge.cards()[ANN] == {CARD: 60}
    of_ann = StoredPerson(judge, ANN)
    assert of_ann.is_card(CARD)
    assert not of_ann.is_card(CARD + 1)
    assert liked is not None
    assert liked.change is not None
    assert of_ann.movie_of_change(liked.change) == 20
    assert StoredPerson(judge, ANN + 1).movie_of_change(liked.change) is None
    await Changes(database).undo(ANN, now)
    found = check_answers(ACTIONS, judge.states()[ANN])
    assert [finding.promise for finding in found] == ["undone twice", "lost"]
