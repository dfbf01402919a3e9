"""The HTTP interface of the chat page: events, requests, and access checks."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, MessageReactionHandler, filters

from bot.local_bot_api import ChatPage, PageOptions, TelegramServer
from bot.local_bot_api.web import MAX_UPLOAD_BYTES
from tests.flow.local_bot_api.helpers import OpenBot, message_of, png
from tests.tab import client_of, open_tab

ADMIN_ID = 1000


@pytest.fixture
async def page(server: TelegramServer) -> AsyncIterator[httpx.AsyncClient]:
    """A server with a chat page, and a client with the page's origin."""
    server.add_site(ChatPage(server, PageOptions("only a sample", ("hello",)), ADMIN_ID).app)
    async with client_of(server.url) as client:
        yield client


async def greet(update: Update, _: Any) -> None:
    keyboard = [
        [
            InlineKeyboardButton("go on", callback_data="on", style="primary"),
            InlineKeyboardButton("site", url="https://a.test/"),
            InlineKeyboardButton("copy", copy_text=CopyTextButton("Alien")),
        ]
    ]
    await message_of(update).reply_html("<b>Hello</b>, who are you?", reply_markup=InlineKeyboardMarkup(keyboard))


async def went_on(update: Update, _: Any) -> None:
    assert update.callback_query is not None
    await update.callback_query.edit_message_text("You went on.")
    await update.callback_query.answer("Gone on.", show_alert=True)


async def name_back(update: Update, _: Any) -> None:
    assert update.effective_user is not None
    await message_of(update).reply_text(f"You are {update.effective_user.first_name}.", do_quote=True)


FIRST_VISIT = (CommandHandler("start", greet), CallbackQueryHandler(went_on), MessageHandler(filters.TEXT, name_back))


@pytest.mark.usefixtures("page")
async def test_a_first_visit(server: TelegramServer, polling: OpenBot) -> None:
    """An empty chat, START, a greeting with entities and buttons, a tap, its alert, and the edited greeting."""
    async with polling(*FIRST_VISIT), open_tab(server.url) as tab:
        assert (tab.state["started"], tab.messages) == (False, {})
        assert (tab.state["notice"], tab.state["suggestions"]) == ("only a sample", ["hello"])
        start = await tab.send("/start")
        hello = await tab.with_button("go on")
        assert tab.state["started"] is True
        assert tab.messages[start]["from_bot"] is False
        assert tab.messages[start]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
        assert (hello["from_bot"], hello["text"], hello["edited"]) == (True, "Hello, who are you?", False)
        assert hello["entities"] == [{"type": "bold", "offset": 0, "length": 5}]
        assert hello["keyboard"] == [
            [
                {"text": "go on", "data": "on", "url": None, "copy": None, "style": "primary"},
                {"text": "site", "data": None, "url": "https://a.test/", "copy": None, "style": None},
                {"text": "copy", "data": None, "url": None, "copy": "Alien", "style": None},
            ]
        ]
        assert await tab.press(hello, "go on") == {"text": "Gone on.", "show_alert": True, "url": ""}
        edited = await tab.until(lambda message: message["edited"])
        assert (edited["id"], edited["text"], edited["keyboard"]) == (hello["id"], "You went on.", [])
        assert list(tab.messages) == [start, hello["id"]]


@pytest.mark.usefixtures("page")
async def test_a_reply_and_a_reaction_reach_the_bot(server: TelegramServer, polling: OpenBot) -> None:
    """The bot gets the replied message and the reaction, and the page shows both."""
    seen: list[str] = []

    async def reacted(update: Update, _: Any) -> None:
        assert update.message_reaction is not None
        seen.append("".join(str(item.emoji) for item in update.message_reaction.new_reaction))  # type: ignore[union-attr]

    handlers = (*FIRST_VISIT, MessageReactionHandler(reacted))
    async with polling(*handlers, allowed_updates=Update.ALL_TYPES), open_tab(server.url) as tab:
        await tab.send("hello")
        answer = await tab.until(lambda message: message["from_bot"])
        assert answer["reply"] == {"id": answer["reply"]["id"], "from_bot": False, "text": "hello"}
        mine = await tab.send("well", reply_to=answer["id"])
        shown = await tab.until(lambda message: message["id"] == mine)
        assert shown["reply"] == {"id": answer["id"], "from_bot": True, "text": "You are Ann."}
        await tab.post("reactions", message_id=answer["id"], emoji=["👍"])
        assert (await tab.until(lambda message: bool(message["mine"])))["id"] == answer["id"]
        await tab.post("reactions", message_id=answer["id"], emoji=[])
        await tab.until(lambda message: message["id"] == answer["id"] and not message["mine"])
        await server.delivered()
    assert seen == ["👍", ""]


@pytest.mark.usefixtures("page")
async def test_people_have_separate_chats_and_tabs_share_theirs(server: TelegramServer, polling: OpenBot) -> None:
    """Two tabs of Ann show the same messages; Bob's tab shows only his own chat."""
    async with (
        polling(*FIRST_VISIT),
        open_tab(server.url, "1") as ann,
        open_tab(server.url, "1") as again,
        open_tab(server.url, "2") as bob,
    ):
        await ann.send("I am Ann")
        await bob.send("I am Bob")
        for tab in (ann, again):
            assert (await tab.until(lambda message: message["from_bot"]))["text"] == "You are Ann."
        assert (await bob.until(lambda message: message["from_bot"]))["text"] == "You are Bob."
        assert ann.messages == again.messages
        assert not ann.messages.keys() & bob.messages.keys()
        assert [person["key"] for person in bob.state["people"]] == ["1", "admin", "2"]


@pytest.mark.usefixtures("page")
async def test_a_reconnected_tab_gets_the_whole_chat(server: TelegramServer, polling: OpenBot) -> None:
    """When the server stops, the stream ends at once; a new stream begins with the whole chat."""
    async with polling(*FIRST_VISIT):
        async with open_tab(server.url) as tab:
            await tab.send("/start")
            hello = await tab.with_button("go on")
            before = dict(tab.messages)
            await server.stop()
            with pytest.raises(EOFError):
                await tab.read()
        await server.start()
        async with open_tab(server.url) as back:
            assert back.messages == before
            await back.press(hello, "go on")
            await back.until(lambda message: message["text"] == "You went on.")


async def test_an_unanswered_tap_ends_with_the_server(server: TelegramServer, page: httpx.AsyncClient) -> None:
    """Without a bot the request waits, but it does not delay the stop of the server."""
    waiting = asyncio.create_task(page.post("/people/1/presses", json={"message_id": 1, "data": "on"}))
    while not server.updates:  # noqa: ASYNC110 - the update arrives after a few turns of the event loop.
        await asyncio.sleep(0)
    await server.stop()
    answer = await waiting
    assert (answer.status_code, answer.json()) == (504, {"error": "the bot did not answer"})


async def test_actions_commands_and_deletions_reach_the_tab(
    server: TelegramServer, page: httpx.AsyncClient, api: httpx.AsyncClient
) -> None:
    """Each change is an event of its own."""
    assert page.base_url.port
    async with open_tab(server.url) as tab:
        await tab.send("hello")
        sent = (await api.post("sendMessage", json={"chat_id": 1, "text": "hm"})).json()["result"]
        await tab.until(lambda message: message["from_bot"])
        await api.post("sendChatAction", json={"chat_id": 1, "action": "typing"})
        await tab.read()
        assert tab.actions == ["typing"]
        await api.post("setMyCommands", json={"commands": [{"command": "go", "description": "go on"}]})
        await tab.read()
        assert tab.state["commands"] == [{"command": "go", "description": "go on"}]
        await api.post("deleteMessage", json={"chat_id": 1, "message_id": sent["message_id"]})
        await tab.read()
        assert [message["text"] for message in tab.messages.values()] == ["hello"]


async def test_files_are_available_in_their_chat_only(
    server: TelegramServer, page: httpx.AsyncClient, api: httpx.AsyncClient
) -> None:
    """A picture is served inline, any other file as an attachment, and Bob gets neither."""
    async with open_tab(server.url) as tab:
        await tab.send("hello")
        content = b"<script>alert(1)</script>"
        await api.post("sendDocument", data={"chat_id": "1"}, files={"document": ("ä.html", content, "text/html")})
        await api.post("sendPhoto", data={"chat_id": "1"}, files={"photo": ("a.png", png(20, 30), "image/png")})
        document = (await tab.until(lambda message: message["document"]))["document"]
        photo = (await tab.until(lambda message: message["photo"]))["photo"]
    assert (document["name"], document["size"]) == ("ä.html", len(content))
    attachment = await page.get(document["url"])
    assert attachment.content == content
    assert attachment.headers["content-type"] == "application/octet-stream"
    assert attachment.headers["content-disposition"] == "attachment; filename*=utf-8''%C3%A4.html"
    shown = await page.get(photo["url"])
    assert (shown.headers["content-type"], shown.content) == ("image/png", png(20, 30))
    assert (photo["width"], photo["height"]) == (20, 30)
    for url in (document["url"], photo["url"]):
        assert (await page.get(url.replace("people/1/", "people/2/"))).status_code == 404


async def test_photos_files_stickers_and_voice_messages_reach_the_bot(
    server: TelegramServer, page: httpx.AsyncClient
) -> None:
    """The bot gets them as Telegram sends them, and the page what it shows of them."""
    async with open_tab(server.url) as tab:
        for query, content in (("kind=photo", png(20, 30)), ("kind=file&name=ä%20b.csv", b"a,b")):
            headers = {"content-type": "text/csv"}
            assert (await page.post(f"/people/1/uploads?{query}", content=content, headers=headers)).status_code == 200
        for kind in ("sticker", "voice"):
            assert (await page.post("/people/1/samples", json={"kind": kind})).status_code == 200
        await tab.until(lambda message: message["voice"] is not None)
        photo, document, sticker, voice = tab.messages.values()
    assert (photo["photo"]["width"], document["document"]["name"]) == (20, "ä b.csv")
    assert (sticker["sticker"], voice["voice"], photo["sticker"], photo["voice"]) == ("🎬", 3, None, None)
    assert (await page.get(document["document"]["url"])).content == b"a,b"
    messages = [update["message"] for update in server.updates]
    assert messages[1]["document"]["mime_type"] == "text/csv"
    assert [{"photo", "document", "sticker", "voice"} & set(message) for message in messages] == [
        {"photo"},
        {"document"},
        {"sticker"},
        {"voice"},
    ]


@pytest.mark.parametrize("host", ["evil.test", "evil.test:80", "127.0.0.1.evil.test", ""])
async def test_other_host_names_are_rejected(server: TelegramServer, page: httpx.AsyncClient, host: str) -> None:
    """A site whose name resolves to this machine can neither read nor send (DNS rebinding)."""
    headers = {"host": host, "origin": f"http://{host}"}
    for path in ("/", "/people/1/events"):
        assert (await page.get(path, headers=headers)).status_code == 400
    assert (await page.post("/people/1/messages", json={"text": "x"}, headers=headers)).status_code == 400
    assert server.updates == []


@pytest.mark.parametrize("origin", ["http://evil.test", "http://127.0.0.1:1", "null", None])
async def test_other_origins_are_rejected(server: TelegramServer, page: httpx.AsyncClient, origin: str | None) -> None:
    """Requests that change something need the page's own origin."""
    del page.headers["origin"]
    headers = {} if origin is None else {"origin": origin}
    bodies = {
        "messages": {"text": "x"},
        "presses": {"message_id": 1, "data": "x"},
        "reactions": {"message_id": 1},
        "uploads": {"text": "x"},
        "samples": {"kind": "voice"},
    }
    for resource, body in bodies.items():
        assert (await page.post(f"/people/1/{resource}", json=body, headers=headers)).status_code == 403
    assert (await page.post("/people", json={}, headers=headers)).status_code == 403
    assert server.updates == []


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("/people/1/messages", "{", 400, "Invalid JSON"),
        ("/people/1/messages", '{"text": 1}', 400, "text: Input should be a valid string"),
        ("/people/1/messages", '{"text": "  "}', 400, "Telegram's apps send no empty message"),
        ("/people/1/messages", '{"text": "x", "reply_to": 7}', 404, "the message is not in the chat any more"),
        ("/people/1/messages", '{"text": "%s"}' % ("x" * 4097), 400, "text: String should have at most 4096"),
        ("/people/1/messages", "x" * 70_000, 413, "more than 65536 bytes"),
        ("/people/1/reactions", '{"message_id": 7, "emoji": ["👍"]}', 404, "the message is not in the chat any more"),
        ("/people/1/samples", '{"kind": "song"}', 400, "kind: Input should be 'sticker' or 'voice'"),
        ("/people/1/uploads?kind=photo", "x", 400, "Telegram does not take this: Bad Request: IMAGE_PROCESS_FAILED"),
        ("/people/1/uploads?kind=file&name=a.txt", "", 400, "Telegram does not take this: Bad Request: file must be"),
        ("/people/1/uploads?kind=file", "x" * (MAX_UPLOAD_BYTES + 1), 413, "more than 10485760 bytes"),
        ("/people/0/messages", '{"text": "x"}', 404, "there is no person '0'"),
        ("/people/51/messages", '{"text": "x"}', 404, "there is no person '51'"),
        ("/people/ann/messages", '{"text": "x"}', 404, "there is no person 'ann'"),
    ],
)
async def test_invalid_requests_are_rejected_with_a_message(
    server: TelegramServer, page: httpx.AsyncClient, path: str, body: str, status: int, error: str
) -> None:
    """The response has an error message, and the bot gets no update."""
    answer = await page.post(path, content=body)
    assert answer.status_code == status
    assert answer.json()["error"].startswith(error)
    assert server.updates == []


async def test_the_number_of_people_is_limited(page: httpx.AsyncClient) -> None:
    """A new person gets the lowest free number; when all are taken, the request is rejected."""
    keys = [(await page.post("/people", json={})).json()["key"] for _ in range(49)]
    assert keys == [str(number) for number in range(2, 51)]
    rejected = await page.post("/people", json={})
    assert (rejected.status_code, rejected.json()) == (409, {"error": "there are 50 people already"})


async def test_every_response_has_security_headers(page: httpx.AsyncClient) -> None:
    """Only the page's own scripts run, no other site may frame the page, and no outdated copy is used."""
    answers = [await page.get(path) for path in ("/", "/app.js", "/nothing", "/people/0/events")]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 404]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; ")
        assert policy.endswith("frame-ancestors 'none'")
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-cache"


async def test_memory_is_limited() -> None:
    """Of 30 messages and their calls the newest ten are stored; of two pictures above the limit, the newer one."""
    async with (
        TelegramServer(max_history=10, max_file_bytes=150, first_id=500) as server,
        client_of(server.base_url) as api,
    ):
        ann = server.person(1)
        for number in range(30):
            await ann.send(str(number))
        assert [message.text for message in ann.messages] == [str(number) for number in range(20, 30)]
        assert [message.message_id for message in ann.messages] == list(range(520, 530))
        assert [update["update_id"] for update in server.updates] == list(range(100_000_520, 100_000_530))
        for _ in range(2):
            files = {"photo": ("a.png", png(1, 1) + bytes(30), "image/png")}
            await api.post(f"{server.base_url}{server.token}/sendPhoto", data={"chat_id": "1"}, files=files)
        older, newer = (message.photo[0]["file_id"] for message in ann.messages[-2:])
        assert ann.file(newer).startswith(png(1, 1))
        with pytest.raises(LookupError):
            ann.file(older)
        for _ in range(12):
            await api.post(f"{server.base_url}{server.token}/getMe")
        assert [call.method for call in server.calls] == ["getMe"] * 10
