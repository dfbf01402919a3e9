"""What every handler gets: python-telegram-bot's context with this bot's services on it."""

from typing import Any, Protocol

from telegram import Bot
from telegram.ext import CallbackContext, ExtBot

from handlers.posters import Posters
from recsys.services.administration import Administration
from recsys.services.conversation import Conversation

SERVICES, POSTERS = "services", "posters"
"""Where in the application's `bot_data` the services lie, and what is known of posters."""


class Services(Protocol):
    """What handlers reach; `bot.app.Services` is the real one."""

    @property
    def conversation(self) -> Conversation:
        """All that a person can do."""
        ...

    @property
    def administration(self) -> Administration:
        """All that an admin can do."""
        ...


class Speaker(Protocol):
    """What it takes to send a card: a Context, or whatever sends without having been asked."""

    @property
    def bot(self) -> Bot:
        """Sends it."""
        ...

    @property
    def conversation(self) -> Conversation:
        """Chooses it."""
        ...

    @property
    def posters(self) -> Posters:
        """Knows its poster."""
        ...


class Context(CallbackContext[ExtBot[Any], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """A typed context. Nothing of a conversation is kept in it: state lies in the database."""

    @property
    def services(self) -> Services:
        """The running bot's services."""
        services: Services = self.application.bot_data[SERVICES]
        return services

    @property
    def conversation(self) -> Conversation:
        """All that a person can do."""
        return self.services.conversation

    @property
    def administration(self) -> Administration:
        """All that an admin can do."""
        return self.services.administration

    @property
    def posters(self) -> Posters:
        """What the bot knows of posters."""
        posters: Posters = self.application.bot_data[POSTERS]
        return posters
