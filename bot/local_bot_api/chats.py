"""Private chats, and everything else that one bot's Telegram remembers."""

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
    """What a person is shown after a tap: a toast, an alert, or nothing where the text is empty."""

    query_id: str
    text: str = ""
    show_alert: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Reactions:
    """The emoji on one message."""

    person: tuple[str, ...] = ()
    bot: tuple[str, ...] = ()


@dataclass(slots=True)
class Chat:
    """One person's chat with the bot, as both sides see it.

    Attributes:
        user: the person, in Telegram's shape.
        started: whether the person ever wrote: before that, the bot cannot write to them.
        keep: how many messages and answers are remembered at most; None is without end.
        messages: by message_id, in Telegram's shape, oldest first; an edit replaces a message as a whole.
        from_bot: the ids of all messages that the bot ever sent here, in order, deleted ones too.
        answers: to taps, in order.
        actions: "typing" and the like, in order.
        reply_keyboard: the rows of the keyboard in place of the person's own, if the bot put one there.
        signal: rings at every change.
    """

    user: dict[str, Any]
    keep: int | None = None
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
        """The chat's id, which is the person's."""
        return int(self.user["id"])

    @property
    def shape(self) -> dict[str, Any]:
        """The chat, in Telegram's shape."""
        names = {name: value for name, value in self.user.items() if name in ("first_name", "last_name", "username")}
        return {"id": self.chat_id, **names, "type": "private"}

    def put(self, message: dict[str, Any]) -> None:
        """Show a message, new or edited."""
        self.messages[message["message_id"]] = message
        if self.keep is not None:
            del self.answers[: -self.keep]
            while len(self.messages) > self.keep:
                oldest = next(iter(self.messages))
                del self.messages[oldest]
                self.reactions.pop(oldest, None)
        self.signal.ring()

    def remove(self, message_id: int) -> bool:
        """Take a message away; False where there is none."""
        found = self.messages.pop(message_id, None) is not None
        self.signal.ring()
        return found


class Telegram:
    """The world of one bot, in memory.

    Attributes:
        bot: the bot as a user, in Telegram's shape, as getMe answers it.
        waiting_taps: whose tap a callback query is, while it can be answered.
        inline_answers: what the bot answered to an inline query; None while it did not.
        commands: by scope and language.
        descriptions: names and descriptions of the bot, by the name of their field and language.
        menu_buttons: by chat id; 0 is the default.
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
        keep: int | None = None,
    ) -> None:
        """Start empty.

        Args:
            token: as BotFather would give it: the bot's id, a colon, a secret.
            first_id: of messages; those of updates lie as much higher.
            keep: how many updates, and taps that can be answered, are remembered at most.
        """
        self.token = token
        self.bot: dict[str, Any] = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": name,
            "username": username,
        }
        self.files = files
        self.updates = UpdateQueue(first_id, keep)
        self.webhook = Webhook(self.updates, webhook_retry_s)
        self.chats: dict[int, Chat] = {}
        self.waiting_taps: dict[str, Chat] = {}
        self.inline_answers: dict[str, dict[str, Any] | None] = {}
        self.inline_signal = Signal()
        self.commands: dict[tuple[tuple[Any, ...], str], list[dict[str, str]]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}
        self.menu_buttons: dict[int, dict[str, Any]] = {}
        self._keep = keep
        self._message_ids = itertools.count(first_id)
        self._query_ids = itertools.count(1_000_000_000_001)

    def new_query_id(self) -> str:
        """An id for a callback or inline query."""
        return str(next(self._query_ids))

    def new_tap(self, chat: Chat) -> str:
        """The id of a callback query that waits for its answer."""
        query_id = self.new_query_id()
        self.waiting_taps[query_id] = chat
        if self._keep is not None and len(self.waiting_taps) > self._keep:
            del self.waiting_taps[next(iter(self.waiting_taps))]
        return query_id

    def ring(self) -> None:
        """Something changed that every chat shows."""
        for chat in self.chats.values():
            chat.signal.ring()

    def chat(self, parameters: Parameters) -> Chat:
        """The chat that a call names.

        Raises:
            ApiError: it names none, or one that the bot does not know.
        """
        if not parameters.text("chat_id"):
            raise bad_request("chat_id is empty")
        return self.known_chat(parameters.text("chat_id"))

    def known_chat(self, chat_id: str) -> Chat:
        """A chat by id.

        Raises:
            ApiError: the bot does not know it.
        """
        chat = self.chats.get(int(chat_id)) if chat_id.isascii() and chat_id.isdigit() else None
        if chat is None or not chat.started:
            raise bad_request("chat not found")
        return chat

    def open_chat(self, parameters: Parameters) -> Chat:
        """The chat that a call names, where the bot may write.

        Raises:
            ApiError: as `chat`, or the person blocked the bot.
        """
        chat = self.chat(parameters)
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        return chat

    def new_message(self, chat: Chat, sender: dict[str, Any], **content: Any) -> dict[str, Any]:
        """Put a message into a chat; content that is None is left out."""
        message = {
            "message_id": next(self._message_ids),
            "from": sender,
            "chat": chat.shape,
            "date": int(time.time()),
            **{name: value for name, value in content.items() if value is not None},
        }
        if sender["is_bot"]:
            chat.from_bot.append(message["message_id"])
        chat.put(message)
        return message


def without_reply(message: dict[str, Any]) -> dict[str, Any]:
    """A message as it is shown inside another: without the one that it answers itself."""
    return {name: value for name, value in message.items() if name != "reply_to_message"}
