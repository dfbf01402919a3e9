"""What every handler gets: python-telegram-bot's context with this bot's services on it."""

from typing import Any, Protocol

from telegram.ext import CallbackContext, ExtBot

from recsys.conversation import Conversation

SERVICES = "services"
"""Where in the application's `bot_data` the services lie."""


class Services(Protocol):
    """What handlers reach; `bot.app.Services` is the real one."""

    @property
    def conversation(self) -> Conversation:
        """All that a person can do."""
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
