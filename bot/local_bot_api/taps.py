"""A person's taps and inline queries, to wait for the bot's answers."""

from dataclasses import dataclass
from typing import Any

from bot.local_bot_api.chats import Answer, Chat, Telegram
from bot.local_bot_api.signals import DEFAULT_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Press:
    """A tap on a button, to wait for the answer."""

    _telegram: Telegram
    _chat: Chat
    query_id: str

    async def answered(self, timeout_s: float = DEFAULT_TIMEOUT_S) -> Answer:
        """Wait for the answer to the tap.

        Raises:
            TimeoutError: the bot did not answer until the timeout.
        """

        def check() -> Answer | None:
            return next((answer for answer in self._chat.answers if answer.query_id == self.query_id), None)

        try:
            return await self._chat.signal.wait_for(check, timeout_s)
        except TimeoutError:
            raise TimeoutError(f"the tap of person {self._chat.chat_id} was not answered in {timeout_s} s") from None

    def expire(self) -> None:
        """Make the callback query too old for an answer."""
        del self._telegram.open_callback_queries[self.query_id]


@dataclass(frozen=True, slots=True)
class InlineQuery:
    """An inline query, to wait for the answer."""

    _telegram: Telegram
    query_id: str

    async def answered(self, timeout_s: float = DEFAULT_TIMEOUT_S) -> dict[str, Any]:
        """Wait for the bot's answer, and return its parameters, such as "results".

        Raises:
            TimeoutError: the bot did not answer until the timeout.
        """
        return await self._telegram.inline_signal.wait_for(
            lambda: self._telegram.inline_answers[self.query_id], timeout_s
        )
