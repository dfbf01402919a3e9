"""Answers to taps on buttons and to inline queries."""

from typing import Any

from bot.local_bot_api.chats import Answer, Telegram
from bot.local_bot_api.errors import bad_request, outdated_query
from bot.local_bot_api.parameters import Parameters

MAX_TOAST = 200
MAX_INLINE_RESULTS = 50
MAX_RESULT_ID = 64


async def answer_callback_query(telegram: Telegram, parameters: Parameters) -> bool:
    """`answerCallbackQuery`."""
    query_id, text = parameters.text("callback_query_id"), parameters.text("text")
    chat = telegram.open_callback_queries.get(query_id)
    if chat is None:
        raise outdated_query()
    if len(text) > MAX_TOAST:
        raise bad_request("MESSAGE_TOO_LONG")
    chat.answers.append(Answer(query_id, text, parameters.flag("show_alert"), parameters.text("url")))
    chat.signal.notify()
    return True


async def answer_inline_query(telegram: Telegram, parameters: Parameters) -> bool:
    """`answerInlineQuery`."""
    query_id = parameters.text("inline_query_id")
    if query_id not in telegram.inline_answers:
        raise outdated_query()
    results = parameters.json_array("results") or []
    if len(results) > MAX_INLINE_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    ids = [_result_id(result) for result in results]
    if len(set(ids)) < len(ids):
        raise bad_request("RESULT_ID_DUPLICATE")
    telegram.inline_answers[query_id] = dict(parameters.values, results=results)
    telegram.inline_signal.notify()
    return True


def _result_id(result: Any) -> str:
    if not isinstance(result, dict) or not isinstance(result.get("type"), str):
        raise bad_request("can't parse inline query result: expected an Object with a type")
    result_id = str(result.get("id") or "")
    if not 1 <= len(result_id.encode()) <= MAX_RESULT_ID:
        raise bad_request("RESULT_ID_INVALID")
    return result_id
