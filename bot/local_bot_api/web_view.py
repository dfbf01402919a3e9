"""The events for a browser tab: the whole chat first, then the changes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

from bot.local_bot_api.person import Person
from bot.local_bot_api.server import TelegramServer
from bot.local_bot_api.view import Message

ChatEvent = dict[str, Any]
"""An event for the page, as JSON.

- "all": true if the event has the whole chat; the tab removes any other message
- "state": the people, the bot and the command menu, if any of them changed
- "messages": the new and changed messages, oldest first
- "gone": the ids of the deleted messages
- "action": the latest chat action, such as "typing"
"""


@dataclass(frozen=True, slots=True)
class PageOptions:
    """Texts that the page shows next to the chat.

    Attributes:
        notice: a line for everybody; empty for none.
        suggestions: example messages.
    """

    notice: str = ""
    suggestions: tuple[str, ...] = ()


class ChatView:
    """The chat of a person as one tab knows it."""

    def __init__(
        self,
        server: TelegramServer,
        person: Person,
        key: str,
        options: PageOptions,
        people: Mapping[str, Person],
    ) -> None:
        """Create the view of a tab that has received nothing yet.

        Args:
            server: the server of the person.
            person: the person of the tab.
            key: the key of the person in `people`.
            options: texts for the page.
            people: all people by key; the mapping may grow.
        """
        self._server = server
        self._person = person
        self._key = key
        self._options = options
        self._people = people
        self._started = False
        self._sent: dict[int, Message] = {}
        self._state: ChatEvent = {}
        self._actions = len(person.actions)

    @property
    def is_behind(self) -> bool:
        """Whether the tab has not received the latest changes."""
        return bool(self._changes(self._messages(), self._current_state()))

    def next_event(self) -> ChatEvent:
        """Return all changes since the previous call; empty if there are none."""
        messages, state = self._messages(), self._current_state()
        event = self._changes(messages, state)
        self._started, self._sent, self._state, self._actions = True, messages, state, len(self._person.actions)
        return event

    def _changes(self, messages: Mapping[int, Message], state: ChatEvent) -> ChatEvent:
        changed = [
            message for message_id, message in messages.items() if self._differs(message, self._sent.get(message_id))
        ]
        actions = self._person.actions[self._actions :]
        event: ChatEvent = {
            "all": not self._started,
            "state": state if state != self._state else None,
            "messages": [message_event(message, self._key) for message in changed],
            "gone": [message_id for message_id in self._sent if message_id not in messages],
            "action": actions[-1] if actions else None,
        }
        return {name: value for name, value in event.items() if value}

    @staticmethod
    def _differs(message: Message, sent: Message | None) -> bool:
        return sent is None or message.raw is not sent.raw or message.reactions != sent.reactions

    def _messages(self) -> dict[int, Message]:
        return {message.message_id: message for message in self._person.messages}

    def _current_state(self) -> ChatEvent:
        return {
            "me": {"key": self._key, "name": self._person.first_name},
            "bot": {
                "name": self._server.name,
                "username": self._server.bot["username"],
                "description": self._server.description,
            },
            "started": self._person.started,
            "commands": self._person.commands,
            "people": [{"key": key, "name": person.first_name} for key, person in self._people.items()],
            "notice": self._options.notice,
            "suggestions": self._options.suggestions,
        }


def message_event(message: Message, key: str) -> ChatEvent:
    """Return a message in the format of the page.

    Args:
        message: the message.
        key: the key of the person whose chat the message is in.
    """
    raw = message.raw
    replied = raw.get("reply_to_message")
    return {
        "id": message.message_id,
        "from_bot": message.from_bot,
        "date": raw["date"],
        "edited": message.edited,
        "text": message.text,
        "entities": raw.get("entities", raw.get("caption_entities", [])),
        "photo": _photo(message, key),
        "document": _document(message, key),
        "sticker": raw["sticker"]["emoji"] if "sticker" in raw else None,
        "voice": raw["voice"]["duration"] if "voice" in raw else None,
        "reply": None if replied is None else _quote(Message(replied)),
        "keyboard": [[asdict(button) for button in row] for row in message.keyboard],
        "mine": message.reactions.person,
        "theirs": message.reactions.bot,
    }


def _photo(message: Message, key: str) -> ChatEvent | None:
    if not message.photo:
        return None
    largest = message.photo[-1]
    return {"url": _file_url(key, largest["file_id"]), "width": largest["width"], "height": largest["height"]}


def _document(message: Message, key: str) -> ChatEvent | None:
    document = message.document
    if document is None:
        return None
    name = document.get("file_name", "file")
    url = f"{_file_url(key, document['file_id'])}?name={quote(name, safe='')}"
    return {"url": url, "name": name, "size": document["file_size"]}


def _quote(message: Message) -> ChatEvent:
    kinds = {"photo": "Photo", "document": "File", "sticker": "Sticker", "voice": "Voice message"}
    kind = next((label for field, label in kinds.items() if message.raw.get(field)), "")
    return {"id": message.message_id, "from_bot": message.from_bot, "text": message.text or kind}


def _file_url(key: str, file_id: str) -> str:
    return f"people/{key}/files/{file_id}"
