"""A local Bot API server: it takes the place of Telegram in tests and in the demo.

- `server` is the entry point; `person`, `taps` and `view` simulate the users
- `http` receives calls, `methods` implements them, `parameters` parses their input, `errors` has their error responses
- `chats`, `files`, `formatting`, `images` and `keyboards` model what Telegram stores and checks
- `web` and `web_view` serve a person's chat to a browser, with the static files in the folder page
- `public_web` fetches posters
- `updates` and `webhook` deliver updates to the bot, `signals` wakes waiting tasks, `faults` injects errors and delays
"""

from bot.local_bot_api.chats import Answer, Reactions
from bot.local_bot_api.faults import Limits
from bot.local_bot_api.http import Call
from bot.local_bot_api.person import Person
from bot.local_bot_api.server import TelegramServer
from bot.local_bot_api.taps import InlineQuery, Press
from bot.local_bot_api.view import Button, Message
from bot.local_bot_api.web import ADMIN, ChatPage
from bot.local_bot_api.web_view import PageOptions

__all__ = [
    "ADMIN",
    "Answer",
    "Button",
    "Call",
    "ChatPage",
    "InlineQuery",
    "Limits",
    "Message",
    "PageOptions",
    "Person",
    "Press",
    "Reactions",
    "TelegramServer",
]
