"""All texts of the bot in English, one module per topic; `handlers.i18n` translates them.

A text with values is a function. A text without values is a `Text` or `Label`, which is called like a function.
Messages and captions are Html. Buttons, toasts and the command menu are plain str.
"""

from handlers.texts import account, admin, cards, lists, notices, onboarding, titles

__all__ = ["account", "admin", "cards", "lists", "notices", "onboarding", "titles"]
