"""Private chats, and everything else that Telegram stores about one bot."""

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from bot.local_bot_api.errors import bad_request, forbidden
from bot.local_bot_api.files import FileStore
from bot.local_bot_api.parameters import Parameters
from bot.local_bot_api.signals import Signal
from bot.local_bot_api.updates import UpdateQueue
from bot.local_bot_api.webhook import Webhook


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a callback query: a toast, an alert, or nothing if the text is empty."""

    query_id: str
    text: str = ""
    show_alert: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Reactions:
    """The emoji reactions to one message."""

    person: tuple[str, ...] = ()
    bot: tuple[str, ...] = ()


@dataclass(slots=True)
class Chat:
    """A person's private chat with the bot.

    Attributes:
        user: the Bot API User object of the person.
        started: whether the person ever sent a message; before that, the bot cannot write to them.
        blocked: whether the person has blocked the bot.
        max_history: the largest number of messages and answers that are stored; None is unlimited.
        messages: Bot API Message objects by message_id, oldest first; an edit replaces the whole object.
        from_bot: the ids of all messages that the bot ever sent, in order, including deleted messages.
        reactions: the reactions by message_id.
        answers: the answers to callback queries, in order.
        actions: the chat actions, such as "typing", in order.
        reply_keyboard: the rows of the bot's latest reply keyboard.
        signal: is notified of every change.
    """

    user: dict[str, Any]
    max_history: int | None = None
    started: bool = False
    blocked: bool = False
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    from_bot: list[int] = field(default_factory=list)
    reactions: dict[int, Reactions] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    reply_keyboard: list[list[str]] = field(default_factory=list)
    signal: Signal = field(default_factory=Signal)

    @property
    def chat_id(self) -> int:
        """The id of the chat, which is also the person's."""
        return int(self.user["id"])

    @property
    def api_object(self) -> dict[str, Any]:
        """The Bot API Chat object."""
        fields = {name: value for name, value in self.user.items() if name in ("first_name", "last_name", "username")}
        return {"id": self.chat_id, **fields, "type": "private"}

    def put(self, message: dict[str, Any]) -> None:
        """Add a message, or replace it by its edited version."""
        self.messages[message["message_id"]] = message
        if self.max_history is not None:
            del self.answers[: -self.max_history]
            while len(self.messages) > self.max_history:
                oldest = next(iter(self.messages))
                del self.messages[oldest]
                self.reactions.pop(oldest, None)
        self.signal.notify()

    def remove(self, message_id: int) -> bool:
        """Delete a message; return False if it does not exist."""
        existed = self.messages.pop(message_id, None) is not None
        self.signal.notify()
        return existed


class Telegram:
    """The state of one bot and its chats, in memory.

    Attributes:
        bot: the Bot API User object of the bot.
        files: the uploaded and downloaded files.
        updates: the updates for the bot.
        webhook: the delivery of updates by webhook.
        chats: the chats by id.
        open_callback_queries: the chats of the callback queries that can still be answered, by query id.
        inline_answers: the parameters of the bot's answers by inline query id; None while there is no answer.
        inline_signal: is notified of every answer to an inline query.
        commands: the command menus by scope and language.
        descriptions: the bot's name and descriptions by field and language.
        menu_buttons: the menu buttons by chat id; 0 is the default.
    """

    def __init__(
        self,
        token: str,
        username: str,
        name: str,
        files: FileStore,
        webhook_retry_s: float,
        *,
        first_id: int = 1,
        max_history: int | None = None,
    ) -> None:
        """Create a bot without chats.

        Args:
            token: the token as BotFather issues it: the bot's id, a colon, a secret.
            username: the bot's username.
            name: the bot's display name.
            files: the file store.
            webhook_retry_s: seconds before a failed delivery to the webhook is retried.
            first_id: the id of the first message; update ids start 100 million higher.
            max_history: the largest number of updates, and of callback queries that can still be answered; None is
                unlimited.
        """
        self.token = token
        self.bot: dict[str, Any] = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": name,
            "username": username,
        }
        self.files = files
        self.updates = UpdateQueue(first_id, max_history)
        self.webhook = Webhook(self.updates, webhook_retry_s)
        self.chats: dict[int, Chat] = {}
        self.open_callback_queries: dict[str, Chat] = {}
        self.inline_answers: dict[str, dict[str, Any] | None] = {}
        self.inline_signal = Signal()
        self.commands: dict[tuple[tuple[Any, ...], str], list[dict[str, str]]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}
        self.menu_buttons: dict[int, dict[str, Any]] = {}
        self._max_history = max_history
        self._message_ids = itertools.count(first_id)
        self._query_ids = itertools.count(1_000_000_000_001)

    def new_query_id(self) -> str:
        """Return a new id for a callback query or an inline query."""
        return str(next(self._query_ids))

    def new_callback_query_id(self, chat: Chat) -> str:
        """Register a callback query that can be answered, and return its id."""
        query_id = self.new_query_id()
        self.open_callback_queries[query_id] = chat
        if self._max_history is not None and len(self.open_callback_queries) > self._max_history:
            del self.open_callback_queries[next(iter(self.open_callback_queries))]
        return query_id

    def notify_chats(self) -> None:
        """Notify all chats of a change that concerns every chat."""
        for chat in self.chats.values():
            chat.signal.notify()

    def chat(self, parameters: Parameters) -> Chat:
        """Return the chat of a call.

        Raises:
            ApiError: the call names no chat, or a chat that does not exist for the bot.
        """
        if not parameters.text("chat_id"):
            raise bad_request("chat_id is empty")
        return self.chat_by_id(parameters.text("chat_id"))

    def chat_by_id(self, chat_id: str) -> Chat:
        """Return a chat by its id.

        Raises:
            ApiError: the chat does not exist, or the person has not started it.
        """
        chat = self.chats.get(int(chat_id)) if chat_id.isascii() and chat_id.isdigit() else None
        if chat is None or not chat.started:
            raise bad_request("chat not found")
        return chat

    def writable_chat(self, parameters: Parameters) -> Chat:
        """Return the chat of a call, if the bot may write to it.

        Raises:
            ApiError: see `chat`; or the person blocked the bot.
        """
        chat = self.chat(parameters)
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        return chat

    def new_message(self, chat: Chat, sender: dict[str, Any], **content: Any) -> dict[str, Any]:
        """Add a message to a chat.

        Args:
            chat: the chat.
            sender: the Bot API User object of the sender.
            content: further fields of the message; None values are left out.

        Returns:
            The Bot API Message object.
        """
        message = {
            "message_id": next(self._message_ids),
            "from": sender,
            "chat": chat.api_object,
            "date": int(time.time()),
            **{name: value for name, value in content.items() if value is not None},
        }
        if sender["is_bot"]:
            chat.from_bot.append(message["message_id"])
        chat.put(message)
        return message


def without_reply(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message as it is embedded in a reply to it: without the message that it replies to itself."""
    return {name: value for name, value in message.items() if name != "reply_to_message"}
