"""Message text as Telegram stores it: plain characters, and entities that mark bold text, links, commands and so on."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.local_bot_api.errors import ApiError, bad_request

MAX_TEXT = 4096
"""The maximum length of a text in UTF-16 code units."""
MAX_CAPTION = 1024
"""The maximum length of a caption in UTF-16 code units."""

_TAGS = {
    "a": "text_link",
    "b": "bold",
    "blockquote": "blockquote",
    "code": "code",
    "del": "strikethrough",
    "em": "italic",
    "i": "italic",
    "ins": "underline",
    "pre": "pre",
    "s": "strikethrough",
    "span": "spoiler",
    "strike": "strikethrough",
    "strong": "bold",
    "tg-spoiler": "spoiler",
    "u": "underline",
}
_TOKEN = re.compile(r"<|&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ATTRIBUTE = re.compile(r"""([^\s=>]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+))?\s*""")

# Entities that Telegram detects in plain text. Links without a scheme, e-mail addresses and phone numbers are not
# supported.
_DETECTED = {
    "bot_command": re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])"),
    "mention": re.compile(r"(?<!\w)@[A-Za-z0-9_]{4,32}(?!\w)"),
    "hashtag": re.compile(r"(?<![\w#])#(?=\w*[^\W\d_])\w{1,256}(?![\w#])"),
    "url": re.compile(r"(?<!\w)https?://[^\s<>\"]*[^\s<>\".,;:!?)']"),
}
_OPAQUE = frozenset({"code", "pre", "text_link"})


@dataclass(frozen=True, slots=True)
class FormattedText:
    """A text and its entities; offsets and lengths count UTF-16 code units."""

    text: str
    entities: tuple[dict[str, Any], ...] = ()


def parse_text(text: str, parse_mode: str = "", entities: Sequence[Any] | None = None) -> FormattedText:
    """Parse a text or caption: read its markup, trim it, and detect commands, mentions, hashtags and URLs.

    Args:
        text: the text.
        parse_mode: "HTML" in any case, or empty for plain text.
        entities: MessageEntity objects; ignored if there is a parse mode.

    Raises:
        ApiError: the markup is invalid, or the parse mode is not supported.
    """
    if parse_mode.lower() == "html":
        text, marked = parse_html(text)
    elif parse_mode:
        raise bad_request("unsupported parse_mode")
    else:
        marked = [_validate_entity(entity) for entity in entities or ()]
    text, marked = _trim(text, marked)
    marked += [candidate for candidate in _detect(text) if not any(_covers(entity, candidate) for entity in marked)]
    marked.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return FormattedText(text, tuple(marked))


def utf16_length(text: str) -> int:
    """Return the length of a text in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Parse Telegram's HTML into (text, entities).

    Raises:
        ApiError: a tag is unknown, not closed, or closed in the wrong order.
    """
    return _HtmlReader(source).read()


@dataclass(frozen=True, slots=True)
class _Open:
    """A start tag without its end tag so far."""

    tag: str
    entity: dict[str, Any]


class _HtmlReader:
    def __init__(self, source: str) -> None:
        self._source = source
        self._pieces: list[str] = []
        self._length = 0
        self._open: list[_Open] = []
        self._entities: list[dict[str, Any]] = []

    def read(self) -> tuple[str, list[dict[str, Any]]]:
        position = 0
        while (token := _TOKEN.search(self._source, position)) is not None:
            self._write(self._source[position : token.start()])
            if token[0] == "<":
                is_end = self._source.startswith("/", token.end())
                position = self._end(token.start()) if is_end else self._start(token.start())
            else:
                self._write(_character(token))
                position = token.end()
        self._write(self._source[position:])
        if self._open:
            raise _unparsable(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')
        return "".join(self._pieces), [entity for entity in self._entities if entity["length"]]

    def _write(self, text: str) -> None:
        self._pieces.append(text)
        self._length += utf16_length(text)

    def _start(self, at: int) -> int:
        named = re.compile(r"[^\s>]*").match(self._source, at + 1)
        close = self._source.find(">", at)
        if named is None or close < 0:
            raise _unparsable(f"Unclosed start tag at byte offset {self._bytes(at)}")
        tag = named[0].lower()
        if tag not in _TAGS:
            raise _unparsable(f'Unsupported start tag "{tag}" at byte offset {self._bytes(at)}')
        attributes, after = self._attributes(named.end(), at)
        entity: dict[str, Any] = {"type": _TAGS[tag], "offset": self._length, "length": 0}
        if tag == "a":
            entity["url"] = attributes.get("href", "")
        elif tag == "span" and attributes.get("class") != "tg-spoiler":
            raise _unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {self._bytes(at)}')
        elif tag == "blockquote" and "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        elif tag == "code" and attributes.get("class", "").startswith("language-"):
            entity["language"] = attributes["class"].removeprefix("language-")
        self._open.append(_Open(tag, entity))
        return after

    def _attributes(self, position: int, tag_at: int) -> tuple[dict[str, str], int]:
        """Parse the attributes of a start tag; return them and the position after the tag."""
        attributes: dict[str, str] = {}
        while True:
            while self._source[position : position + 1].isspace():
                position += 1
            if self._source.startswith(">", position):
                return attributes, position + 1
            match = _ATTRIBUTE.match(self._source, position)
            if match is None:
                raise _unparsable(f"Unclosed start tag at byte offset {self._bytes(tag_at)}")
            value = match[2] or ""
            if value[:1] in ('"', "'"):
                value = value[1:-1]
            attributes[match[1].lower()] = _TOKEN.sub(
                lambda token: token[0] if token[0] == "<" else _character(token), value
            )
            position = match.end()

    def _end(self, at: int) -> int:
        close = self._source.find(">", at)
        if close < 0:
            raise _unparsable(f"Unclosed end tag at byte offset {self._bytes(at)}")
        tag = self._source[at + 2 : close].strip().lower()
        if not self._open:
            raise _unparsable(f"Unexpected end tag at byte offset {self._bytes(at)}")
        opened = self._open.pop()
        if tag not in ("", opened.tag):
            raise _unparsable(
                f'Unmatched end tag at byte offset {self._bytes(at)}, expected "</{opened.tag}>", found "</{tag}>"'
            )
        entity = opened.entity
        entity["length"] = self._length - entity["offset"]
        if opened.tag == "a" and not entity["url"]:
            return close + 1
        if opened.tag == "code" and "language" in entity and not (self._open and self._open[-1].tag == "pre"):
            del entity["language"]
        if opened.tag == "pre" and self._entities:
            inner = self._entities[-1]
            if inner["type"] == "code" and (inner["offset"], inner["length"]) == (entity["offset"], entity["length"]):
                self._entities.pop()
                if "language" in inner:
                    entity["language"] = inner["language"]
        self._entities.append(entity)
        return close + 1

    def _bytes(self, position: int) -> int:
        return len(self._source[:position].encode())


def _character(token: re.Match[str]) -> str:
    """Decode an HTML entity; an invalid code point is left as it is."""
    if token[3]:
        return _NAMED[token[3]]
    code = int(token[1], 16) if token[1] else int(token[2])
    valid = 0 < code < 0xD800 or 0xDFFF < code <= 0x10FFFF
    return chr(code) if valid else token[0]


def _unparsable(detail: str) -> ApiError:
    return bad_request(f"can't parse entities: {detail}")


def _validate_entity(entity: Any) -> dict[str, Any]:
    if not (
        isinstance(entity, dict)
        and isinstance(entity.get("type"), str)
        and isinstance(entity.get("offset"), int)
        and isinstance(entity.get("length"), int)
    ):
        raise bad_request("can't parse MessageEntity: type, offset and length are expected")
    return dict(entity)


def _trim(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Strip white space from the ends of a text, and move and shrink its entities accordingly."""
    before = utf16_length(text) - utf16_length(text.lstrip())
    text = text.strip()
    end = utf16_length(text)
    trimmed = []
    for entity in entities:
        first = max(entity["offset"] - before, 0)
        last = min(entity["offset"] + entity["length"] - before, end)
        if first < last:
            trimmed.append({**entity, "offset": first, "length": last - first})
    return text, trimmed


def _detect(text: str) -> Iterator[dict[str, Any]]:
    for kind, pattern in _DETECTED.items():
        for match in pattern.finditer(text):
            yield {"type": kind, "offset": utf16_length(text[: match.start()]), "length": utf16_length(match[0])}


def _covers(entity: dict[str, Any], candidate: dict[str, Any]) -> bool:
    """Return whether an explicit entity prevents the detection of another entity at the same place."""
    if entity["type"] not in _OPAQUE and entity["type"] != candidate["type"]:
        return False
    return bool(
        entity["offset"] < candidate["offset"] + candidate["length"]
        and candidate["offset"] < entity["offset"] + entity["length"]
    )
