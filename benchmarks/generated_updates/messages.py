"""Random messages: texts, media, service messages, replies, forwards, in all kinds of chats."""

import random
from typing import Any

from benchmarks.generated_updates.values import LANGUAGE_CODES, Cast, name, number, odd_value, soup, text

Raw = dict[str, Any]

ENTITIES = (
    *("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic", "underline"),
    *("strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre", "text_link", "text_mention"),
    *("custom_emoji", "hologram"),
)

_FILE = {"file_id": "x-1", "file_unique_id": "u1"}
_ZOE = {"id": 9, "is_bot": False, "first_name": "Zoe"}
_PLACE = {"latitude": 1.5, "longitude": 2.5}
_SCREEN = {**_FILE, "width": 1, "height": 1, "duration": 1}
_GROUP = {"id": -1001, "type": "supergroup", "title": "Film club"}
_OPTIONS = [{"persistent_id": option, "text": option, "voter_count": 0} for option in ("yes", "no")]
POLL = {
    "id": "1",
    "question": "Alien?",
    "options": _OPTIONS,
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
    "allows_revoting": False,
    "members_only": False,
}
_PAYMENT = {
    "currency": "XTR",
    "total_amount": 1,
    "invoice_payload": "x",
    "telegram_payment_charge_id": "1",
    "provider_payment_charge_id": "2",
}

MEDIA: tuple[Raw, ...] = (
    {"photo": [{**_FILE, "width": 1, "height": 1}]},
    {"photo": []},
    {"video": _SCREEN},
    {"animation": _SCREEN, "document": _FILE},
    {"document": {**_FILE, "file_name": "\u202egpj.exe", "file_size": 2**53}},
    {"document": {**_FILE, "file_name": "ratings.csv"}},
    {"audio": {**_FILE, "duration": 1}},
    {"voice": {**_FILE, "duration": -1}},
    {"video_note": {**_FILE, "length": 1, "duration": 1}},
    {"sticker": {**_FILE, "type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}},
    {"location": _PLACE},
    {"location": {**_PLACE, "live_period": 900}},
    {"venue": {"location": _PLACE, "title": "Kino", "address": "1 Road"}, "location": _PLACE},
    {"contact": {"phone_number": "1", "first_name": "Zoe"}},
    {"poll": POLL},
    {"dice": {"emoji": "\U0001f3b2", "value": 3}},
    {"game": {"title": "Chess", "description": "x", "photo": []}},
    {"story": {"chat": {"id": 9, "type": "private"}, "id": 1}},
    {"invoice": {"title": "x", "description": "x", "start_parameter": "", "currency": "XTR", "total_amount": 1}},
    {"paid_media": {"star_count": 1, "paid_media": [{"type": "preview"}, {"type": "hologram"}]}},
    {"checklist": {"title": "x", "tasks": [{"id": 1, "text": "x"}]}},
    {"hologram": {"depth": 3}},
    {},
)

SERVICE: tuple[Raw, ...] = (
    {"new_chat_members": [_ZOE]},
    {"left_chat_member": _ZOE},
    {"new_chat_title": "Film club"},
    {"new_chat_photo": [{**_FILE, "width": 1, "height": 1}]},
    {"delete_chat_photo": True},
    {"group_chat_created": True},
    {"supergroup_chat_created": True},
    {"channel_chat_created": True},
    {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}},
    {"migrate_to_chat_id": -1001},
    {"migrate_from_chat_id": -1},
    {"pinned_message": {"message_id": 1, "date": 0, "chat": _GROUP}},
    {"successful_payment": _PAYMENT},
    {"refunded_payment": _PAYMENT},
    {"users_shared": {"request_id": 1, "users": [{"user_id": 9}]}},
    {"chat_shared": {"request_id": 1, "chat_id": -1001}},
    {"connected_website": "example.org"},
    {"write_access_allowed": {"from_request": True}},
    {"passport_data": {"data": [], "credentials": {"data": "x", "hash": "x", "secret": "x"}}},
    {"proximity_alert_triggered": {"traveler": _ZOE, "watcher": _ZOE, "distance": 1}},
    {"boost_added": {"boost_count": 1}},
    {"forum_topic_created": {"name": "x", "icon_color": 1}},
    {"forum_topic_closed": {}},
    {"giveaway_created": {}},
    {"giveaway_completed": {"winner_count": 1}},
    {"video_chat_started": {}},
    {"video_chat_ended": {"duration": 1}},
    {"video_chat_participants_invited": {"users": [_ZOE]}},
    {"web_app_data": {"data": "x", "button_text": "x"}},
    {"paid_message_price_changed": {"paid_message_star_count": 1}},
    {"managed_bot_created": {"bot": {**_ZOE, "is_bot": True}}},
)

_ORIGINS: tuple[Raw, ...] = (
    {"type": "user", "date": 1, "sender_user": _ZOE},
    {"type": "hidden_user", "date": 1, "sender_user_name": "Zoe"},
    {"type": "chat", "date": 1, "sender_chat": _GROUP},
    {"type": "channel", "date": 1, "chat": {"id": -1002, "type": "channel", "title": "Films"}, "message_id": 1},
    {"type": "hologram", "date": 1},
)


def user(rng: random.Random, person_id: int) -> Raw:
    """Return a User object."""
    made: Raw = {"id": person_id, "is_bot": False, "first_name": name(rng)}
    if rng.random() < 0.8:
        made["language_code"] = "en" if rng.random() < 0.5 else rng.choice(LANGUAGE_CODES)
    if rng.random() < 0.2:
        made |= {"last_name": name(rng), "username": "ann_of_films", "is_premium": True, "hologram": {"depth": 3}}
    return made


def private_chat(person: Raw) -> Raw:
    """Return the chat of a person with the bot."""
    return {"id": person["id"], "type": "private", "first_name": person["first_name"]}


def chat(rng: random.Random, person: Raw) -> Raw:
    """Return a chat in which a person writes, most often the private one."""
    kind = rng.random()
    if kind < 0.88:
        return private_chat(person)
    if kind < 0.91:
        return {**private_chat(person), "id": rng.choice((0, -1, 9, 2**52, -(2**52)))}
    if kind < 0.92:
        return {**private_chat(person), "type": rng.choice(("sender", "hologram", ""))}
    return {**_GROUP, "type": rng.choice(("group", "supergroup", "channel")), "is_forum": rng.random() < 0.5}


def message_id(rng: random.Random, cast: Cast, person_id: int) -> int:
    """Return the id of a message that the person sees, or of none."""
    screen = cast.screen(person_id)
    if screen and rng.random() < 0.7:
        return int(rng.choice(screen)["message_id"])
    return rng.choice((0, 1, 2, 1_000, 10_000_000, 2**31, 2**52))


def message(rng: random.Random, cast: Cast, person_id: int) -> Raw:
    """Return a Message object."""
    person = user(rng, person_id)
    made: Raw = {
        "message_id": rng.randrange(10_000_000, 2**31),
        "date": 1_700_000_000 if rng.random() < 0.9 else rng.choice((0, 1, -1, 2**31, 2**33)),
        "chat": chat(rng, person),
        "from": person,
    }
    kind = rng.random()
    if kind < 0.75:
        made["text"] = text(rng, cast)
        made["entities"] = _entities(rng, made["text"])
    elif kind < 0.92:
        made |= rng.choice(MEDIA)
        if rng.random() < 0.4:
            made["caption"] = text(rng, cast)[:1024]
            made["caption_entities"] = _entities(rng, made["caption"])
    else:
        made |= rng.choice(SERVICE)
    for extra in (_reply, _forward, _further):
        if rng.random() < 0.08:
            made |= extra(rng, cast, person_id)
    return made


def _entities(rng: random.Random, written: str) -> list[Raw]:
    """Return the command at the beginning of a text, and entities that may lie anywhere, outside of the text too."""
    command = written.split()[0] if written.startswith("/") else ""
    entities: list[Raw] = []
    if command and rng.random() < 0.95:
        entities.append({"type": "bot_command", "offset": 0, "length": len(command)})
    if rng.random() < 0.15:
        for _ in range(rng.randint(1, 4)):
            entity: Raw = {"type": rng.choice(ENTITIES), "offset": _offset(rng), "length": _offset(rng)}
            if rng.random() < 0.3:
                entity |= {"url": "https://example.org", "user": _ZOE, "language": "py", "custom_emoji_id": "1"}
            entities.insert(rng.randint(0, len(entities)), entity)
    return entities


def _offset(rng: random.Random) -> Any:
    return rng.randint(0, 20) if rng.random() < 0.7 else rng.choice((-1, 4096, 2**31, 2**63, -(2**63)))


def _reply(rng: random.Random, cast: Cast, person_id: int) -> Raw:
    screen = cast.screen(person_id)
    if screen and rng.random() < 0.7:
        replied = {name: value for name, value in rng.choice(screen).items() if name != "reply_to_message"}
    else:
        replied = {
            "message_id": message_id(rng, cast, person_id),
            "date": 0,
            "chat": {"id": person_id, "type": "private"},
        }
    more: Raw = {"quote": {"text": soup(rng, 5), "position": number(rng)}} if rng.random() < 0.3 else {}
    if rng.random() < 0.2:
        more["external_reply"] = {"origin": rng.choice(_ORIGINS), "chat": _GROUP, "message_id": 1}
    return {"reply_to_message": replied, **more}


def _forward(rng: random.Random, _: Cast, __: int) -> Raw:
    return {"forward_origin": rng.choice(_ORIGINS)}


def _further(rng: random.Random, _: Cast, __: int) -> Raw:
    more: tuple[Raw, ...] = (
        {"via_bot": {"id": 10, "is_bot": True, "first_name": "Films", "username": "films_bot"}},
        {"business_connection_id": "1"},
        {"sender_chat": _GROUP},
        {"edit_date": number(rng)},
        {"message_thread_id": number(rng), "is_topic_message": True},
        {"media_group_id": "1", "has_media_spoiler": True},
        {"link_preview_options": {"is_disabled": True, "url": soup(rng, 8)}},
        {"reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "1ca:10:like"}], []]}},
        {"guest_query_id": "1", "guest_bot_caller_user": _ZOE},
        {"hologram": odd_value(rng)},
    )
    return rng.choice(more)
