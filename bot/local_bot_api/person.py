"""A simulated person who writes, taps and reads, driven by a test or by the chat page."""

import re
import time
from collections.abc import Callable
from typing import Any

from bot.local_bot_api.chats import Answer, Chat, Reactions, Telegram, without_reply
from bot.local_bot_api.formatting import MAX_TEXT, parse_text
from bot.local_bot_api.methods.editing import REACTIONS
from bot.local_bot_api.methods.profile import membership, menu_for
from bot.local_bot_api.parameters import Upload
from bot.local_bot_api.signals import DEFAULT_TIMEOUT_S, Result
from bot.local_bot_api.taps import InlineQuery, Press
from bot.local_bot_api.view import Message

SAMPLE_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63f8cfc0f01f00050001ff56c7170d0000000049454e44ae426082"
)
"""A PNG of one pixel."""

_START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")


class Person:
    """A person in a private chat with the bot. Sending does not wait for the bot; reading waits up to a timeout."""

    def __init__(self, telegram: Telegram, chat: Chat) -> None:
        self._telegram = telegram
        self._chat = chat
        self._read = 0

    @property
    def id(self) -> int:
        """The id of the person and of the chat."""
        return self._chat.chat_id

    @property
    def first_name(self) -> str:
        """The first name."""
        return str(self._chat.user["first_name"])

    @property
    def started(self) -> bool:
        """Whether the person ever sent a message; before that, the bot cannot write to them."""
        return self._chat.started

    # Sending.

    async def send(self, text: str) -> Message:
        """Send a text. A text that is too long for a message is split, as Telegram's apps do.

        Returns:
            The last message.

        Raises:
            ValueError: the text is empty, or the person has blocked the bot.
        """
        pieces = [text[first : first + MAX_TEXT] for first in range(0, len(text), MAX_TEXT)]
        contents = [_text(piece) for piece in pieces or [""]]
        return [self._write(**content) for content in contents][-1]

    async def start(self, payload: str = "") -> Message:
        """Press START, or open a link to the bot with a payload.

        Raises:
            ValueError: Telegram does not accept the payload.
        """
        if not _START_PAYLOAD.fullmatch(payload):
            raise ValueError("a start payload has at most 64 characters of A-Z, a-z, 0-9, _ and -")
        return await self.send(f"/start {payload}".strip())

    async def reply(self, message: Message, text: str) -> Message:
        """Reply to a message.

        Raises:
            LookupError: the message does not exist any more.
        """
        replied = without_reply(self._current(message))
        return self._write(**_text(text), reply_to_message=replied)

    async def forward(self, message: Message) -> Message:
        """Forward a message of this chat into the same chat."""
        copied = {"text", "entities", "caption", "caption_entities", "photo", "document", "sticker", "voice"}
        content = {name: value for name, value in message.raw.items() if name in copied}
        origin = {"type": "user", "date": message.raw["date"], "sender_user": message.raw["from"]}
        return self._write(**content, forward_origin=origin)

    async def send_photo(self, content: bytes = SAMPLE_PNG, caption: str = "") -> Message:
        """Send a PNG, JPEG or WebP as a photo."""
        parsed = parse_text(caption)
        return self._write(
            photo=self._telegram.files.add_photo(content),
            caption=parsed.text or None,
            caption_entities=list(parsed.entities) or None,
        )

    async def send_document(self, content: bytes, name: str, content_type: str = "") -> Message:
        """Send a file, which is not empty."""
        return self._write(document=self._telegram.files.add_document(Upload(name, content_type, content)))

    async def send_sticker(self, emoji: str = "🎬") -> Message:
        """Send a sticker with its emoji."""
        details = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return self._write(sticker=self._telegram.files.add("sticker", SAMPLE_PNG, "a.webp", **details, emoji=emoji))

    async def send_voice(self, duration_s: int = 3) -> Message:
        """Send a voice message."""
        details = {"duration": duration_s, "mime_type": "audio/ogg"}
        return self._write(voice=self._telegram.files.add("voice", b"OggS", "a.oga", **details))

    async def send_other(self, **content: Any) -> Message:
        """Send any other message, such as `location={...}`, given the fields of the Bot API object."""
        return self._write(**content)

    async def edit(self, message: Message, text: str) -> Message:
        """Edit a text of this person.

        Raises:
            LookupError: the message does not exist any more, or the bot sent it.
        """
        current = self._current(message)
        if current["from"]["id"] != self.id:
            raise LookupError(f"message {message.message_id} is not this person's")
        unchanged = {name: value for name, value in current.items() if name not in ("text", "entities")}
        edited = {**unchanged, **_text(text), "edit_date": int(time.time())}
        self._chat.put(edited)
        self._telegram.updates.add("edited_message", edited)
        return Message(edited)

    # Tapping.

    async def press(self, message: Message, which: str | int) -> Press:
        """Tap a button of a message snapshot, even if the message was edited or deleted since.

        Args:
            message: the snapshot.
            which: the index of the button, its text, or a part of the text that only one button has.

        Raises:
            LookupError: there is no such button, more than one, or the button has no callback data.
        """
        button = message.button(which)
        if button.data is None:
            raise LookupError(f"the button {button.text!r} has no callback data")
        return await self.press_crafted(message.message_id, button.data)

    async def press_crafted(self, message_id: int, data: str) -> Press:
        """Send arbitrary callback data for a message id, as a modified app can."""
        self._check_open()
        query_id = self._telegram.new_callback_query_id(self._chat)
        inaccessible = {"chat": self._chat.api_object, "message_id": message_id, "date": 0}
        query = {
            "id": query_id,
            "from": self._chat.user,
            "message": self._chat.messages.get(message_id, inaccessible),
            "chat_instance": str(self.id),
            "data": data,
        }
        self._telegram.updates.add("callback_query", query)
        return Press(self._telegram, self._chat, query_id)

    async def react(self, message: Message, *emoji: str) -> None:
        """Replace the person's reactions to a message by these emoji; without emoji, remove them.

        Raises:
            LookupError: the message does not exist any more.
            ValueError: Telegram does not offer one of the emoji.
        """
        self._check_open()
        self._current(message)
        if not REACTIONS.issuperset(emoji):
            raise ValueError(f"not all of {emoji} are reactions")
        before = self._chat.reactions.get(message.message_id, Reactions())
        self._chat.reactions[message.message_id] = Reactions(emoji, before.bot)
        reaction = {
            "chat": self._chat.api_object,
            "message_id": message.message_id,
            "user": self._chat.user,
            "date": int(time.time()),
            "old_reaction": [{"type": "emoji", "emoji": symbol} for symbol in before.person],
            "new_reaction": [{"type": "emoji", "emoji": symbol} for symbol in emoji],
        }
        self._chat.signal.notify()
        self._telegram.updates.add("message_reaction", reaction)

    async def inline(self, query: str, offset: str = "") -> InlineQuery:
        """Send an inline query, as if typed in any chat."""
        query_id = self._telegram.new_query_id()
        self._telegram.inline_answers[query_id] = None
        raw = {"id": query_id, "from": self._chat.user, "query": query, "offset": offset, "chat_type": "sender"}
        self._telegram.updates.add("inline_query", raw)
        return InlineQuery(self._telegram, query_id)

    async def block(self) -> None:
        """Block the bot; its messages are rejected from now on."""
        self._set_blocked(True)

    async def unblock(self) -> None:
        """Unblock the bot."""
        self._set_blocked(False)

    # Reading.

    @property
    def messages(self) -> list[Message]:
        """The messages in the chat, with edits applied and without deleted messages; oldest first."""
        return [self._snapshot(raw) for raw in self._chat.messages.values()]

    @property
    def answers(self) -> list[Answer]:
        """The answers to callback queries, oldest first."""
        return list(self._chat.answers)

    def answer_to(self, query_id: str) -> Answer | None:
        """Return the answer to a callback query; None if the bot has not answered it."""
        return next((answer for answer in reversed(self._chat.answers) if answer.query_id == query_id), None)

    @property
    def actions(self) -> list[str]:
        """The bot's chat actions, such as "typing", oldest first."""
        return list(self._chat.actions)

    @property
    def reply_keyboard(self) -> list[list[str]]:
        """The rows of the bot's reply keyboard."""
        return self._chat.reply_keyboard

    @property
    def commands(self) -> list[dict[str, str]]:
        """The command menu as this person sees it."""
        return menu_for(self._telegram, self.id, self._chat.user.get("language_code", ""))

    def message(self, message_id: int) -> Message | None:
        """Return the current state of a message; None if it was deleted."""
        raw = self._chat.messages.get(message_id)
        return None if raw is None else self._snapshot(raw)

    def file(self, file_id: str) -> bytes:
        """Return the content of a photo, document or voice message in the chat.

        Raises:
            LookupError: no file in this chat has this id.
        """
        for raw in self._chat.messages.values():
            files = [*raw.get("photo", ()), *filter(None, [raw.get("document"), raw.get("voice")])]
            if any(file["file_id"] == file_id for file in files):
                return self._telegram.files.content(file_id)
        raise LookupError(f"no file {file_id} is in the chat")

    async def next_message(self, timeout_s: float = DEFAULT_TIMEOUT_S) -> Message:
        """Wait for the bot's next message that this method has not returned yet; skip deleted messages.

        Raises:
            TimeoutError: there was no new message until the timeout.
        """

        def check() -> Message | None:
            while self._read < len(self._chat.from_bot):
                self._read += 1
                if (message := self.message(self._chat.from_bot[self._read - 1])) is not None:
                    return message
            return None

        return await self._wait(check, timeout_s, "another message")

    async def wait_for(self, predicate: Callable[[Message], bool], timeout_s: float = DEFAULT_TIMEOUT_S) -> Message:
        """Return the newest message of the bot that fulfils a condition; `next_message` may still return it later.

        Raises:
            TimeoutError: no message fulfilled the condition until the timeout.
        """

        def check() -> Message | None:
            candidates = (message for message in reversed(self.messages) if message.from_bot)
            return next((message for message in candidates if predicate(message)), None)

        return await self._wait(check, timeout_s, "a matching message")

    async def next_edit(self, message: Message, timeout_s: float = DEFAULT_TIMEOUT_S) -> Message:
        """Wait until a message is edited, compared with the snapshot, and return its current state.

        Raises:
            LookupError: the message was deleted.
            TimeoutError: the message was not edited until the timeout.
        """

        def check() -> Message | None:
            current = self._snapshot(self._current(message))
            return current if current.raw is not message.raw else None

        return await self._wait(check, timeout_s, f"an edit of message {message.message_id}")

    async def until(self, condition: Callable[["Person"], bool], timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
        """Wait until a condition on this person is true.

        Raises:
            TimeoutError: the condition was false until the timeout.
        """
        await self._wait(lambda: condition(self) or None, timeout_s, "a condition")

    # Internals.

    async def _wait(self, check: Callable[[], Result | None], timeout_s: float, event: str) -> Result:
        try:
            return await self._chat.signal.wait_for(check, timeout_s)
        except TimeoutError:
            last = [
                f"{'bot' if message.from_bot else 'person'}: {message.text[:80]!r}" for message in self.messages[-3:]
            ]
            raise TimeoutError(
                f"person {self.id} waited {timeout_s} s for {event}; the chat ends with {last}"
            ) from None

    def _write(self, **content: Any) -> Message:
        self._check_open()
        self._chat.started = True
        raw = self._telegram.new_message(self._chat, self._chat.user, **content)
        self._telegram.updates.add("message", raw)
        return Message(raw)

    def _check_open(self) -> None:
        if self._chat.blocked:
            raise ValueError("the person has blocked the bot; unblock it first")

    def _current(self, message: Message) -> dict[str, Any]:
        raw = self._chat.messages.get(message.message_id)
        if raw is None:
            raise LookupError(f"message {message.message_id} is not in the chat any more")
        return raw

    def _snapshot(self, raw: dict[str, Any]) -> Message:
        return Message(raw, self._chat.reactions.get(raw["message_id"], Reactions()))

    def _set_blocked(self, blocked: bool) -> None:
        if self._chat.blocked == blocked:
            return
        self._chat.blocked = blocked
        update = {
            "chat": self._chat.api_object,
            "from": self._chat.user,
            "date": int(time.time()),
            "old_chat_member": membership(self._telegram.bot, blocked=not blocked),
            "new_chat_member": membership(self._telegram.bot, blocked=blocked),
        }
        self._telegram.updates.add("my_chat_member", update)


def _text(text: str) -> dict[str, Any]:
    parsed = parse_text(text)
    if not parsed.text:
        raise ValueError("Telegram's apps send no empty message")
    return {"text": parsed.text, "entities": list(parsed.entities) or None}
