"""A typed text with the situation in which the person wrote it."""

from collections.abc import Mapping
from dataclasses import dataclass

from telegram import Message, Update

from handlers import steps
from handlers.context import Context
from handlers.steps import Step
from recsys.text.meaning import Question, Situation
from recsys.text.wishes import Wish
from storage.records import Movie, Person

_QUESTIONS: Mapping[Step, Question] = {
    Step.WELCOME: Question.GREETING,
    Step.AGE: Question.AGE,
    Step.GENDER: Question.GENDER,
    Step.OCCUPATION: Question.OCCUPATION,
    Step.TITLES: Question.TITLES,
}


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
    def asked(self) -> steps.Question | None:
        """The question that waits for an answer; None if none does."""
        return steps.open_question(self.person)

    @property
    def situation(self) -> Situation:
        """The situation for the reader of meanings. A reply to a card is about its movie, whatever question waits."""
        card = None if self.card is None else self.card.movie_id
        question = None if card is not None else _QUESTIONS.get(self.asked or self.step)
        return Situation(question, card, self.wish, self.step is Step.TITLES, self.message.date.year)
