"""The Bot API over HTTP, without a client library: object formats, error texts and limits."""

import json
from typing import Any

import httpx
import pytest

from bot.local_bot_api import Limits, TelegramServer
from tests.flow.local_bot_api.helpers import call, png

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


def keyboard(data: str) -> dict[str, Any]:
    return button(callback_data=data)


def button(**fields: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "OK", **fields}]]}


async def refusal(api: httpx.AsyncClient, method: str, **parameters: Any) -> str:
    """Make a call that must fail, and return the error text; the HTTP status is repeated in the body."""
    response = await api.post(method, json=parameters)
    body = response.json()
    assert (body["ok"], body["error_code"]) == (False, response.status_code)
    return str(body["description"])


@pytest.mark.parametrize("spelling", ["getMe", "getme", "GETME"])
async def test_get_me_in_any_spelling_and_by_any_verb(
    server: TelegramServer, api: httpx.AsyncClient, spelling: str
) -> None:
    """Method names are case-insensitive, and GET and POST are equivalent."""
    for response in (await api.get(spelling), await api.post(spelling)):
        me = response.json()["result"]
        assert (me["id"], me["is_bot"], me["username"]) == (123456789, True, "reelmate_bot")
    assert server.bot["username"] == "reelmate_bot"


async def test_parameters_come_by_query_form_json_and_multipart(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """Each of the four encodings sends the same message."""
    ann = server.person(1)
    await ann.send("hi")
    text = "grüße & <3 🎬"
    await api.get("sendMessage", params={"chat_id": 1, "text": text})
    await api.post("sendMessage", data={"chat_id": "1", "text": text})
    await api.post("sendMessage", json={"chat_id": 1, "text": text})
    await api.post("sendMessage", data={"chat_id": "1", "text": text}, files={"unused": b"x"})
    assert [message.text for message in ann.messages if message.from_bot] == [text] * 4
    assert [request.parameters["text"] for request in server.calls_of("sendMessage")] == [text] * 4
    assert {request.chat_id for request in server.calls} == {1}


async def test_unknown_paths_are_404_and_a_wrong_token_is_401(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """Unknown methods, unknown paths, wrong tokens and invalid JSON get Telegram's errors."""
    assert await refusal(api, "getNothing") == "Not Found"
    assert server.calls[-1].ok is False
    for path in ("/", "/bot", "/elsewhere", f"/file/bot{server.token}/photos/file_9.jpg"):
        response = await api.get(server.url + path)
        assert (response.status_code, response.json()["description"]) == (404, "Not Found")
    for path in ("/bot123456789:wrong/getMe", "/file/bot1:wrong/photos/file_1.jpg"):
        response = await api.get(server.url + path)
        assert (response.status_code, response.json()["description"]) == (401, "Unauthorized")
    response = await api.post("getMe", content=b"{", headers={"content-type": "application/json"})
    assert response.json() == {"ok": False, "error_code": 400, "description": "Bad Request: can't parse JSON object"}


async def test_a_message_has_telegrams_format(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """A message has its sender, chat, date in whole seconds, entities and keyboard, and no other fields."""
    ann = server.person(1, "Ann", "ann_1")
    question = await ann.send("hi")
    message = await call(
        api,
        "sendMessage",
        chat_id=1,
        text="<b>Alien</b> /start",
        parse_mode="HTML",
        reply_markup=keyboard("x"),
        reply_parameters={"message_id": question.message_id},
    )
    assert isinstance(message.pop("date"), int)
    assert message.pop("reply_to_message")["text"] == "hi"
    assert message == {
        "message_id": question.message_id + 1,
        "from": {"id": 123456789, "is_bot": True, "first_name": "reelmate_bot", "username": "reelmate_bot"},
        "chat": {"id": 1, "first_name": "Ann", "username": "ann_1", "type": "private"},
        "text": "Alien /start",
        "entities": [
            {"type": "bold", "offset": 0, "length": 5},
            {"type": "bot_command", "offset": 6, "length": 6},
        ],
        "reply_markup": keyboard("x"),
    }
    assert ann.messages[-1].reply_to == question.message_id


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"text": ""}, "Bad Request: message text is empty"),
        ({"text": " \n "}, "Bad Request: message text is empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "Bad Request: message text is empty"),
        ({"text": "x" * 4097}, "Bad Request: message is too long"),
        ({"text": "x", "parse_mode": "Word"}, "Bad Request: unsupported parse_mode"),
        ({"text": "x", "chat_id": ""}, "Bad Request: chat_id is empty"),
        ({"text": "x", "chat_id": 99}, "Bad Request: chat not found"),
        ({"text": "x", "reply_parameters": {"message_id": 77}}, "Bad Request: message to be replied not found"),
        ({"text": "x", "reply_markup": keyboard("d" * 65)}, "Bad Request: BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": keyboard("я" * 33)}, "Bad Request: BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": keyboard("")}, "Bad Request: BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": button(copy_text={"text": ""})}, "Bad Request: BUTTON_COPY_TEXT_INVALID"),
        ({"text": "x", "reply_markup": button(copy_text={"text": "x" * 257})}, "Bad Request: BUTTON_COPY_TEXT_INVALID"),
        ({"text": "x", "reply_markup": button(copy_text="x")}, "Bad Request: BUTTON_COPY_TEXT_INVALID"),
        ({"text": "x", "reply_markup": button(callback_data="d", style="pink")}, "Bad Request: BUTTON_STYLE_INVALID"),
        ({"text": "x", "reply_markup": 5}, "Bad Request: object expected as reply markup"),
        ({"text": "x", "reply_markup": "{"}, "Bad Request: can't parse reply keyboard markup JSON object"),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "OK"}]]}},
            "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        ({"text": "\ud800"}, "Bad Request: strings must be encoded in UTF-8"),
    ],
)
async def test_an_invalid_message_is_rejected_with_telegrams_text(
    server: TelegramServer, api: httpx.AsyncClient, parameters: dict[str, Any], expected: str
) -> None:
    """Each error has its own text, and no message is sent."""
    ann = server.person(1)
    await ann.send("hi")
    body = json.dumps({"chat_id": 1, **parameters})
    response = await api.post("sendMessage", content=body, headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["description"]) == (400, expected)
    assert len(ann.messages) == 1


async def test_the_largest_allowed_sizes_are_accepted(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """4096 UTF-16 code units of text without markup, 1024 of a caption, 64 bytes of callback data."""
    await server.person(1).send("hi")
    text = "<b>" + "🎬" * 2048 + "</b>"
    await call(api, "sendMessage", chat_id=1, text=text, parse_mode="HTML", reply_markup=keyboard("я" * 32))
    assert await refusal(api, "sendMessage", chat_id=1, text="🎬" * 2049) == "Bad Request: message is too long"
    for length, status in ((1024, 200), (1025, 400)):
        response = await api.post(
            "sendPhoto", data={"chat_id": "1", "caption": "x" * length}, files={"photo": png(2, 2)}
        )
        assert response.status_code == status
    assert response.json()["description"] == "Bad Request: message caption is too long"


async def test_invalid_edits_are_rejected(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """The message is unknown, the person's, or of another kind; or the edit changes nothing."""
    ann = server.person(1)
    hello = await ann.send("hi")
    text = await call(api, "sendMessage", chat_id=1, text="one", reply_markup=keyboard("a"))
    photo = (await api.post("sendPhoto", data={"chat_id": "1"}, files={"photo": png(2, 2)})).json()["result"]
    same = {"chat_id": 1, "message_id": text["message_id"]}
    of_photo = {"chat_id": 1, "message_id": photo["message_id"]}
    assert await refusal(api, "editMessageText", chat_id=1, message_id=99, text="x") == (
        "Bad Request: message to edit not found"
    )
    assert await refusal(api, "editMessageText", chat_id=1, text="x") == (
        "Bad Request: message identifier is not specified"
    )
    assert await refusal(api, "editMessageText", chat_id=1, message_id=hello.message_id, text="x") == (
        "Bad Request: message can't be edited"
    )
    assert await refusal(api, "editMessageText", **same, text=" one ", reply_markup=keyboard("a")) == NOT_MODIFIED
    assert await refusal(api, "editMessageReplyMarkup", **same, reply_markup=keyboard("a")) == NOT_MODIFIED
    assert await refusal(api, "editMessageText", **of_photo, text="x") == (
        "Bad Request: there is no text in the message to edit"
    )
    assert await refusal(api, "editMessageCaption", **same, caption="x") == (
        "Bad Request: there is no caption in the message to edit"
    )


async def test_edits(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """Text, keyboard, caption and photo change in place; an edit without a keyboard removes the keyboard."""
    ann = server.person(1)
    await ann.send("hi")
    text = await call(api, "sendMessage", chat_id=1, text="one", reply_markup=keyboard("a"))
    same = {"chat_id": 1, "message_id": text["message_id"]}
    await call(api, "editMessageText", **same, text="one", reply_markup=keyboard("b"))
    assert ann.messages[-1].button("OK").data == "b"
    await call(api, "editMessageReplyMarkup", **same)
    assert (ann.messages[-1].text, ann.messages[-1].keyboard) == ("one", [])
    media = {"type": "photo", "media": "attach://poster", "caption": "<i>two</i>", "parse_mode": "HTML"}
    response = await api.post("editMessageMedia", data=same | {"media": json.dumps(media)}, files={"poster": png(3, 2)})
    assert [size["width"] for size in response.json()["result"]["photo"]] == [3]
    assert (ann.messages[-1].text, ann.messages[-1].marked("italic")) == ("two", ["two"])
    await call(api, "editMessageCaption", **same, caption="three")
    assert (ann.messages[-1].text, len(ann.messages[-1].photo), ann.messages[-1].edited) == ("three", 1, True)
    assert [message.message_id for message in ann.messages][1:] == [text["message_id"]]


async def test_deleted_messages_are_gone(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """An unknown message is rejected by deleteMessage, and ignored by deleteMessages."""
    ann = server.person(1)
    await ann.send("hi")
    ids = [(await call(api, "sendMessage", chat_id=1, text=text))["message_id"] for text in "abc"]
    assert await call(api, "deleteMessage", chat_id=1, message_id=ids[0]) is True
    assert await refusal(api, "deleteMessage", chat_id=1, message_id=ids[0]) == (
        "Bad Request: message to delete not found"
    )
    assert await call(api, "deleteMessages", chat_id=1, message_ids=[*ids, 99]) is True
    assert [message.text for message in ann.messages] == ["hi"]


async def test_an_album_is_sent_completely_or_not_at_all(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """Two photos share a media group; eleven photos or a broken photo send nothing."""
    ann = server.person(1)
    await ann.send("hi")
    item = {"type": "photo", "media": "attach://a"}
    files = {"a": png(2, 2), "b": b"not a picture"}

    async def send(*media: dict[str, str]) -> Any:
        return (await api.post("sendMediaGroup", data={"chat_id": "1", "media": json.dumps(media)}, files=files)).json()

    assert (await send(*[item] * 11))["description"] == "Bad Request: too many messages to send as an album"
    assert (await send(item, item | {"media": "attach://b"}))["description"] == "Bad Request: IMAGE_PROCESS_FAILED"
    assert len(ann.messages) == 1
    sent = (await send(item, item | {"caption": "second"}))["result"]
    assert len({message["media_group_id"] for message in sent}) == 1
    assert [message.text for message in ann.messages] == ["hi", "", "second"]


async def test_a_document_can_be_downloaded_again(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """A document keeps its name and type, and can be downloaded byte for byte."""
    await server.person(1).send("hi")
    upload = {"document": ("export.json", b'{"ratings": []}', "application/json")}
    document = (await api.post("sendDocument", data={"chat_id": "1"}, files=upload)).json()["result"]["document"]
    assert (document["file_name"], document["mime_type"]) == ("export.json", "application/json")
    path = (await call(api, "getFile", file_id=document["file_id"]))["file_path"]
    assert (await api.get(f"{server.base_file_url}{server.token}/{path}")).content == b'{"ratings": []}'
    assert await refusal(api, "getFile", file_id="nonsense") == "Bad Request: invalid file_id"
    assert await refusal(api, "sendPhoto", chat_id=1, photo=document["file_id"]) == (
        "Bad Request: can't use file of type Document as Photo"
    )
    assert await refusal(api, "sendPhoto", chat_id=1) == "Bad Request: there is no photo in the request"


async def test_injected_faults_apply_to_the_next_calls_only(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """Calls fail as often as configured and have no effect; a 429 has its seconds in the text and in the parameters."""
    ann = server.person(1)
    await ann.send("hi")
    server.faults.fail_next("sendMessage", times=2, retry_after=7)
    server.faults.fail_next("SENDMESSAGE", code=500)
    server.faults.delay_next("sendMessage", 0.001)
    answers = [(await api.post("sendMessage", json={"chat_id": 1, "text": text})).json() for text in "abcd"]
    assert answers[0] == answers[1]
    assert answers[1:3] == [
        {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 7",
            "parameters": {"retry_after": 7},
        },
        {"ok": False, "error_code": 500, "description": "Internal Server Error"},
    ]
    assert [message.text for message in ann.messages] == ["hi", "d"]


async def test_a_fault_of_one_chat_spares_the_others(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """The next call to Ann fails; one to Bob before it, and the one after it, succeed."""
    for person_id in (1, 2):
        await server.person(person_id).send("hi")
    server.faults.fail_next("sendMessage", retry_after=7, chat_id=1)
    answers = [(await api.post("sendMessage", json={"chat_id": to, "text": "x"})).json()["ok"] for to in (2, 1, 1)]
    assert answers == [True, False, True]


async def test_a_damaged_response_hides_an_effect(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """The messages arrive. One response is cut in half, one is replaced, and the one after them is whole."""
    ann = server.person(1)
    await ann.send("hi")
    server.faults.damage_next("SendMessage")
    server.faults.damage_next("sendMessage", b"[]")
    cut, replaced, whole = [await api.post("sendMessage", json={"chat_id": 1, "text": text}) for text in "abc"]
    assert (cut.status_code, replaced.status_code) == (200, 200)
    assert cut.text.startswith('{"ok":true,"result":{')
    assert cut.text.count("{") > cut.text.count("}")
    assert replaced.content == b"[]"
    assert whole.json()["result"]["text"] == "c"
    assert [message.text for message in ann.messages] == ["hi", "a", "b", "c"]


async def test_limits_count_messages_of_the_last_second() -> None:
    """A message above the limit of a chat or of all chats is a 429; other methods and chats are not affected."""
    async with TelegramServer(limits=Limits(per_chat=2, overall=3)) as server:
        for person_id in (1, 2):
            await server.person(person_id).send("hi")
        async with httpx.AsyncClient(base_url=f"{server.base_url}{server.token}/", trust_env=False) as api:
            calls = [api.post("sendMessage", json={"chat_id": chat_id, "text": "x"}) for chat_id in (1, 1, 1, 2, 2)]
            answers = [(await pending).json() for pending in calls]
            action = await api.post("sendChatAction", json={"chat_id": 1, "action": "typing"})
    assert [answer["ok"] for answer in answers] == [True, True, False, True, False]
    assert answers[2]["parameters"] == {"retry_after": 1}
    assert action.json()["ok"]
    assert server.person(1).actions == ["typing"]


async def test_invalid_answers_to_queries_are_rejected(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """The query is unknown, there are 51 results, or a result id is repeated or too long."""
    outdated = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await refusal(api, "answerCallbackQuery", callback_query_id="1") == outdated
    assert await refusal(api, "answerInlineQuery", inline_query_id="1", results=[]) == outdated
    query = await server.person(1).inline("alien")
    article = {"type": "article", "title": "Alien"}
    many = [article | {"id": str(number)} for number in range(51)]
    for results, expected in (
        (many, "RESULTS_TOO_MUCH"),
        ([article | {"id": "1"}] * 2, "RESULT_ID_DUPLICATE"),
        ([article | {"id": "x" * 65}], "RESULT_ID_INVALID"),
    ):
        assert await refusal(api, "answerInlineQuery", inline_query_id=query.query_id, results=results) == (
            f"Bad Request: {expected}"
        )
    assert await call(api, "answerInlineQuery", inline_query_id=query.query_id, results=many[:50]) is True


async def test_the_bot_reacts_with_allowed_emoji_only(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """A reaction emoji is accepted; any other emoji and an unknown message are rejected."""
    ann = server.person(1)
    hello = await ann.send("hi")
    same = {"chat_id": 1, "message_id": hello.message_id}
    thumb, apple = [{"type": "emoji", "emoji": "👍"}], [{"type": "emoji", "emoji": "🍏"}]
    assert await call(api, "setMessageReaction", **same, reaction=thumb) is True
    assert ann.messages[-1].reactions.bot == ("👍",)
    assert await refusal(api, "setMessageReaction", **same, reaction=apple) == "Bad Request: REACTION_INVALID"
    assert await refusal(api, "setMessageReaction", chat_id=1, message_id=99, reaction=thumb) == (
        "Bad Request: message to react not found"
    )


async def test_the_bot_has_descriptions_per_language(api: httpx.AsyncClient) -> None:
    """A description falls back to the default language, and the name to the bot's own."""
    assert await call(api, "setMyDescription", description="Films") is True
    assert await call(api, "setMyDescription", description="Filme", language_code="de") is True
    assert await call(api, "getMyDescription", language_code="de") == {"description": "Filme"}
    assert await call(api, "getMyDescription", language_code="fr") == {"description": "Films"}
    assert await call(api, "getMyName") == {"name": "reelmate_bot"}
    assert await refusal(api, "setMyCommands", commands=[{"command": "a b", "description": "x"}]) == (
        "Bad Request: BOT_COMMAND_INVALID"
    )


async def test_a_chat_and_its_members(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """The person is a member, the bot is one until it is blocked, and nobody else is."""
    ann = server.person(1, "Ann")
    await ann.send("hi")
    assert (await call(api, "getChat", chat_id=1))["first_name"] == "Ann"
    assert (await call(api, "getChatMember", chat_id=1, user_id=1))["status"] == "member"
    await ann.block()
    assert (await call(api, "getChatMember", chat_id=1, user_id=123456789))["status"] == "kicked"
    assert await refusal(api, "getChatMember", chat_id=1, user_id=2) == "Bad Request: user not found"
    assert await refusal(api, "sendChatAction", chat_id=1, action="typing") == (
        "Forbidden: bot was blocked by the user"
    )
