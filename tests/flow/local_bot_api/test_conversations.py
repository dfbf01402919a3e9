"""Conversations with a real python-telegram-bot application that polls."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from telegram import (
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    ReplyKeyboardMarkup,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError
from telegram.ext import (
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    MessageReactionHandler,
    TypeHandler,
    filters,
)

from bot.local_bot_api import Message, TelegramServer
from tests.flow.local_bot_api.helpers import OpenBot, message_of, png


async def echo(update: Update, _: Any) -> None:
    await message_of(update).reply_text(message_of(update).text)


async def card(update: Update, _: Any) -> None:
    buttons = [[InlineKeyboardButton("👍", callback_data="up"), InlineKeyboardButton("👎", callback_data="down")]]
    await message_of(update).reply_text("Alien (1979)", reply_markup=InlineKeyboardMarkup(buttons))


async def rated(update: Update, _: Any) -> None:
    assert update.callback_query is not None
    await update.callback_query.answer(f"noted: {update.callback_query.data}")
    await update.callback_query.edit_message_text(f"rated {update.callback_query.data}")


async def test_an_echo_goes_to_its_sender(server: TelegramServer, polling: OpenBot) -> None:
    """Each of two people gets the echo in their own chat, after their own message."""
    ann, bob = server.person(1, "Ann"), server.person(2, "Bob")
    async with polling(MessageHandler(filters.TEXT, echo)):
        await ann.send("I am Ann")
        await bob.send("I am Bob")
        assert (await ann.next_message()).text == "I am Ann"
        assert (await bob.next_message()).text == "I am Bob"
    assert [(message.from_bot, message.text) for message in ann.messages] == [(False, "I am Ann"), (True, "I am Ann")]


async def test_a_command_has_its_payload_and_its_user(server: TelegramServer, polling: OpenBot) -> None:
    """A command has its entity, so that the library recognises it, and the User object is complete."""
    received = []

    async def start(update: Update, context: Any) -> None:
        assert update.effective_user is not None
        assert update.effective_chat is not None
        user = update.effective_user
        received.append((context.args, user.id, user.first_name, user.username, user.language_code, user.is_bot))
        assert update.effective_chat.id == user.id
        await message_of(update).reply_text("hello")

    async with polling(CommandHandler("start", start)):
        ann = server.person(7, "Ann", "ann_7", "de")
        await ann.start("from-poster_1")
        await ann.next_message()
    assert received == [(["from-poster_1"], 7, "Ann", "ann_7", "de", False)]


async def test_a_tap_shows_its_answer_and_edits_in_place(server: TelegramServer, polling: OpenBot) -> None:
    """The card keeps its id and loses its buttons, and the toast is shown."""
    ann = server.person(1)
    async with polling(CommandHandler("card", card), CallbackQueryHandler(rated)):
        await ann.send("/card")
        first = await ann.next_message()
        assert [[button.text for button in row] for row in first.keyboard] == [["👍", "👎"]]
        press = await ann.press(first, "👍")
        assert (await press.answered()).text == "noted: up"
        second = await ann.next_edit(first)
    assert (second.message_id, second.text, second.keyboard, second.edited) == (first.message_id, "rated up", [], True)
    assert len([message for message in ann.messages if message.from_bot]) == 1


async def test_the_second_of_two_taps_edits_nothing(server: TelegramServer, polling: OpenBot) -> None:
    """A double tap sends two queries; the second edit is rejected, as on Telegram."""
    ann = server.person(1)
    errors = []

    async def failed(_: object, context: Any) -> None:
        errors.append(context.error)

    async with polling(CommandHandler("card", card), CallbackQueryHandler(rated)) as application:
        application.add_error_handler(failed)
        await ann.send("/card")
        first = await ann.next_message()
        await ann.press(first, 0)
        await ann.press(first, 0)
        await server.called("editMessageText", times=2)
    assert [call.ok for call in server.calls_of("editMessageText")] == [True, False]
    assert [type(error) for error in errors] == [BadRequest]
    assert "message is not modified" in str(errors[0]).lower()
    assert [answer.text for answer in ann.answers] == ["noted: up", "noted: up"]


async def test_a_button_of_a_deleted_message_still_reaches_the_bot(server: TelegramServer, polling: OpenBot) -> None:
    """The query has an inaccessible message; editing the message is rejected."""
    ann = server.person(1)
    seen = []

    async def tapped(update: Update, _: Any) -> None:
        query = update.callback_query
        assert query is not None
        assert query.message is not None
        seen.append((query.data, query.message.is_accessible, query.message.message_id))
        with pytest.raises(BadRequest, match="Message to edit not found"):
            await query.edit_message_text("too late")
        await query.answer()

    async with polling(CommandHandler("card", card), CallbackQueryHandler(tapped)) as application:
        await ann.send("/card")
        first = await ann.next_message()
        await application.bot.delete_message(ann.id, first.message_id)
        assert ann.message(first.message_id) is None
        await (await ann.press(first, "👎")).answered()
    assert seen == [("down", False, first.message_id)]


async def test_a_crafted_callback_reaches_the_bot(server: TelegramServer, polling: OpenBot) -> None:
    """A modified app can send data that no button has, for a message without buttons."""
    ann = server.person(1)
    async with polling(CallbackQueryHandler(rated), MessageHandler(filters.TEXT, echo)):
        await ann.send("hello")
        plain = await ann.next_message()
        press = await ann.press_crafted(plain.message_id, "rate:2:5")
        assert (await press.answered()).text == "noted: rate:2:5"


async def test_an_answer_to_an_expired_query_is_rejected(server: TelegramServer, polling: OpenBot) -> None:
    """An expired query cannot be answered."""
    ann = server.person(1)
    error_text = asyncio.get_running_loop().create_future()

    async def tapped(update: Update, _: Any) -> None:
        assert update.callback_query is not None
        try:
            await update.callback_query.answer("hi")
        except BadRequest as error:
            error_text.set_result(str(error))

    async with polling(CommandHandler("card", card), CallbackQueryHandler(tapped)):
        await ann.send("/card")
        first = await ann.next_message()
        with server.holding():
            (await ann.press(first, 0)).expire()
        assert "query id is invalid" in (await error_text).lower()
    assert ann.answers == []


async def test_reactions_are_delivered_only_if_allowed(server: TelegramServer, polling: OpenBot) -> None:
    """A reaction is an update only if `allowed_updates` has `message_reaction`."""
    ann = server.person(1)
    seen = []

    async def reacted(update: Update, _: Any) -> None:
        reaction = update.message_reaction
        assert reaction is not None
        emoji = [item.emoji for item in reaction.new_reaction]  # type: ignore[attr-defined]
        seen.append((reaction.message_id, len(reaction.old_reaction), emoji))
        await update.get_bot().send_message(ann.id, "saw it")

    async with polling(MessageHandler(filters.TEXT, echo)):
        await ann.send("hello")
        hello = await ann.next_message()
        await ann.react(hello, "👍")
    assert [update.keys() - {"update_id"} for update in server.updates] == [{"message"}]
    async with polling(MessageReactionHandler(reacted), allowed_updates=["message", "message_reaction"]):
        await ann.send("are you there?")
        await server.delivered()
        await ann.react(hello, "👎")
        assert (await ann.next_message()).text == "saw it"
    assert seen == [(hello.message_id, 1, ["👎"])]


async def test_a_photo_is_uploaded_once_and_sent_again_by_file_id(server: TelegramServer, polling: OpenBot) -> None:
    """The response has the sizes of the photo; each file_id sends the same photo, and the file can be downloaded."""
    ann = server.person(1)
    await ann.send("hi")
    picture = png(600, 900)
    async with polling() as application:
        sent = await application.bot.send_photo(ann.id, picture, caption="<b>Alien</b>", parse_mode=ParseMode.HTML)
        again = await application.bot.send_photo(ann.id, sent.photo[0].file_id)
        file = await application.bot.get_file(sent.photo[-1].file_id)
        assert bytes(await file.download_as_bytearray()) == picture
    assert [(size.width, size.height) for size in sent.photo] == [(60, 90), (213, 320), (533, 800), (600, 900)]
    assert again.photo == sent.photo
    assert [call.uploads for call in server.calls_of("sendPhoto")] == [("photo",), ()]
    first, second = (await ann.next_message(), await ann.next_message())
    assert (first.text, first.marked("bold"), second.text) == ("Alien", ["Alien"], "")
    assert second.photo[-1]["file_id"] == sent.photo[-1].file_id


async def test_a_photo_is_fetched_by_url() -> None:
    """A picture is fetched from the Web; a page that is not a picture, and a missing page, are rejected."""

    def web(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/alien.png":
            return httpx.Response(200, content=png(20, 30), headers={"content-type": "image/png"})
        return httpx.Response(200 if request.url.path == "/page" else 404, html="<p>no picture</p>")

    async with TelegramServer(web=httpx.MockTransport(web)) as server, httpx.AsyncClient(trust_env=False) as client:
        ann = server.person(1)
        await ann.send("hi")
        answers = {}
        for path in ("alien.png", "page", "nothing"):
            call = {"chat_id": 1, "photo": f"https://posters.example/{path}"}
            answers[path] = (await client.post(f"{server.base_url}{server.token}/sendPhoto", json=call)).json()
    assert [(size["width"], size["height"]) for size in answers["alien.png"]["result"]["photo"]] == [(20, 30)]
    assert answers["page"]["description"] == "Bad Request: wrong type of the web page content"
    assert answers["nothing"]["description"] == "Bad Request: failed to get HTTP URL content"


async def test_a_person_who_blocked_the_bot_gets_no_messages(server: TelegramServer, polling: OpenBot) -> None:
    """Blocking sends an update and leads to 403; after unblocking, messages are delivered again."""
    ann = server.person(1)
    changes = []

    async def member(update: Update, _: Any) -> None:
        assert update.my_chat_member is not None
        changes.append(update.my_chat_member.new_chat_member.status)

    async with polling(ChatMemberHandler(member), MessageHandler(filters.TEXT, echo)) as application:
        await ann.send("hi")
        await ann.next_message()
        await ann.block()
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await application.bot.send_message(ann.id, "are you there?")
        with pytest.raises(ValueError, match="unblock"):
            await ann.send("no")
        await ann.unblock()
        await application.bot.send_message(ann.id, "welcome back")
        assert (await ann.next_message()).text == "welcome back"
        await ann.send("thanks")
        await ann.next_message()
    assert changes == ["kicked", "member"]


async def test_the_bot_cannot_start_a_chat(server: TelegramServer, polling: OpenBot) -> None:
    """As on Telegram, the person must start the chat."""
    server.person(1)
    async with polling() as application:
        for chat_id in (1, 2, -5, "@nobody"):
            with pytest.raises(BadRequest, match="Chat not found"):
                await application.bot.send_message(chat_id, "hello")


async def test_a_429_has_its_delay_and_occurs_as_often_as_configured(
    server: TelegramServer, polling: OpenBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`RetryAfter` has the seconds, no message is sent, and the next call succeeds."""
    # Otherwise python-telegram-bot warns about the coming change of `retry_after` to a timedelta.
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    ann = server.person(1)
    await ann.send("hi")
    async with polling() as application:
        server.faults.fail_next("sendMessage", retry_after=3)
        server.faults.fail_next("sendMessage", code=502)
        with pytest.raises(RetryAfter) as caught:
            await application.bot.send_message(ann.id, "one")
        with pytest.raises(TelegramError, match="Bad Gateway"):
            await application.bot.send_message(ann.id, "two")
        await application.bot.send_message(ann.id, "three")
    assert caught.value.retry_after == timedelta(seconds=3)
    assert [message.text for message in ann.messages if message.from_bot] == ["three"]


async def test_all_kinds_of_messages_arrive(server: TelegramServer, polling: OpenBot) -> None:
    """The library recognises stickers, voice messages, photos, locations, edits, replies and forwards."""
    ann = server.person(1)
    seen = []

    async def record_kind(update: Update, _: Any) -> None:
        message = message_of(update)
        if update.edited_message:
            seen.append("edited")
        elif message.reply_to_message:
            seen.append(f"reply to {message.reply_to_message.text}")
        elif message.forward_origin:
            seen.append(f"forward from {message.forward_origin.sender_user.first_name}")
        elif message.sticker:
            seen.append(message.sticker.emoji)
        else:
            seen.extend(kind for kind in ("voice", "photo", "location", "text") if getattr(message, kind))

    async with polling(TypeHandler(Update, record_kind)):
        await ann.send_sticker("👍")
        await ann.send_voice()
        await ann.send_photo(caption="look")
        await ann.send_other(location={"longitude": 13.4, "latitude": 52.5})
        hello = await ann.send("hello")
        await ann.edit(hello, "hullo")
        await ann.reply(hello, "hm")
        await ann.forward(hello)
        last = await ann.send("a" * 4096 + "b" * 100)
        await server.delivered()
    assert seen == [
        "👍",
        "voice",
        "photo",
        "location",
        "text",
        "edited",
        "reply to hullo",
        "forward from Ann",
        "text",
        "text",
    ]
    assert last.text == "b" * 100


async def test_an_inline_query_gets_results(server: TelegramServer, polling: OpenBot) -> None:
    """The person gets the results of the bot's answer."""

    async def search(update: Update, _: Any) -> None:
        query = update.inline_query
        assert query is not None
        result = InlineQueryResultArticle("1", f"Movies like {query.query}", InputTextMessageContent("Alien"))
        await query.answer([result], cache_time=0)

    async with polling(InlineQueryHandler(search)):
        answer = await (await server.person(1).inline("space")).answered()
    assert [result["title"] for result in answer["results"]] == ["Movies like space"]


async def test_the_command_menu_depends_on_scope_and_language(server: TelegramServer, polling: OpenBot) -> None:
    """A person sees the commands of the chat, else of private chats in their language, else the default commands."""
    ann, bea, cid = server.person(1, language_code="en"), server.person(2, language_code="de"), server.person(3)
    await cid.send("hi")
    async with polling() as application:
        await application.bot.set_my_commands([("help", "Help")])
        assert ann.commands == [{"command": "help", "description": "Help"}]
        await application.bot.set_my_commands([("hilfe", "Hilfe")], BotCommandScopeAllPrivateChats(), "de")
        await application.bot.set_my_commands([("admin", "Rule")], BotCommandScopeChat(3))
        mine = await application.bot.get_my_commands(BotCommandScopeChat(3))
        assert [command.command for command in mine] == ["admin"]
        seen = [[command["command"] for command in person.commands] for person in (ann, bea, cid)]
        assert seen == [["help"], ["hilfe"], ["admin"]]
        await application.bot.delete_my_commands()
        assert ann.commands == []


async def test_no_message_is_lost_in_an_outage(server: TelegramServer, polling: OpenBot) -> None:
    """The server stops and restarts under a polling bot; a message sent in between is answered."""
    ann = server.person(1)
    async with polling(MessageHandler(filters.TEXT, echo)):
        await ann.send("before")
        await ann.next_message()
        await server.stop()
        await ann.send("meanwhile")
        await server.start()
        assert (await ann.next_message(timeout_s=30)).text == "meanwhile"


async def test_ways_to_read_messages(server: TelegramServer, polling: OpenBot) -> None:
    """A person can read messages in order, by a condition, or all at once; a reply keyboard is visible, too."""
    ann = server.person(1)
    await ann.send("hi")
    async with polling() as application:
        for text in ("one", "two", "three"):
            await application.bot.send_message(1, text)
        assert (await ann.next_message()).text == "one"
        assert (await ann.wait_for(lambda message: "t" in message.text)).text == "three"
        assert (await ann.next_message()).text == "two"
        await application.bot.send_message(1, "keys", reply_markup=ReplyKeyboardMarkup([["Yes", "No"]]))
        await ann.until(lambda person: len(person.messages) == 5)
    assert ann.reply_keyboard == [["Yes", "No"]]


async def test_a_timeout_error_describes_the_chat(server: TelegramServer) -> None:
    """The error names the person and the last messages of the chat."""
    ann = server.person(1)
    sent: Message = await ann.send("anybody?")
    with pytest.raises(TimeoutError, match=r"person 1 waited 0.01 s for another message.*anybody\?"):
        await ann.next_message(timeout_s=0.01)
    with pytest.raises(LookupError, match="0 buttons match 'OK'"):
        await ann.press(sent, "OK")
