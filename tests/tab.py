"""A headless tab of the demo's chat page: it reads the event stream and sends requests as the page does."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx

TIMEOUT_S = 30.0

Shown = dict[str, Any]
"""A message in the format of the page."""


class Tab:
    """A person's chat, as far as the event stream has been read.

    Attributes:
        state: the people, the bot and the command menu.
        messages: the messages by id, oldest first.
        actions: the bot's chat actions, oldest first.
    """

    def __init__(self, client: httpx.AsyncClient, key: str, lines: AsyncIterator[str]) -> None:
        self._client = client
        self._key = key
        self._lines = lines
        self.state: dict[str, Any] = {}
        self.messages: dict[int, Shown] = {}
        self.actions: list[str] = []

    async def post(self, resource: str, **body: Any) -> Any:
        """Send a request and return the JSON of the response; the response must be a success."""
        response = await self._client.post(f"/people/{self._key}/{resource}", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    async def send(self, text: str, reply_to: int | None = None) -> int:
        """Send a text and return the id of the message."""
        return int((await self.post("messages", text=text, reply_to=reply_to))["message_id"])

    async def press(self, message: Shown, text: str) -> Any:
        """Tap the button whose text contains `text`, and return the answer to the callback query."""
        (data,) = {button["data"] for row in message["keyboard"] for button in row if text in button["text"]}
        return await self.post("presses", message_id=message["id"], data=data)

    async def until(self, condition: Callable[[Shown], bool]) -> Shown:
        """Wait until a message fulfils a condition, and return the newest such message."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                for message in reversed(list(self.messages.values())):
                    if condition(message):
                        return message
                await self.read()

    async def with_button(self, text: str) -> Shown:
        """Wait for a message with a button whose text contains `text`, and return the newest such message."""
        return await self.until(
            lambda message: any(text in button["text"] for row in message["keyboard"] for button in row)
        )

    async def read(self) -> None:
        """Read the next event of the stream.

        Raises:
            EOFError: the stream ended.
        """
        async for line in self._lines:
            if line.startswith("data: "):
                self._apply(json.loads(line.removeprefix("data: ")))
                return
        raise EOFError

    def _apply(self, event: dict[str, Any]) -> None:
        if event.get("all"):
            self.messages.clear()
        self.state = event.get("state", self.state)
        for message in event.get("messages", ()):
            self.messages[message["id"]] = message
        for message_id in event.get("gone", ()):
            del self.messages[message_id]
        if "action" in event:
            self.actions.append(event["action"])


def client_of(url: str, **options: Any) -> httpx.AsyncClient:
    """Return an HTTP client that sends the page's origin."""
    options = {"headers": {"origin": url}, **options}
    return httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False, **options)


@asynccontextmanager
async def open_tab(url: str, key: str = "1") -> AsyncIterator[Tab]:
    """Open a tab of a person and read the first event, which has the whole chat."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(client_of(url))
        stream = await stack.enter_async_context(client.stream("GET", f"/people/{key}/events"))
        assert stream.status_code == 200
        tab = Tab(client, key, stream.aiter_lines())
        await tab.read()
        yield tab
