"""The context of every handler: python-telegram-bot's own, with this bot's services on it, and the present attempt.

An update is handed to the application together with an `UpdateAttempt`. The attempt travels in a context variable,
because python-telegram-bot passes nothing from the caller of `Application.process_update` to its handlers.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol, Self

from telegram import Bot, Update
from telegram.ext import Application, CallbackContext, ExtBot

from handlers.posters import Posters
from recsys.services.administration import Administration
from recsys.services.browsing import Browsing
from recsys.services.conversation import Conversation
from recsys.services.histories.importing import Histories
from recsys.services.misunderstandings import Misunderstandings, Misunderstood
from storage.changes import ShownCard
from storage.records import Retention

SERVICES, POSTERS = "services", "posters"
"""The keys of the services and of the posters in the application's `bot_data`."""


class Services(Protocol):
    """The services that handlers use; `bot.app.Services` implements it."""

    @property
    def conversation(self) -> Conversation:
        """The use cases of a person."""
        ...

    @property
    def browsing(self) -> Browsing:
        """The use cases of a person who looks something up."""
        ...

    @property
    def histories(self) -> Histories:
        """The use cases of a person who brings a history from another service."""
        ...

    @property
    def administration(self) -> Administration:
        """The use cases of an admin."""
        ...

    @property
    def misunderstandings(self) -> Misunderstandings:
        """The counts of messages that were not understood."""
        ...

    @property
    def retention(self) -> Retention:
        """How long records are kept."""
        ...

    @property
    def sends_texts(self) -> bool:
        """Whether texts that the rules leave unclear are sent to a language model."""
        ...


class CardSender(Protocol):
    """The objects that are needed to send a card: of a Context, or of a job that sends cards without an update."""

    @property
    def bot(self) -> Bot:
        """The bot that sends the card."""
        ...

    @property
    def conversation(self) -> Conversation:
        """The service that chooses the card."""
        ...

    @property
    def posters(self) -> Posters:
        """The posters of the cards."""
        ...


class Context(CallbackContext[ExtBot[Any], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """A typed context. It holds no state of a conversation; that is in the database.

    Attributes:
        update_id: Telegram's id of the update. Use cases that change something get it, so that the update changes it
            once, even if it is delivered again.
    """

    update_id: int | None = None

    @classmethod
    def from_update(cls, update: object, application: Application[Any, Self, Any, Any, Any, Any]) -> Self:
        """Return the context of an update."""
        context = super().from_update(update, application)
        context.update_id = update.update_id if isinstance(update, Update) else None
        return context

    @property
    def services(self) -> Services:
        """The running bot's services."""
        services: Services = self.application.bot_data[SERVICES]
        return services

    @property
    def conversation(self) -> Conversation:
        """The use cases of a person."""
        return self.services.conversation

    @property
    def administration(self) -> Administration:
        """The use cases of an admin."""
        return self.services.administration

    async def count_misunderstood(self, kind: Misunderstood) -> None:
        """Count that the message of this update was not understood."""
        await self.services.misunderstandings.count(kind, self.update_id)

    @property
    def posters(self) -> Posters:
        """The posters of the cards, with the file ids that Telegram gave them."""
        posters: Posters = self.application.bot_data[POSTERS]
        return posters


async def _is_alone() -> bool:
    return True


@dataclass(slots=True)
class UpdateAttempt:
    """One attempt to handle an update.

    Attributes:
        was_refused: whether an earlier attempt was refused; the person has had an apology then.
        may_apologise: returns whether no other replica has apologised after an attempt of its own.
        must_be_redelivered: whether a service was out of reach, so that Telegram must deliver the update again.
        failed: whether a handler raised an error. A person who blocked the bot is not a failure.
        shown: the card that a message certainly shows now, if the update has changed it.
    """

    was_refused: bool = False
    may_apologise: Callable[[], Awaitable[bool]] = _is_alone
    must_be_redelivered: bool = False
    failed: bool = False
    shown: ShownCard | None = None


_current_attempt: ContextVar[UpdateAttempt | None] = ContextVar("current_attempt", default=None)


@contextmanager
def recording(attempt: UpdateAttempt) -> Iterator[None]:
    """Let handlers record in an attempt until the block ends, including those of tasks started in the block."""
    token = _current_attempt.set(attempt)
    try:
        yield
    finally:
        _current_attempt.reset(token)


def current_attempt() -> UpdateAttempt:
    """Return the attempt in which a handler runs."""
    return _current_attempt.get() or UpdateAttempt()
