"""The state machine of the onboarding: the result of each answer at each step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.steps import (
    Answer,
    Changes,
    ChoseAge,
    ChoseGender,
    ChoseOccupation,
    Invalid,
    Move,
    Next,
    Reason,
    Step,
    advance,
)
from recsys.profile import AGE_GROUPS, OCCUPATIONS, Profile

NUMBERS = st.none() | st.integers()
ANSWERS: st.SearchStrategy[Answer] = st.one_of(
    st.builds(ChoseAge, NUMBERS),
    st.builds(ChoseGender, st.sampled_from([None, "F", "M", "X", ""])),
    st.builds(ChoseOccupation, NUMBERS),
    st.sampled_from(Move),
)


def test_the_whole_first_visit() -> None:
    """Answering every question in turn leads to the end, and each answer changes the profile once."""
    visit: list[tuple[Answer, Step, Changes]] = [
        (Move.START, Step.WELCOME, {}),
        (Move.BEGIN, Step.AGE, {}),
        (ChoseAge(2), Step.GENDER, {"age": 25}),
        (ChoseGender("F"), Step.OCCUPATION, {"gender": "F"}),
        (ChoseOccupation(12), Step.TITLES, {"occupation": 12}),
        (Move.DONE, Step.READY, {}),
    ]
    step = Step.WELCOME
    for answer, expected, changes in visit:
        assert advance(step, answer) == Next(expected, changes)
        step = expected


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Step.WELCOME, Step.TITLES),
        (Step.AGE, Step.GENDER),
        (Step.GENDER, Step.OCCUPATION),
        (Step.OCCUPATION, Step.TITLES),
        (Step.TITLES, Step.READY),
        (Step.READY, Step.READY),
    ],
)
def test_skipping_changes_no_profile(step: Step, expected: Step) -> None:
    """Every question is optional, and skipping the greeting skips all questions."""
    assert advance(step, Move.SKIP) == Next(expected)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Step.WELCOME, Step.WELCOME),
        (Step.AGE, Step.WELCOME),
        (Step.GENDER, Step.AGE),
        (Step.OCCUPATION, Step.GENDER),
        (Step.TITLES, Step.OCCUPATION),
        (Step.READY, Step.READY),
    ],
)
def test_back_returns_to_the_previous_step_and_keeps_answers(step: Step, expected: Step) -> None:
    """Going back changes no profile, and does nothing at either end."""
    assert advance(step, Move.BACK) == Next(expected)


@pytest.mark.parametrize(
    ("step", "answer", "expected"),
    [
        (Step.AGE, ChoseAge(None), Next(Step.GENDER, {"age": None})),
        (Step.GENDER, ChoseGender(None), Next(Step.OCCUPATION, {"gender": None})),
        (Step.OCCUPATION, ChoseOccupation(None), Next(Step.TITLES, {"occupation": None})),
    ],
)
def test_rather_not_say_removes_an_earlier_answer(step: Step, answer: Answer, expected: Next) -> None:
    """Unlike skipping, "rather not say" sets the answer to None."""
    assert advance(step, answer) == expected


@pytest.mark.parametrize(
    ("answer", "changes"),
    [
        (ChoseAge(0), {"age": 1}),
        (ChoseAge(None), {"age": None}),
        (ChoseGender("M"), {"gender": "M"}),
        (ChoseOccupation(0), {"occupation": 0}),
    ],
)
def test_every_answer_can_be_changed_later(answer: Answer, changes: Changes) -> None:
    """The answer to a question that was opened from the profile changes the profile and not the step."""
    assert advance(Step.READY, answer) == Next(Step.READY, changes)


@pytest.mark.parametrize("step", Step)
def test_start_in_the_middle_continues_where_the_person_was(step: Step) -> None:
    """/start keeps the step, and AGAIN returns to the first question."""
    assert advance(step, Move.START) == Next(step)
    assert advance(step, Move.AGAIN) == Next(Step.AGE)


@pytest.mark.parametrize(
    ("step", "answer", "reason"),
    [
        (Step.GENDER, ChoseAge(1), Reason.NOT_ASKED),
        (Step.AGE, ChoseGender("F"), Reason.NOT_ASKED),
        (Step.TITLES, ChoseOccupation(1), Reason.NOT_ASKED),
        (Step.WELCOME, ChoseAge(1), Reason.NOT_ASKED),
        (Step.WELCOME, Move.DONE, Reason.NOT_ASKED),
        (Step.GENDER, Move.BEGIN, Reason.NOT_ASKED),
        (Step.AGE, ChoseAge(len(AGE_GROUPS)), Reason.NOT_OFFERED),
        (Step.AGE, ChoseAge(-1), Reason.NOT_OFFERED),
        (Step.GENDER, ChoseGender("X"), Reason.NOT_OFFERED),  # type: ignore[arg-type]  # what a crafted button may say
        (Step.READY, ChoseOccupation(len(OCCUPATIONS)), Reason.NOT_OFFERED),
    ],
)
def test_what_cannot_be_taken_says_why(step: Step, answer: Answer, reason: Reason) -> None:
    """An answer to another question, or one that no button offers, changes nothing."""
    assert advance(step, answer) == Invalid(reason)


@given(st.sampled_from(Step), ANSWERS)
def test_every_answer_at_every_step_has_a_result_that_a_profile_takes(step: Step, answer: Answer) -> None:
    """Every answer is valid or invalid, and the changes of a valid answer make a valid profile."""
    result = advance(step, answer)
    if isinstance(result, Next):
        assert result.step in Step
        Profile(**result.changes)
    else:
        assert result.reason in Reason
