"""What the bot says, in English, by part of the conversation; every word goes through `handlers.i18n`.

Texts with values are functions, those without are called the same way. Html is for messages and captions; plain str is
for buttons, toasts and the command menu.
"""

from handlers.texts import account, admin, cards, lists, notices, onboarding, titles

__all__ = ["account", "admin", "cards", "lists", "notices", "onboarding", "titles"]
