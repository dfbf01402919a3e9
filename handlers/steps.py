"""The state machine of the onboarding, as a pure function: (step, answer) -> Next | Invalid.

    welcome -> age -> gender -> occupation -> titles -> ready

Nothing is stored here. The caller stores the next step with a compare-and-set on the step that it gave to `advance`,
and recognises a stale button by the step that the button carries. At `ready`, each of the three questions can be asked
again from the profile. Its answer changes the profile, and the person stays at `ready`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypedDict, assert_never

from recsys.profile import AGE_GROUPS, GENDERS, OCCUPATIONS, Gender
from storage.records import Person


class Step(StrEnum):
    """A step of the onboarding. The database and the buttons hold its value."""

    WELCOME = "welcome"
    AGE = "age"
    GENDER = "gender"
    OCCUPATION = "occupation"
    TITLES = "titles"
    READY = "ready"


Question = Literal[Step.AGE, Step.GENDER, Step.OCCUPATION]
"""The steps that ask about the person."""

QUESTIONS: tuple[Question, ...] = (Step.AGE, Step.GENDER, Step.OCCUPATION)

_ORDER = tuple(Step)


def open_question(person: Person) -> Question | None:
    """Return the question of the onboarding, or of the profile, that waits for an answer; None if none does."""
    asked = person.open_question if person.step == Step.READY else person.step
    return next((question for question in QUESTIONS if question == asked), None)


class Changes(TypedDict, total=False):
    """Changes of the profile. An absent key leaves the profile as it is, None means "rather not say".

    Attributes:
        gender: "F" or "M".
        age: the lowest age of the chosen group, in years.
        occupation: an index into OCCUPATIONS.
    """

    gender: Gender | None
    age: int | None
    occupation: int | None


@dataclass(frozen=True, slots=True)
class ChoseAge:
    """The answer to the question about age.

    Attributes:
        group: an index into AGE_GROUPS, None for "rather not say".
    """

    group: int | None


@dataclass(frozen=True, slots=True)
class ChoseGender:
    """The answer to the question about gender.

    Attributes:
        gender: "F" or "M", None for "rather not say".
    """

    gender: Gender | None


@dataclass(frozen=True, slots=True)
class ChoseOccupation:
    """The answer to the question about occupation.

    Attributes:
        occupation: an index into OCCUPATIONS, None for "rather not say".
    """

    occupation: int | None


class Move(StrEnum):
    """The answers that do not change the profile.

    Attributes:
        START: /start. The person stays at the present step.
        BEGIN: leave the greeting.
        SKIP: leave the question unanswered. An earlier answer is kept.
        BACK: return to the previous step.
        DONE: finish the titles.
        AGAIN: return to the first question.
    """

    START = "start"
    BEGIN = "begin"
    SKIP = "skip"
    BACK = "back"
    DONE = "done"
    AGAIN = "again"


Answer = ChoseAge | ChoseGender | ChoseOccupation | Move


class Reason(StrEnum):
    """Why an answer is invalid."""

    NOT_ASKED = "not asked"
    """The answer belongs to another step."""
    NOT_OFFERED = "not offered"
    """The question does not offer this choice."""


@dataclass(frozen=True, slots=True)
class Next:
    """The result of a valid answer.

    Attributes:
        step: the next step, which may be the present one.
        changes: the changes of the profile.
    """

    step: Step
    changes: Changes = field(default_factory=Changes)


@dataclass(frozen=True, slots=True)
class Invalid:
    """The result of an invalid answer: the step and the profile stay as they are."""

    reason: Reason


def advance(step: Step, answer: Answer) -> Next | Invalid:
    """Return the result of an answer at a step. Every combination has a result, and none raises."""
    if isinstance(answer, Move):
        return _move(step, answer)
    asked, offered, changes = _parse(answer)
    if step not in (asked, Step.READY):
        return Invalid(Reason.NOT_ASKED)
    if not offered:
        return Invalid(Reason.NOT_OFFERED)
    return Next(_after(step), changes)


def _move(step: Step, move: Move) -> Next | Invalid:
    match move:
        case Move.START:
            return Next(step)
        case Move.AGAIN:
            return Next(Step.AGE)
        case Move.BEGIN:
            return Next(Step.AGE) if step is Step.WELCOME else Invalid(Reason.NOT_ASKED)
        case Move.SKIP:
            # Skipping the greeting skips all questions.
            return Next(Step.TITLES if step is Step.WELCOME else _after(step))
        case Move.BACK:
            # At READY, "back" closes a question that was opened from the profile.
            return Next(step if step in (Step.WELCOME, Step.READY) else _ORDER[_ORDER.index(step) - 1])
        case Move.DONE:
            return Next(Step.READY) if step in (Step.TITLES, Step.READY) else Invalid(Reason.NOT_ASKED)
        case _:
            assert_never(move)


def _parse(answer: ChoseAge | ChoseGender | ChoseOccupation) -> tuple[Step, bool, Changes]:
    """Return the step that asks the question, whether it offers this choice, and the changes of the profile."""
    match answer:
        case ChoseAge(None):
            return Step.AGE, True, {"age": None}
        case ChoseAge(int(group)) if 0 <= group < len(AGE_GROUPS):
            return Step.AGE, True, {"age": AGE_GROUPS[group][0]}
        case ChoseAge():
            return Step.AGE, False, {}
        case ChoseGender(gender):
            return Step.GENDER, gender is None or gender in GENDERS, {"gender": gender}
        case ChoseOccupation(occupation):
            offered = occupation is None or 0 <= occupation < len(OCCUPATIONS)
            return Step.OCCUPATION, offered, {"occupation": occupation}
        case _:
            assert_never(answer)


def _after(step: Step) -> Step:
    return _ORDER[min(_ORDER.index(step) + 1, len(_ORDER) - 1)]
