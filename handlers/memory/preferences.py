"""The menus of /profile in which lasting preferences are switched on and off."""

from telegram import CallbackQuery, InlineKeyboardMarkup, Update

from handlers import keyboards
from handlers.account import profile_message
from handlers.callbacks import buttons
from handlers.context import Context
from handlers.replies import person_id_of, show, toast
from handlers.steps import Step
from handlers.texts import preferences as texts
from handlers.wish_parts import key_of, wish_parts
from recsys.services.preferences import Choice, Preference
from recsys.services.wishes import stored_wish


async def menu_opened(update: Update, context: Context, query: CallbackQuery, button: buttons.PreferenceMenu) -> None:
    """Show the preferences of a kind, or the profile again."""
    person_id, conversation = person_id_of(update), context.conversation
    person = await conversation.get_or_create_person(person_id, Step.WELCOME)
    await toast(query)
    if button.kind is None:
        await show(query, *await profile_message(context, person))
    else:
        await _show_menu(context, query, person_id, button.kind)


async def switched(update: Update, context: Context, query: CallbackQuery, button: buttons.SetPreference) -> None:
    """Switch a preference to the state that the button carries."""
    person_id, memory = person_id_of(update), context.conversation.memory
    await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    offered = await memory.preference_choices(person_id, button.kind)
    choice = next((choice for choice in offered if _key(choice) == button.key), None)
    if choice is not None:
        await memory.switch_preference(person_id, choice.condition, on=button.on, update_id=context.update_id)
    await toast(query, texts.TOAST_CHANGED() if choice is not None else texts.TOAST_GONE())
    await _show_menu(context, query, person_id, button.kind)


async def _show_menu(context: Context, query: CallbackQuery, person_id: int, kind: Preference) -> None:
    offered = await context.conversation.memory.preference_choices(person_id, kind)
    await show(query, texts.menu(kind, is_empty=not offered), _keyboard(context, kind, offered))


def _keyboard(context: Context, kind: Preference, offered: list[Choice]) -> InlineKeyboardMarkup:
    """Return one button per preference, which switches it, and the way back to the profile."""
    keys = []
    for choice in offered:
        [part] = wish_parts(choice.condition, context.conversation.movie)
        value = buttons.SetPreference(kind, _key(choice), not choice.is_on)
        keys.append(keyboards.button(texts.choice(part.label, is_on=choice.is_on), value))
    rows = keyboards.in_rows(keys[: keyboards.MAX_CHOICES], 2)
    return InlineKeyboardMarkup([*rows, [keyboards.button(texts.BACK(), buttons.PreferenceMenu(None))]])


def _key(choice: Choice) -> int:
    return key_of(repr(stored_wish(choice.condition)))
