"""The settings about where a person watches movies: their country, and the services that they have."""

from telegram import CallbackQuery, Update

from handlers.callbacks import watching as buttons
from handlers.context import Context
from handlers.replies import person_id_of, show, toast
from handlers.steps import Step
from handlers.texts import account, watching
from handlers.watching import keyboards
from handlers.watching.offers import show_offers
from handlers.wish_parts import key_of
from storage.records import Person


async def country_menu(_update: Update, context: Context, query: CallbackQuery, _button: buttons.CountryMenu) -> None:
    """Show the countries."""
    await toast(query)
    await show(query, watching.CHOOSE_COUNTRY(), keyboards.countries(context.conversation.state.services, None))


async def country_chosen(update: Update, context: Context, query: CallbackQuery, button: buttons.ChooseCountry) -> None:
    """Store the country, and go back to what was shown before. The services of another country are others."""
    person = await _person(update, context)
    if button.country not in context.conversation.state.services:
        await toast(query, watching.TOAST_NO_DETAILS())
        return
    if button.country != person.country:
        await context.conversation.update_person(
            person.person_id, context.update_id, country=button.country, services=[], only_services=False
        )
    await toast(query, account.TOAST_CHANGED())
    if button.movie_id is None:
        await _show_settings(update, context, query)
    else:
        await show_offers(context, query, button.movie_id, button.country)


async def services_menu(update: Update, context: Context, query: CallbackQuery, _button: buttons.ServicesMenu) -> None:
    """Show the services of the person's country."""
    await toast(query)
    await _show_services(context, query, await _person(update, context))


async def service_switched(
    update: Update, context: Context, query: CallbackQuery, button: buttons.SwitchService
) -> None:
    """Store whether the person has a service. Without any service, nothing is limited to services."""
    person = await _person(update, context)
    known = {key_of(name): name for name in (*_offered(context, person), *person.services)}
    name = known.get(button.key)
    if name is None:
        await toast(query, watching.TOAST_NO_DETAILS())
        return
    services = [other for other in person.services if other != name] + ([name] if button.on else [])
    await context.conversation.update_person(
        person.person_id, context.update_id, services=services, only_services=person.only_services and bool(services)
    )
    await toast(query, account.TOAST_CHANGED())
    await _show_services(context, query, await _person(update, context))


async def only_services_switched(
    update: Update, context: Context, query: CallbackQuery, button: buttons.SwitchOnlyServices
) -> None:
    """Store whether the person wants only movies that their services stream."""
    await context.conversation.update_person(person_id_of(update), context.update_id, only_services=button.on)
    await toast(query, account.TOAST_CHANGED())
    await _show_settings(update, context, query)


async def settings_shown(update: Update, context: Context, query: CallbackQuery, _button: buttons.ShowSettings) -> None:
    """Show the settings again."""
    await toast(query)
    await _show_settings(update, context, query)


async def _show_settings(update: Update, context: Context, query: CallbackQuery) -> None:
    person = await _person(update, context)
    await show(query, account.SETTINGS(), keyboards.settings_keyboard(person, context.conversation.state.services))


async def _show_services(context: Context, query: CallbackQuery, person: Person) -> None:
    await show(query, watching.CHOOSE_SERVICES(), keyboards.services(_offered(context, person), person.services))


async def _person(update: Update, context: Context) -> Person:
    return await context.conversation.get_or_create_person(person_id_of(update), Step.WELCOME)


def _offered(context: Context, person: Person) -> tuple[str, ...]:
    return context.conversation.state.services.get(person.country or "", ())
