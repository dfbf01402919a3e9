"""A local Bot API server: what Telegram is to the bot, on this machine, for tests and for the demo.

- `server` listens and holds it together; `person` and `view` are the people on the other side
- `http` takes calls, `methods` answers them, `parameters` and `errors` are what goes in and what is refused
- `chats`, `files`, `formatting`, `images`, `keyboards` are Telegram's own matters
- `web` and `web_view` show a person's chat in a browser, with what lies in the folder `page`
- `updates` and `webhook` bring updates to the bot, `signals` wakes who waits, `faults` makes trouble on demand
"""

from bot.local_bot_api.chats import Answer, Reactions
from bot.local_bot_api.faults import Limits
from bot.local_bot_api.http import Call
from bot.local_bot_api.person import InlineQuery, Person, Press
from bot.local_bot_api.server import TelegramServer
from bot.local_bot_api.view import Button, Message
from bot.local_bot_api.web import ADMIN, ChatPage
from bot.local_bot_api.web_view import Surroundings

__all__ = [
    "ADMIN",
    "Answer",
    "Button",
    "Call",
    "ChatPage",
    "InlineQuery",
    "Limits",
    "Message",
    "Person",
    "Press",
    "Reactions",
    "Surroundings",
    "TelegramServer",
]
