"""Helpers for the tests of the local Bot API server."""

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
    """Return the message of an update that has a message."""
    assert update.effective_message is not None
    return update.effective_message


async def call(api: httpx.AsyncClient, method: str, **parameters: Any) -> Any:
    """Call a method and return its result; the call must succeed."""
    body = (await api.post(method, json=parameters)).json()
    assert body["ok"], body
    return body["result"]


def png(width: int, height: int) -> bytes:
    """Return a black PNG of the given size in pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes(width)) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
