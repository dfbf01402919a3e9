"""The onboarding state machine, pure: (step, answer) -> Next | Invalid.

    welcome -> age -> gender -> occupation -> titles -> ready

Nothing is stored here. The caller moves the person with a compare-and-set from the step that `advance` was given, and
recognises a stale button by the step that it carries. At `ready` the three questions can be asked again one at a time,
out of the profile: an answer changes the profile and the person stays at `ready`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypedDict, assert_never

from recsys.profile import AGE_GROUPS, GENDERS, OCCUPATIONS, Gender


class Step(StrEnum):
    """Where a person stands; the value is what the database and the buttons hold."""

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


class Changes(TypedDict, total=False):
    """What an answer says of the person: a key that is absent stays as it is, None is "rather not say".

    Attributes:
        gender: "F" or "M".
        age: in years, the lowest of the group that was chosen.
        occupation: a position in OCCUPATIONS.
    """

    gender: Gender | None
    age: int | None
    occupation: int | None


@dataclass(frozen=True, slots=True)
class ChoseAge:
    """An age group was tapped.

    Attributes:
        group: a position in AGE_GROUPS; None is "rather not say".
    """

    group: int | None


@dataclass(frozen=True, slots=True)
class ChoseGender:
    """A gender was tapped; None is "rather not say"."""

    gender: Gender | None


@dataclass(frozen=True, slots=True)
class ChoseOccupation:
    """An occupation was tapped.

    Attributes:
        occupation: a position in OCCUPATIONS; None is "rather not say".
    """

    occupation: int | None


class Move(StrEnum):
    """The answers that say nothing of the person.

    Attributes:
        START: /start was sent; whoever is in the middle goes on where they were.
        BEGIN: the greeting was read.
        SKIP: leave this question for now, whatever was answered before stays.
        BACK: return to the question before.
        DONE: enough titles.
        AGAIN: ask everything from the first question on.
    """

    START = "start"
    BEGIN = "begin"
    SKIP = "skip"
    BACK = "back"
    DONE = "done"
    AGAIN = "again"


Answer = ChoseAge | ChoseGender | ChoseOccupation | Move


class Reason(StrEnum):
    """Why an answer cannot be taken."""

    NOT_ASKED = "not asked"
    """It does not answer what is asked now."""
    NOT_OFFERED = "not offered"
    """It is none of the choices that this question offers."""


@dataclass(frozen=True, slots=True)
class Next:
    """The answer is taken.

    Attributes:
        step: where the person stands now; it may be the step they came from.
        changes: of their profile.
    """

    step: Step
    changes: Changes = field(default_factory=Changes)


@dataclass(frozen=True, slots=True)
class Invalid:
    """The answer changes nothing."""

    reason: Reason


def advance(step: Step, answer: Answer) -> Next | Invalid:
    """What an answer at a step leads to; every pair of the two has a result, and none raises."""
    if isinstance(answer, Move):
        return _move(step, answer)
    asked, offered, changes = _told(answer)
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
            # Whoever skips the greeting wants no questions at all.
            return Next(Step.TITLES if step is Step.WELCOME else _after(step))
        case Move.BACK:
            # At the end, back closes a question that was opened out of the profile.
            return Next(step if step in (Step.WELCOME, Step.READY) else _ORDER[_ORDER.index(step) - 1])
        case Move.DONE:
            return Next(Step.READY) if step in (Step.TITLES, Step.READY) else Invalid(Reason.NOT_ASKED)
        case _:
            assert_never(move)


def _told(answer: ChoseAge | ChoseGender | ChoseOccupation) -> tuple[Step, bool, Changes]:
    """The question that is answered, whether the choice is one of those offered, and what it says."""
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
