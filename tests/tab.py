"""A tab of the demo's chat page without a browser: it reads what the page reads, and sends what the page sends."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx

TIMEOUT_S = 30.0

Shown = dict[str, Any]
"""A message as the page draws it."""


class Tab:
    """One person's chat, as far as the stream has told of it.

    Attributes:
        state: who is who, and the command menu.
        messages: by id, oldest first.
        actions: what the bot was said to be doing, oldest first.
    """

    def __init__(self, client: httpx.AsyncClient, key: str, lines: AsyncIterator[str]) -> None:
        self._client = client
        self._key = key
        self._lines = lines
        self.state: dict[str, Any] = {}
        self.messages: dict[int, Shown] = {}
        self.actions: list[str] = []

    async def post(self, what: str, **body: Any) -> Any:
        """Send something, and get the answer's JSON; what is refused is an error."""
        answer = await self._client.post(f"/people/{self._key}/{what}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def send(self, text: str, reply_to: int | None = None) -> int:
        """Write a text: the id of the message."""
        return int((await self.post("messages", text=text, reply_to=reply_to))["message_id"])

    async def press(self, message: Shown, text: str) -> Any:
        """Tap the button with this text, or with this in its text: what the person is shown."""
        (data,) = {button["data"] for row in message["keyboard"] for button in row if text in button["text"]}
        return await self.post("presses", message_id=message["id"], data=data)

    async def until(self, condition: Callable[[Shown], bool]) -> Shown:
        """The newest message that fulfils a condition, as soon as there is one."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                for message in reversed(list(self.messages.values())):
                    if condition(message):
                        return message
                await self.read()

    async def with_button(self, text: str) -> Shown:
        """The newest message that has a button with this in its text, as soon as there is one."""
        return await self.until(lambda one: any(text in button["text"] for row in one["keyboard"] for button in row))

    async def read(self) -> None:
        """Take in the next news.

        Raises:
            EOFError: the stream has ended.
        """
        async for line in self._lines:
            if line.startswith("data: "):
                self._apply(json.loads(line.removeprefix("data: ")))
                return
        raise EOFError

    def _apply(self, news: dict[str, Any]) -> None:
        if news.get("all"):
            self.messages.clear()
        self.state = news.get("state", self.state)
        for message in news.get("messages", ()):
            self.messages[message["id"]] = message
        for message_id in news.get("gone", ()):
            del self.messages[message_id]
        if "action" in news:
            self.actions.append(news["action"])


def client_of(url: str, **options: Any) -> httpx.AsyncClient:
    """An HTTP client that comes from the page itself."""
    options = {"headers": {"origin": url}, **options}
    return httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False, **options)


@asynccontextmanager
async def open_tab(url: str, key: str = "1") -> AsyncIterator[Tab]:
    """A tab of a person, with everything that was there when it was opened."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(client_of(url))
        stream = await stack.enter_async_context(client.stream("GET", f"/people/{key}/events"))
        assert stream.status_code == 200
        tab = Tab(client, key, stream.aiter_lines())
        await tab.read()
        yield tab
