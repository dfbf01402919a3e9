"""The command menus, in the language that is spoken."""

from telegram import BotCommand

from handlers.texts import account, admin


def commands() -> list[BotCommand]:
    """What everybody sees."""
    return [BotCommand(name, label()) for name, label in account.COMMANDS.items()]


def admin_commands() -> list[BotCommand]:
    """What admins see: everybody's, and their own."""
    return [*commands(), *(BotCommand(name, label()) for name, label in admin.COMMANDS.items())]
