"""The context of every handler: python-telegram-bot's own, with this bot's services on it."""

from typing import Any, Protocol, Self

from telegram import Bot, Update
from telegram.ext import Application, CallbackContext, ExtBot

from handlers.posters import Posters
from recsys.services.administration import Administration
from recsys.services.browsing import Browsing
from recsys.services.conversation import Conversation
from recsys.services.histories.importing import Histories
from recsys.services.misunderstandings import Misunderstandings, Misunderstood
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
