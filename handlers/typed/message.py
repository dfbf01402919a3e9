"""A typed text with the situation in which the person wrote it."""

from dataclasses import dataclass

from telegram import Message, Update

from handlers.context import Context
from handlers.steps import Step
from recsys.text.meaning import Question, Situation
from recsys.text.wishes import Wish
from storage.records import Movie, Person

_QUESTIONS = {Step.AGE: Question.AGE, Step.GENDER: Question.GENDER, Step.OCCUPATION: Question.OCCUPATION}


@dataclass(frozen=True, slots=True)
class Typed:
    """A typed text with the situation in which the person wrote it.

    Attributes:
        update: the update with the text.
        context: of the handler.
        message: the message with the text.
        text: what the person wrote.
        person: who wrote it.
        card: the movie on the card that the text replies to; None if it replies to no card.
        wish: the wish that is active; None if there is none.
    """

    update: Update
    context: Context
    message: Message
    text: str
    person: Person
    card: Movie | None
    wish: Wish | None

    @property
    def person_id(self) -> int:
        """The Telegram user id of the person."""
        return self.person.person_id

    @property
    def step(self) -> Step:
        """The step of the onboarding at which the person is."""
        return Step(self.person.step)

    @property
    def situation(self) -> Situation:
        """The situation for the reader of meanings."""
        card = None if self.card is None else self.card.movie_id
        return Situation(_QUESTIONS.get(self.step), card, self.wish, self.step is Step.TITLES)
