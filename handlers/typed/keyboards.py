"""The keyboards of the ways on, from which a person chooses a genre or a decade."""

from collections.abc import Sequence

from telegram import InlineKeyboardMarkup

from handlers import keyboards
from handlers.callbacks import buttons
from handlers.texts import names, wishes
from handlers.wish_parts import key_of


def genres(genres: Sequence[str]) -> InlineKeyboardMarkup:
    """Return one button per genre to wish for."""
    keys = [
        keyboards.button(names.genre(genre), buttons.WishGenre(key_of(genre)))
        for genre in genres[: keyboards.MAX_CHOICES]
    ]
    return InlineKeyboardMarkup(keyboards.in_rows(keys, 3))


def decades(first_years: Sequence[int]) -> InlineKeyboardMarkup:
    """Return one button per decade to wish for."""
    keys = [
        keyboards.button(wishes.decade(year), buttons.WishDecade(year)) for year in first_years[: keyboards.MAX_CHOICES]
    ]
    return InlineKeyboardMarkup(keyboards.in_rows(keys, 3))
