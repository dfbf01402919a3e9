"""All texts of the bot in English, one module per topic; `handlers.i18n` translates them.

- `onboarding`, `cards`, `lists`, `account`, `admin`: the texts of the handlers of that name.
- `details`: the details of a movie. `titles`: answers to titles in commands.
- `opinions`, `wishes`, `talk`: answers to typed texts.
- `imports`: histories from other services. `watching`: where movies can be watched.
- `undo`, `history`, `clusters`, `preferences`: what was done before, clusters of movies, what is never shown.
- `notices`: answers to what cannot be handled.
- `names`: names of movies, genres, stars, ages, genders and occupations.

The command menus are `account.COMMANDS` and `admin.COMMANDS`.

A text with values is a function. A text without values is a `Text` or `Label`, which is called like a function.
Messages and captions are Html. Buttons, toasts and the command menu are plain str.
"""

from handlers.texts import (
    account,
    admin,
    cards,
    clusters,
    details,
    history,
    imports,
    lists,
    notices,
    onboarding,
    opinions,
    preferences,
    talk,
    titles,
    undo,
    wishes,
)

__all__ = [
    "account",
    "admin",
    "cards",
    "clusters",
    "details",
    "history",
    "imports",
    "lists",
    "notices",
    "onboarding",
    "opinions",
    "preferences",
    "talk",
    "titles",
    "undo",
    "wishes",
]
