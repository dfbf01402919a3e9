"""The Telegram side of the bot: a handler parses an update, calls one use case, and renders the result.

- `routes`: which handler answers which update. Read it first.
- `context`: the `Context` that every handler gets, with the services on it, and the attempt to handle an update.
- `errors`: the error handler.
- `imports`: histories from other services. `watching`: where movies can be watched.
- `memory`: what people did before, and what they always want: undo, /history, preferences.
- `typed`: what people type, and the answers. `movies`: what they look up, the details of a movie and /search.
- One module per topic: `onboarding`, `browse`, `cards`, `feedback`, `lists`, `account`, `admin`, `unsupported`.
- `wish_parts`: the conditions of a wish, which buttons remove.
- `steps`: the state machine of the onboarding.
- `callbacks`: the callback data of buttons. `keyboards`: the keyboards.
- `replies`: sending and editing messages. `posters`: sending posters. `charts`: the picture of /stats.
- `menu`: the command menus. `texts`: all texts in English. `i18n`, `locales`: their translations.
"""
