"""What a browser tab is told: everything at first, and then what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bot.local_bot_api.person import Person
from bot.local_bot_api.server import TelegramServer
from bot.local_bot_api.view import Message

ChangeNotifier = dict[str, Any]
"""Goes to the page as JSON.

- "all": this is everything; whatever else the tab shows is gone
- "state": who is who, and the command menu, whenever that changed
- "messages": those that are new or changed, oldest first; "gone": the ids of those that were deleted
- "action": "typing" and the like
"""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the page shows around the chat.

    Attributes:
        notice: one line that everybody should know; empty is nothing.
        suggestions: what one might write.
    """

    notice: str = ""
    suggestions: tuple[str, ...] = ()


class ChatView:
    """What one tab was told of a person's chat."""

    def __init__(
        self,
        server: TelegramServer,
        person: Person,
        key: str,
        surroundings: Surroundings,
        people: Mapping[str, Person],
    ) -> None:
        """Nothing was told yet.

        Args:
            key: of this person among `people`.
            people: everybody there is, by key; it may grow.
        """
        self._server = server
        self._person = person
        self._key = key
        self._surroundings = surroundings
        self._people = people
        self._begun = False
        self._told: dict[int, Message] = {}
        self._state: ChangeNotifier = {}
        self._actions = len(person.actions)

    @property
    def is_behind(self) -> bool:
        """Whether there are notifier."""
        return bool(self._news(self._now(), self._state_now()))

    def notifier(self) -> ChangeNotifier:
        """What is to be told since the last time; empty where nothing is."""
        now, state = self._now(), self._state_now()
        notifier = self._news(now, state)
        self._begun, self._told, self._state, self._actions = True, now, state, len(self._person.actions)
        return notifier

    def _news(self, now: Mapping[int, Message], state: ChangeNotifier) -> ChangeNotifier:
        changed = [message for message_id, message in now.items() if self._differs(message, self._told.get(message_id))]
        actions = self._person.actions[self._actions :]
        notifier: ChangeNotifier = {
            "all": not self._begun,
            "state": state if state != self._state else None,
            "messages": [shown(message, self._key) for message in changed],
            "gone": [message_id for message_id in self._told if message_id not in now],
            "action": actions[-1] if actions else None,
        }
        return {name: value for name, value in notifier.items() if value}

    @staticmethod
    def _differs(message: Message, told: Message | None) -> bool:
        return told is None or message.raw is not told.raw or message.reactions != told.reactions

    def _now(self) -> dict[int, Message]:
        return {message.message_id: message for message in self._person.messages}

    def _state_now(self) -> ChangeNotifier:
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
            "notice": self._surroundings.notice,
            "suggestions": self._surroundings.suggestions,
        }


def shown(message: Message, key: str) -> ChangeNotifier:
    """A message as the page draws it.

    Args:
        key: of the person in whose chat it is.
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
        "reply": None if replied is None else _quoted(Message(replied)),
        "keyboard": [
            [{"text": button.text, "data": button.data, "url": button.url} for button in row]
            for row in message.keyboard
        ],
        "mine": message.reactions.person,
        "theirs": message.reactions.bot,
    }


def _photo(message: Message, key: str) -> ChangeNotifier | None:
    if not message.photo:
        return None
    largest = message.photo[-1]
    return {"url": _address(key, largest["file_id"]), "width": largest["width"], "height": largest["height"]}


def _document(message: Message, key: str) -> ChangeNotifier | None:
    document = message.document
    if document is None:
        return None
    name = document.get("file_name", "file")
    url = f"{_address(key, document['file_id'])}?name={quote(name, safe='')}"
    return {"url": url, "name": name, "size": document["file_size"]}


def _quoted(message: Message) -> ChangeNotifier:
    kind = "Photo" if message.photo else "File" if message.document else ""
    return {"id": message.message_id, "from_bot": message.from_bot, "text": message.text or kind}


def _address(key: str, file_id: str) -> str:
    return f"people/{key}/files/{file_id}"
