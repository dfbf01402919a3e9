"""Photos and documents by URL come from public addresses only."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest

from bot.local_bot_api import TelegramServer
from bot.local_bot_api.person import SAMPLE_PNG
from bot.local_bot_api.public_web import PublicWeb, is_public

PNG = {"content-type": "image/png"}
PUBLIC = "93.184.215.14"


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use no proxy of the environment."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Inside:
    """A service on this machine that has a picture.

    Attributes:
        requests: the first lines of the requests that reached it.
        port: the port that it listens on.
    """

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.port = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer a request with the picture."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(head.decode().partition("\r\n")[0])
        length = f"content-length: {len(SAMPLE_PNG)}\r\nconnection: close\r\n\r\n"
        writer.write(f"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n{length}".encode() + SAMPLE_PNG)
        await writer.drain()
        writer.close()


@pytest.fixture
async def inside() -> AsyncIterator[Inside]:
    """A running service on this machine."""
    service = Inside()
    async with await asyncio.start_server(service.answer, "127.0.0.1", 0) as server:
        service.port = server.sockets[0].getsockname()[1]
        yield service


async def send(server: TelegramServer, method: str, url: str) -> str:
    """Send a photo or a document by URL, and return the error text; empty if it was sent."""
    await server.person(1).send("hi")
    name = method.removeprefix("send").lower()
    async with httpx.AsyncClient(base_url=f"{server.base_url}{server.token}/", trust_env=False) as api:
        return str((await api.post(method, json={"chat_id": 1, name: url})).json().get("description", ""))


@pytest.mark.parametrize("method", ["sendPhoto", "sendDocument"])
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0", "[::1]", "[::ffff:127.0.0.1]"]
)
async def test_this_machine_is_not_asked(inside: Inside, method: str, host: str) -> None:
    """No spelling of a local address connects to a service on this machine."""
    async with TelegramServer() as server:
        refusal = await send(server, method, f"http://{host}:{inside.port}/a.png")
    assert refusal == "Bad Request: failed to get HTTP URL content"
    assert inside.requests == []


class Web:
    """A name server and a web server. Each picture is behind redirects.

    Attributes:
        addresses: the next answers of the name server by host; the last one stays.
        redirects: the location that a URL redirects to.
        asked: the requests that were connected, as (address, Host header, name in TLS).
    """

    def __init__(self, addresses: dict[str, list[Sequence[str]]], redirects: dict[str, str] | None = None) -> None:
        self.addresses = addresses
        self.redirects = redirects or {}
        self.asked: list[tuple[str, str, str]] = []

    async def resolve(self, host: str) -> Sequence[str]:
        """Return the next addresses of a host."""
        answers = self.addresses.get(host, [[]])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Return a redirect or the picture."""
        host = request.headers["host"]
        self.asked.append((request.url.host, host, request.extensions["sni_hostname"]))
        target = self.redirects.get(f"{request.url.scheme}://{host}{request.url.path}")
        return (
            httpx.Response(302, headers={"location": target})
            if target
            else httpx.Response(200, content=SAMPLE_PNG, headers=PNG)
        )

    async def send_photo(self, url: str) -> str:
        """Send a photo of this web, and return the error text; empty if it was sent."""
        async with TelegramServer(web=PublicWeb(self.resolve, httpx.MockTransport(self.answer))) as server:
            return await send(server, "sendPhoto", url)


async def test_a_picture_is_fetched_from_the_address_that_was_checked() -> None:
    """The connection goes to the address, and the server still gets the name, after a redirect too."""
    web = Web(
        {"posters.example": [[PUBLIC]], "cdn.example": [["2606:2800:21f:cb07::1"]]},
        {"https://posters.example/a.png": "https://cdn.example/b.png"},
    )
    assert await web.send_photo("https://posters.example/a.png") == ""
    assert web.asked == [
        (PUBLIC, "posters.example", "posters.example"),
        ("2606:2800:21f:cb07::1", "cdn.example", "cdn.example"),
    ]


@pytest.mark.parametrize(
    ("addresses", "target"),
    [
        ({"inside.example": [["10.0.0.1"]]}, "https://inside.example/b.png"),
        ({"inside.example": [[PUBLIC, "127.0.0.1"]]}, "https://inside.example/b.png"),
        ({"169.254.169.254": [["169.254.169.254"]]}, "http://169.254.169.254/latest/meta-data"),
        ({"posters.example": [[PUBLIC], ["127.0.0.1"]]}, "https://posters.example/b.png"),
        ({}, "https://unknown.example/b.png"),
    ],
    ids=["private", "one of two is local", "an address", "rebound", "unknown"],
)
async def test_a_redirect_to_another_address_is_refused(addresses: dict[str, list[Sequence[str]]], target: str) -> None:
    """Only the first request is made."""
    web = Web({"posters.example": [[PUBLIC]], **addresses}, {"https://posters.example/a.png": target})
    assert await web.send_photo("https://posters.example/a.png") == "Bad Request: failed to get HTTP URL content"
    assert web.asked == [(PUBLIC, "posters.example", "posters.example")]


async def test_a_proxy_fetches_what_does_not_resolve_here(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy names need not resolve on this machine. Those that resolve to this machine are refused still."""
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{inside.port}")
    web = Web({"local.example": [["127.0.0.1"]]})
    assert await web.send_photo("http://posters.example/a.png") == ""
    assert await web.send_photo("http://local.example/a.png") == "Bad Request: failed to get HTTP URL content"
    assert inside.requests == ["GET http://posters.example/a.png HTTP/1.1"]
    assert web.asked == []


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f:cb07::1", "::ffff:93.184.215.14"])
def test_public_addresses(address: str) -> None:
    """Addresses of the Internet are public."""
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255"),  # noqa: S104 - nothing is bound.
        *("::", "::1", "fe80::1", "fc00::1", "fec0::1", "ff02::1"),
        *("::127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1"),
    ],
)
def test_other_addresses(address: str) -> None:
    """Loopback, private, shared, multicast and reserved addresses, also inside of others, are not public."""
    assert not is_public(address)
