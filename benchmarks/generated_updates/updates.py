"""Random updates of every kind."""

import json
import random
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.generated_updates.buttons import data
from benchmarks.generated_updates.damage import damage
from benchmarks.generated_updates.messages import POLL, Raw, chat, message, message_id, private_chat, user
from benchmarks.generated_updates.values import SKIN_TONES, THUMBS, Cast, number, odd_value, soup, text

FLOOD_EVERY, FLOOD_LENGTH = 1_000, 40
"""In every thousand updates, this many in a row come from one person."""

_STATUSES = ("creator", "administrator", "member", "restricted", "left", "kicked", "hologram")
_RIGHTS = (
    *("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats"),
    *("can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories"),
    *("can_edit_stories", "can_delete_stories", "can_send_messages", "can_send_audios", "can_send_documents"),
    *("can_send_photos", "can_send_videos", "can_send_video_notes", "can_send_voice_notes", "can_send_polls"),
    *("can_send_other_messages", "can_add_web_page_previews", "can_pin_messages", "can_manage_topics", "is_member"),
)
_OTHER_MESSAGES = (
    *("channel_post", "edited_channel_post", "business_message", "edited_business_message", "guest_message"),
    "hologram_message",
)
_FURTHER = (
    *("chosen_inline_result", "shipping_query", "pre_checkout_query", "poll_answer", "chat_join_request"),
    *("chat_boost", "removed_chat_boost", "business_connection", "deleted_business_messages"),
    *("purchased_paid_media", "managed_bot", "hologram"),
)
_BROKEN = (None, "update", 7, 1.5, True, [], [{}], {}, {"update_id": None}, {"update_id": "7"}, {"update_id": -7})
_ODD_UPDATE_IDS = (None, "7", "", 1.5, True, [7], {}, -7, 2**53, 2**63, 10**400)


def generate(cast: Cast, seed: int, index: int, update_id: int) -> Any:
    """Return an update as JSON has it, or something that is no update.

    The kind of the update depends on the seed and the index only. What a person taps or replies to depends on what the
    person sees, too.

    Args:
        cast: the people and movies.
        seed: of the sequence of updates.
        index: of the update in the sequence, from 0.
        update_id: the update's id. Few updates get no id, or an impossible one.
    """
    rng = random.Random(f"{seed}/{index}")  # noqa: S311 - reproducible, not secret.
    quality = rng.random()
    if quality < 0.01:
        return rng.choice(_BROKEN) if rng.random() < 0.5 else odd_value(rng)
    if index % FLOOD_EVERY >= FLOOD_EVERY - FLOOD_LENGTH:
        person_id = cast.people[index // FLOOD_EVERY % len(cast.people)]
    else:
        person_id = rng.choice(cast.admins if rng.random() < 0.06 else cast.people)
    kind = rng.choices(list(_KINDS), [weight for weight, _ in _KINDS.values()])[0]
    # A copy, because damage must not reach the constants.
    content = json.loads(json.dumps(_KINDS[kind][1](rng, cast, person_id)))
    update = {"update_id": update_id, kind: content}
    if rng.random() < 0.02:
        update["hologram"] = odd_value(rng)
    if quality < 0.02:
        update["update_id"] = rng.choice(_ODD_UPDATE_IDS)
    elif quality < 0.25:
        damage(rng, update)
    return update


def _callback_query(rng: random.Random, cast: Cast, person_id: int) -> Raw:
    person = user(rng, person_id)
    query: Raw = {"id": cast.query_id(person_id), "from": person, "chat_instance": "1", "data": data(rng, cast)}
    if rng.random() < 0.1:
        query["id"] = rng.choice(("", "1", "x" * 100, "\ud800"))
    screen = [seen for seen in cast.screen(person_id) if seen["from"]["is_bot"]]
    place = rng.random()
    if screen and place < 0.7:
        query["message"] = rng.choice(screen)
        rows = query["message"].get("reply_markup", {}).get("inline_keyboard", ())
        shown = [key["callback_data"] for row in rows for key in row if "callback_data" in key]
        if shown and rng.random() < 0.6:
            query["data"] = rng.choice(shown)
    elif place < 0.85:
        query["message"] = {"chat": private_chat(person), "message_id": message_id(rng, cast, person_id), "date": 0}
    elif place < 0.9:
        query["message"] = {**message(rng, cast, person_id), "chat": chat(rng, person)}
    elif place < 0.95:
        query["inline_message_id"] = "1"
    if rng.random() < 0.03:
        del query["data"]
        query["game_short_name"] = "chess"
    return query


def _reaction(rng: random.Random, cast: Cast, person_id: int) -> Raw:
    person = user(rng, person_id)
    change: Raw = {
        "chat": chat(rng, person),
        "message_id": message_id(rng, cast, person_id),
        "date": 1_700_000_000,
        "old_reaction": _reactions(rng),
        "new_reaction": _reactions(rng),
    }
    if rng.random() < 0.9:
        return {**change, "user": person}
    return {**change, "actor_chat": {"id": -1001, "type": "supergroup", "title": "Film club"}}


def _reactions(rng: random.Random) -> list[Raw]:
    kinds: tuple[Raw, ...] = (
        {"type": "emoji", "emoji": rng.choice(THUMBS) + rng.choice(SKIN_TONES)},
        {"type": "emoji", "emoji": rng.choice(THUMBS)},
        {"type": "emoji", "emoji": soup(rng, 2)},
        {"type": "custom_emoji", "custom_emoji_id": "1"},
        {"type": "paid"},
        {"type": "hologram"},
    )
    return rng.choices(kinds, k=rng.choice((0, 0, 1, 1, 1, 2, 11)))


def _reaction_count(rng: random.Random, cast: Cast, person_id: int) -> Raw:
    counts = [{"type": reaction, "total_count": number(rng)} for reaction in _reactions(rng)]
    counted = {"message_id": message_id(rng, cast, person_id), "date": 1, "reactions": counts}
    return {"chat": chat(rng, user(rng, person_id)), **counted}


def _membership(rng: random.Random, _: Cast, person_id: int) -> Raw:
    person = user(rng, person_id)
    bot = {"id": 123456789, "is_bot": True, "first_name": "Reelmate", "username": "reelmate_bot"}

    def member() -> Raw:
        return {
            "user": bot,
            "status": rng.choice(_STATUSES),
            "until_date": rng.choice((0, 1, 2**31)),
            **dict.fromkeys(_RIGHTS, False),
        }

    invitation = {"invite_link": "https://t.me/+x", "creator": person, "creates_join_request": False}
    change = {"chat": chat(rng, person), "from": person, "date": 1, "old_chat_member": member()}
    more = {"invite_link": {**invitation, "is_primary": False, "is_revoked": False}} if rng.random() < 0.1 else {}
    return {**change, "new_chat_member": member(), **more}


def _inline_query(rng: random.Random, cast: Cast, person_id: int) -> Raw:
    return {
        "id": "1",
        "from": user(rng, person_id),
        "query": text(rng, cast)[:256],
        "offset": "",
        "chat_type": "sender",
    }


def _further(rng: random.Random, cast: Cast, person_id: int) -> Raw:
    """Return the content of an update of a kind that the bot does not request, fields of all of them together."""
    person = user(rng, person_id)
    boost = {"boost_id": "1", "add_date": 1, "expiration_date": 2, "source": {"source": "premium", "user": person}}
    return {
        "id": "1",
        "from": person,
        "user": person,
        "user_chat_id": person_id,
        "date": 1,
        "is_enabled": True,
        "chat": chat(rng, person),
        "poll_id": "1",
        "option_ids": [0],
        "option_persistent_ids": ["yes"],
        "invoice_payload": "x",
        "currency": "XTR",
        "total_amount": 1,
        "shipping_address": {},
        "result_id": "1",
        "query": text(rng, cast)[:256],
        "boost": boost,
        "boost_id": "1",
        "remove_date": 1,
        "source": boost["source"],
        "business_connection_id": "1",
        "message_ids": [1, 2],
        "paid_media_payload": "x",
        "bot": person,
    }


def _poll(rng: random.Random, _: Cast, __: int) -> Raw:
    return {**POLL, "is_closed": rng.random() < 0.5}


_KINDS: Mapping[str, tuple[float, Callable[[random.Random, Cast, int], Raw]]] = {
    "message": (46, message),
    "callback_query": (28, _callback_query),
    "message_reaction": (8, _reaction),
    "edited_message": (3, message),
    "my_chat_member": (3, _membership),
    **dict.fromkeys(_OTHER_MESSAGES, (0.7, message)),
    "message_reaction_count": (0.5, _reaction_count),
    "chat_member": (0.5, _membership),
    "inline_query": (0.5, _inline_query),
    "poll": (0.5, _poll),
    **dict.fromkeys(_FURTHER, (0.3, _further)),
}
"""The weight and the maker of each kind of update."""
