"""What the tests of the Bot API server share."""

import struct
import zlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
from telegram import Update
from telegram.ext import Application

Bot = Application[Any, Any, Any, Any, Any, Any]
OpenBot = Callable[..., AbstractAsyncContextManager[Bot]]


def message_of(update: Update) -> Any:
    """The message of an update that has one."""
    assert update.effective_message is not None
    return update.effective_message


async def call(api: httpx.AsyncClient, method: str, **parameters: Any) -> Any:
    """The result of a call that works."""
    body = (await api.post(method, json=parameters)).json()
    assert body["ok"], body
    return body["result"]


def png(width: int, height: int) -> bytes:
    """A black picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes(width)) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
