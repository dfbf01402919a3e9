"""A person who writes, taps and reads, driven by a test or a page."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.local_bot_api.chats import Answer, Chat, Reactions, Telegram, without_reply
from bot.local_bot_api.formatting import MAX_TEXT, formatted
from bot.local_bot_api.methods.editing import REACTIONS
from bot.local_bot_api.methods.profile import membership, menu_for
from bot.local_bot_api.signals import Found
from bot.local_bot_api.view import Message

DEFAULT_TIMEOUT_S = 30.0
"""Long, because nobody waits for it where all goes well, and machines that run tests are busy."""

SAMPLE_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63f8cfc0f01f00050001ff56c7170d0000000049454e44ae426082"
)
"""A picture of one pixel."""

_START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")


class Person:
    """One side of a private chat. Writing waits for no answer; reading waits, and never longer than it says."""

    def __init__(self, telegram: Telegram, chat: Chat) -> None:
        self._telegram = telegram
        self._chat = chat
        self._read = 0

    @property
    def id(self) -> int:
        """The person's id, which is the chat's too."""
        return self._chat.chat_id

    @property
    def first_name(self) -> str:
        """What the person is called."""
        return str(self._chat.user["first_name"])

    @property
    def started(self) -> bool:
        """Whether the person ever wrote; before that, the bot cannot write to them."""
        return self._chat.started

    # Writing.

    async def send(self, text: str) -> Message:
        """Write a text; one too long for a message goes in pieces, as Telegram's apps do it.

        Returns:
            The last piece.

        Raises:
            ValueError: there is nothing in it.
        """
        pieces = [text[first : first + MAX_TEXT] for first in range(0, len(text), MAX_TEXT)]
        contents = [_text(piece) for piece in pieces or [""]]
        return [self._write(**content) for content in contents][-1]

    async def start(self, payload: str = "") -> Message:
        """Press START, or follow a link to the bot with a payload.

        Raises:
            ValueError: Telegram would not take the payload.
        """
        if not _START_PAYLOAD.fullmatch(payload):
            raise ValueError("a start payload has at most 64 characters of A-Z, a-z, 0-9, _ and -")
        return await self.send(f"/start {payload}".strip())

    async def reply(self, message: Message, text: str) -> Message:
        """Answer a message.

        Raises:
            LookupError: it is not there any more.
        """
        replied = without_reply(self._current(message))
        return self._write(**_text(text), reply_to_message=replied)

    async def forward(self, message: Message) -> Message:
        """Forward a message of this chat into it."""
        kept = {"text", "entities", "caption", "caption_entities", "photo", "document", "sticker", "voice"}
        content = {name: value for name, value in message.raw.items() if name in kept}
        origin = {"type": "user", "date": message.raw["date"], "sender_user": message.raw["from"]}
        return self._write(**content, forward_origin=origin)

    async def send_photo(self, content: bytes = SAMPLE_PNG, caption: str = "") -> Message:
        """Send a picture: PNG, JPEG or WebP."""
        marked = formatted(caption)
        return self._write(
            photo=self._telegram.files.add_photo(content),
            caption=marked.text or None,
            caption_entities=list(marked.entities) or None,
        )

    async def send_sticker(self, emoji: str = "🎬") -> Message:
        """Send a sticker that stands for an emoji."""
        shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return self._write(sticker=self._telegram.files.add("sticker", SAMPLE_PNG, "a.webp", **shape, emoji=emoji))

    async def send_voice(self, duration_s: int = 3) -> Message:
        """Send a voice message."""
        shape = {"duration": duration_s, "mime_type": "audio/ogg"}
        return self._write(voice=self._telegram.files.add("voice", b"OggS", "a.oga", **shape))

    async def send_other(self, **content: Any) -> Message:
        """Send anything else: the fields of a message in Telegram's shape, such as `location={...}`."""
        return self._write(**content)

    async def edit(self, message: Message, text: str) -> Message:
        """Edit a text of one's own.

        Raises:
            LookupError: it is not there any more, or the bot's.
        """
        current = self._current(message)
        if current["from"]["id"] != self.id:
            raise LookupError(f"message {message.message_id} is not this person's")
        kept = {name: value for name, value in current.items() if name not in ("text", "entities")}
        edited = {**kept, **_text(text), "edit_date": int(time.time())}
        self._chat.put(edited)
        self._telegram.updates.add("edited_message", edited)
        return Message(edited)

    # Tapping.

    async def press(self, message: Message, which: str | int) -> "Press":
        """Tap a button of a message as it was when it was looked at, edited or deleted since or not.

        Args:
            which: the button's place, its text, or a piece of text that only one has.

        Raises:
            LookupError: there is no such button, more than one, or it leads elsewhere than to the bot.
        """
        button = message.button(which)
        if button.data is None:
            raise LookupError(f"the button {button.text!r} does not send anything to the bot")
        return await self.press_crafted(message.message_id, button.data)

    async def press_crafted(self, message_id: int, data: str) -> "Press":
        """Send any callback data from any message of the chat, as a modified app can."""
        self._check_open()
        query_id = self._telegram.new_tap(self._chat)
        gone = {"chat": self._chat.shape, "message_id": message_id, "date": 0}
        query = {
            "id": query_id,
            "from": self._chat.user,
            "message": self._chat.messages.get(message_id, gone),
            "chat_instance": str(self.id),
            "data": data,
        }
        self._telegram.updates.add("callback_query", query)
        return Press(self._telegram, self._chat, query_id)

    async def react(self, message: Message, *emoji: str) -> None:
        """React to a message with these emoji and no others; with none, take the reaction back.

        Raises:
            LookupError: the message is not there any more.
            ValueError: Telegram does not offer this emoji.
        """
        self._check_open()
        self._current(message)
        if not REACTIONS.issuperset(emoji):
            raise ValueError(f"{emoji} are not all reactions")
        before = self._chat.reactions.get(message.message_id, Reactions())
        self._chat.reactions[message.message_id] = Reactions(emoji, before.bot)
        reaction = {
            "chat": self._chat.shape,
            "message_id": message.message_id,
            "user": self._chat.user,
            "date": int(time.time()),
            "old_reaction": [{"type": "emoji", "emoji": one} for one in before.person],
            "new_reaction": [{"type": "emoji", "emoji": one} for one in emoji],
        }
        self._chat.signal.ring()
        self._telegram.updates.add("message_reaction", reaction)

    async def inline(self, query: str, offset: str = "") -> "InlineQuery":
        """Type the bot's name and some words in any chat."""
        query_id = self._telegram.new_query_id()
        self._telegram.inline_answers[query_id] = None
        shape = {"id": query_id, "from": self._chat.user, "query": query, "offset": offset, "chat_type": "sender"}
        self._telegram.updates.add("inline_query", shape)
        return InlineQuery(self._telegram, query_id)

    async def block(self) -> None:
        """Block the bot: all it sends is refused from now on."""
        self._set_blocked(True)

    async def unblock(self) -> None:
        """Let the bot write again."""
        self._set_blocked(False)

    # Reading.

    @property
    def messages(self) -> list[Message]:
        """The chat as it is now: edits applied, deleted messages gone, oldest first."""
        return [self._seen(raw) for raw in self._chat.messages.values()]

    @property
    def answers(self) -> list[Answer]:
        """What was shown after taps, oldest first."""
        return list(self._chat.answers)

    def answer_to(self, query_id: str) -> Answer | None:
        """What was shown after a tap; None while the bot did not answer it."""
        return next((answer for answer in reversed(self._chat.answers) if answer.query_id == query_id), None)

    @property
    def actions(self) -> list[str]:
        """What the bot said it was doing, "typing" and the like, oldest first."""
        return list(self._chat.actions)

    @property
    def reply_keyboard(self) -> list[list[str]]:
        """The rows of the keyboard that the bot put in place of the person's own."""
        return self._chat.reply_keyboard

    @property
    def commands(self) -> list[dict[str, str]]:
        """The command menu as this person sees it."""
        return menu_for(self._telegram, self.id, self._chat.user.get("language_code", ""))

    def message(self, message_id: int) -> Message | None:
        """A message as it is now; None where it is gone."""
        raw = self._chat.messages.get(message_id)
        return None if raw is None else self._seen(raw)

    def file(self, file_id: str) -> bytes:
        """The content of a photo or document that is in the chat.

        Raises:
            LookupError: there is none with this id, or not in this chat.
        """
        for raw in self._chat.messages.values():
            files = [*raw.get("photo", ()), *filter(None, [raw.get("document")])]
            if any(one["file_id"] == file_id for one in files):
                return self._telegram.files.content(file_id)
        raise LookupError(f"no file {file_id} is in the chat")

    async def next_message(self, timeout_s: float = DEFAULT_TIMEOUT_S) -> Message:
        """The bot's next message that this method did not return yet, as it is now; deleted ones are passed over.

        Raises:
            TimeoutError: none came in time.
        """

        def look() -> Message | None:
            while self._read < len(self._chat.from_bot):
                self._read += 1
                if (message := self.message(self._chat.from_bot[self._read - 1])) is not None:
                    return message
            return None

        return await self._wait(look, timeout_s, "another message")

    async def wait_for(self, predicate: Callable[[Message], bool], timeout_s: float = DEFAULT_TIMEOUT_S) -> Message:
        """The bot's newest message in the chat that fulfils a condition; `next_message` may still return it later.

        Raises:
            TimeoutError: none does in time.
        """

        def look() -> Message | None:
            candidates = (message for message in reversed(self.messages) if message.from_bot)
            return next((message for message in candidates if predicate(message)), None)

        return await self._wait(look, timeout_s, "a message like that")

    async def changed(self, message: Message, timeout_s: float = DEFAULT_TIMEOUT_S) -> Message:
        """A message after its next edit.

        Raises:
            LookupError: it was deleted instead.
            TimeoutError: it stayed the same.
        """

        def look() -> Message | None:
            now = self._seen(self._current(message))
            return now if now.raw is not message.raw else None

        return await self._wait(look, timeout_s, f"an edit of message {message.message_id}")

    async def until(self, condition: Callable[["Person"], bool], timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
        """Wait until something is true of what this person sees.

        Raises:
            TimeoutError: it did not become true.
        """
        await self._wait(lambda: condition(self) or None, timeout_s, "that")

    # Inside.

    async def _wait(self, look: Callable[[], Found | None], timeout_s: float, what: str) -> Found:
        try:
            return await self._chat.signal.wait_for(look, timeout_s)
        except TimeoutError:
            last = [
                f"{'bot' if message.from_bot else 'person'}: {message.text[:80]!r}" for message in self.messages[-3:]
            ]
            raise TimeoutError(f"person {self.id} waited {timeout_s} s for {what}; the chat ends with {last}") from None

    def _write(self, **content: Any) -> Message:
        self._check_open()
        self._chat.started = True
        raw = self._telegram.new_message(self._chat, self._chat.user, **content)
        self._telegram.updates.add("message", raw)
        return Message(raw)

    def _check_open(self) -> None:
        if self._chat.blocked:
            raise ValueError("who has blocked the bot must unblock it first")

    def _current(self, message: Message) -> dict[str, Any]:
        raw = self._chat.messages.get(message.message_id)
        if raw is None:
            raise LookupError(f"message {message.message_id} is not in the chat any more")
        return raw

    def _seen(self, raw: dict[str, Any]) -> Message:
        return Message(raw, self._chat.reactions.get(raw["message_id"], Reactions()))

    def _set_blocked(self, blocked: bool) -> None:
        if self._chat.blocked == blocked:
            return
        self._chat.blocked = blocked
        update = {
            "chat": self._chat.shape,
            "from": self._chat.user,
            "date": int(time.time()),
            "old_chat_member": membership(self._telegram.bot, blocked=not blocked),
            "new_chat_member": membership(self._telegram.bot, blocked=blocked),
        }
        self._telegram.updates.add("my_chat_member", update)


@dataclass(frozen=True, slots=True)
class Press:
    """A tap on a button that waits for its answer."""

    _telegram: Telegram
    _chat: Chat
    query_id: str

    async def answered(self, timeout_s: float = DEFAULT_TIMEOUT_S) -> Answer:
        """What the person is shown.

        Raises:
            TimeoutError: the bot did not answer the tap in time.
        """

        def look() -> Answer | None:
            return next((answer for answer in self._chat.answers if answer.query_id == self.query_id), None)

        try:
            return await self._chat.signal.wait_for(look, timeout_s)
        except TimeoutError:
            raise TimeoutError(f"the tap of person {self._chat.chat_id} was not answered in {timeout_s} s") from None

    def expire(self) -> None:
        """Let it be too late for an answer."""
        del self._telegram.waiting_taps[self.query_id]


@dataclass(frozen=True, slots=True)
class InlineQuery:
    """An inline query that waits for its answer."""

    _telegram: Telegram
    query_id: str

    async def answered(self, timeout_s: float = DEFAULT_TIMEOUT_S) -> dict[str, Any]:
        """The parameters of the bot's answer; "results" among them.

        Raises:
            TimeoutError: the bot did not answer in time.
        """
        return await self._telegram.inline_signal.wait_for(
            lambda: self._telegram.inline_answers[self.query_id], timeout_s
        )


def _text(text: str) -> dict[str, Any]:
    marked = formatted(text)
    if not marked.text:
        raise ValueError("Telegram's apps send no empty message")
    return {"text": marked.text, "entities": list(marked.entities) or None}
