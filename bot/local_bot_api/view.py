"""What a person sees in a chat."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.local_bot_api.chats import Reactions


@dataclass(frozen=True, slots=True)
class Button:
    """One button of an inline keyboard; it carries callback data, an address, or neither."""

    text: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it was when it was looked at; a later edit makes another one.

    Attributes:
        raw: the message in Telegram's shape.
        reactions: the emoji on it, the person's and the bot's.
    """

    raw: dict[str, Any]
    reactions: Reactions = field(default_factory=Reactions)

    @property
    def message_id(self) -> int:
        """Its id, the same after an edit."""
        return int(self.raw["message_id"])

    @property
    def text(self) -> str:
        """Its text or caption; empty where it has none."""
        return str(self.raw.get("text", self.raw.get("caption", "")))

    @property
    def from_bot(self) -> bool:
        """Whether the bot wrote it."""
        return bool(self.raw["from"]["is_bot"])

    @property
    def edited(self) -> bool:
        """Whether it was edited."""
        return "edit_date" in self.raw

    @property
    def photo(self) -> list[dict[str, Any]]:
        """The PhotoSizes of its photo, smallest first; empty where it has none."""
        return list(self.raw.get("photo", ()))

    @property
    def document(self) -> dict[str, Any] | None:
        """Its document."""
        document: dict[str, Any] | None = self.raw.get("document")
        return document

    @property
    def reply_to(self) -> int | None:
        """The id of the message that it answers."""
        replied = self.raw.get("reply_to_message")
        return None if replied is None else int(replied["message_id"])

    @property
    def keyboard(self) -> list[list[Button]]:
        """The rows of buttons under it."""
        rows = self.raw.get("reply_markup", {}).get("inline_keyboard", ())
        return [[Button(one["text"], one.get("callback_data"), one.get("url")) for one in row] for row in rows]

    @property
    def buttons(self) -> list[Button]:
        """All buttons under it, row by row."""
        return [button for row in self.keyboard for button in row]

    def button(self, which: str | int) -> Button:
        """A button by its place among `buttons`, its text, or a piece of text that only one has.

        Raises:
            LookupError: there is no such button, or more than one.
        """
        if isinstance(which, int):
            return self.buttons[which]
        found = [button for button in self.buttons if button.text == which]
        found = found or [button for button in self.buttons if which in button.text]
        if len(found) != 1:
            texts = [button.text for button in self.buttons]
            raise LookupError(f"{len(found)} buttons are {which!r} under message {self.message_id}; there are {texts}")
        return found[0]

    def marked(self, kind: str) -> list[str]:
        """The pieces of its text with entities of a kind, such as "bold" or "text_link"."""
        return [piece for entity, piece in self._pieces() if entity["type"] == kind]

    def _pieces(self) -> Iterator[tuple[dict[str, Any], str]]:
        units = self.text.encode("utf-16-le")
        for entity in self.raw.get("entities", self.raw.get("caption_entities", ())):
            first, last = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
            yield entity, units[first:last].decode("utf-16-le")
