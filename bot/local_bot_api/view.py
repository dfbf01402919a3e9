"""Messages and buttons as a person sees them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.local_bot_api.chats import Reactions


@dataclass(frozen=True, slots=True)
class Button:
    """A button of an inline keyboard.

    Attributes:
        text: the label.
        data: the callback data; None if the button is of another kind.
        url: the address that it opens, or None.
        copy: the text that it copies, or None.
        style: "primary", "success" or "danger"; None for a plain button.
    """

    text: str
    data: str | None = None
    url: str | None = None
    copy: str | None = None
    style: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A snapshot of a message; after an edit there is a new snapshot.

    Attributes:
        raw: the Bot API object of the message.
        reactions: the reactions of the person and of the bot.
    """

    raw: dict[str, Any]
    reactions: Reactions = field(default_factory=Reactions)

    @property
    def message_id(self) -> int:
        """The message id, which an edit does not change."""
        return int(self.raw["message_id"])

    @property
    def text(self) -> str:
        """The text or caption; empty if there is none."""
        return str(self.raw.get("text", self.raw.get("caption", "")))

    @property
    def from_bot(self) -> bool:
        """Whether the bot sent the message."""
        return bool(self.raw["from"]["is_bot"])

    @property
    def edited(self) -> bool:
        """Whether the message was edited."""
        return "edit_date" in self.raw

    @property
    def photo(self) -> list[dict[str, Any]]:
        """The PhotoSizes of the photo, smallest first; empty if there is no photo."""
        return list(self.raw.get("photo", ()))

    @property
    def document(self) -> dict[str, Any] | None:
        """The Document object, or None."""
        document: dict[str, Any] | None = self.raw.get("document")
        return document

    @property
    def reply_to(self) -> int | None:
        """The id of the message that this message replies to, or None."""
        replied = self.raw.get("reply_to_message")
        return None if replied is None else int(replied["message_id"])

    @property
    def keyboard(self) -> list[list[Button]]:
        """The rows of buttons below the message."""
        rows = self.raw.get("reply_markup", {}).get("inline_keyboard", ())
        return [[_button(key) for key in row] for row in rows]

    @property
    def buttons(self) -> list[Button]:
        """All buttons below the message, row by row."""
        return [button for row in self.keyboard for button in row]

    def button(self, which: str | int) -> Button:
        """Return one button.

        Args:
            which: the index among `buttons`, the text, or a part of the text that only one button has.

        Raises:
            LookupError: there is no such button, or more than one.
        """
        if isinstance(which, int):
            return self.buttons[which]
        matches = [button for button in self.buttons if button.text == which]
        matches = matches or [button for button in self.buttons if which in button.text]
        if len(matches) != 1:
            texts = [button.text for button in self.buttons]
            raise LookupError(
                f"{len(matches)} buttons match {which!r} below message {self.message_id}; there are {texts}"
            )
        return matches[0]

    def marked(self, kind: str) -> list[str]:
        """Return the pieces of the text with an entity of this kind, such as "bold" or "text_link"."""
        return [piece for entity, piece in self._pieces() if entity["type"] == kind]

    def _pieces(self) -> Iterator[tuple[dict[str, Any], str]]:
        # Offsets and lengths count UTF-16 code units of two bytes.
        encoded = self.text.encode("utf-16-le")
        for entity in self.raw.get("entities", self.raw.get("caption_entities", ())):
            first, last = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
            yield entity, encoded[first:last].decode("utf-16-le")


def _button(key: dict[str, Any]) -> Button:
    copy = key.get("copy_text", {}).get("text")
    return Button(key["text"], key.get("callback_data"), key.get("url"), copy, key.get("style"))
