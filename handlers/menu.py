"""The command menus, in the current language. Their entries are COMMANDS in `handlers.texts.account` and `.admin`."""

from telegram import BotCommand

from handlers.texts import account, admin


def commands() -> list[BotCommand]:
    """Return the command menu of everybody."""
    return [BotCommand(name, label()) for name, label in account.COMMANDS.items()]


def admin_commands() -> list[BotCommand]:
    """Return the command menu of admins: everybody's commands and the admin commands."""
    return [*commands(), *(BotCommand(name, label()) for name, label in admin.COMMANDS.items())]
