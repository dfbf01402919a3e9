"""The fields of updates that the bot reads, with their types.

python-telegram-bot checks no types. With a number in place of a text, a handler would fail somewhere else. The same
holds for ids that no database can store, and for texts with half a surrogate pair, which cannot be sent back.
"""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

MAX_ID = 2**52
"""Telegram's ids have at most 52 bits."""


def _encoded(text: str) -> str:
    """Return a text that can be sent back; half a surrogate pair raises a ValueError."""
    text.encode()
    return text


_Text = Annotated[str, AfterValidator(_encoded)]
_Id = Annotated[int, Field(ge=-MAX_ID, le=MAX_ID)]
_MessageId = Annotated[int, Field(ge=0, le=MAX_ID)]


class _Object(BaseModel):
    model_config = ConfigDict(strict=True)


class _User(_Object):
    id: _Id
    language_code: _Text | None = None


class _Chat(_Object):
    id: _Id
    type: _Text


class _Entity(_Object):
    type: _Text
    offset: int
    length: int


class _Message(_Object):
    message_id: _MessageId
    chat: _Chat
    sender: _User | None = Field(None, alias="from")
    text: _Text | None = None
    entities: list[_Entity] | None = None
    caption: _Text | None = None
    caption_entities: list[_Entity] | None = None
    reply_to_message: "_Message | None" = None


class _CallbackQuery(_Object):
    id: _Text
    sender: _User = Field(alias="from")
    message: _Message | None = None
    data: _Text | None = None


class _ReactionType(_Object):
    type: _Text
    emoji: _Text | None = None

    @model_validator(mode="after")
    def _has_its_emoji(self) -> Self:
        if self.type == "emoji" and self.emoji is None:
            raise ValueError("a reaction by emoji lacks its emoji")
        return self


class _MessageReaction(_Object):
    chat: _Chat
    message_id: _MessageId
    user: _User | None = None
    old_reaction: list[_ReactionType]
    new_reaction: list[_ReactionType]


class _ChatMember(_Object):
    status: _Text


class _Membership(_Object):
    chat: _Chat
    sender: _User = Field(alias="from")
    new_chat_member: _ChatMember


class _Update(_Object):
    message: _Message | None = None
    edited_message: _Message | None = None
    callback_query: _CallbackQuery | None = None
    message_reaction: _MessageReaction | None = None
    my_chat_member: _Membership | None = None


def is_well_formed(content: object) -> bool:
    """Return whether every field of a raw update that the bot reads has its type."""
    try:
        _Update.model_validate(content)
    except ValidationError:
        return False
    return True
