"""The texts of cards: what they say of a movie, and that they fit a caption."""

from dataclasses import replace

import pytest

from handlers.i18n import Html, utf16_length, visible_length
from handlers.texts import (
    cards,
    details,
    notices,
    wishes,
)
from storage.records import (
    Movie,
)
from tests.unit.handlers.samples import ALIEN, EMOJI, EVERY_WISH, NASTY, with_details
from tests.unit.handlers.telegram_html import shown


def test_a_card_fits_a_caption() -> None:
    """With any movie, reason and wish, a caption has at most 1,024 UTF-16 code units. The head is cut, not the card."""
    long = Movie(3, "A" * 2000, 1999, tuple(f"Genre {number}" for number in range(300)))
    wish = replace(EVERY_WISH, genres_any=EMOJI.genres)
    words = "</b> & 🎬 " * 99
    for movie in (ALIEN, NASTY, EMOJI, long, with_details(NASTY, words), with_details(EMOJI, "x" * 9_999)):
        reason = cards.resembles(movie, movie.genres, ("A name" * 50,), liked_together=True)
        caption = cards.caption(movie, reason, notices.POPULAR_FOR_NOW(), movie)
        card = cards.below(wishes.understood(wish, [movie] * 40), caption, 1024)
        assert utf16_length(shown(caption)) == visible_length(caption) <= 950
        assert card.endswith(f"\N{HORIZONTAL ELLIPSIS}\n\n{caption}")
        assert 1022 <= utf16_length(shown(card)) <= 1024


def test_a_card_names_the_part_that_comes_before() -> None:
    """The line stands below the reason."""
    text = shown(cards.caption(Movie(9, "Aliens", 1986), cards.LIKED_BY_MANY(), first_part=ALIEN))
    assert text == f"Aliens (1986)\nLiked by many\nBefore it comes {ALIEN.label}"


@pytest.mark.parametrize(
    ("genres", "people", "liked_together", "reason"),
    [
        (
            ("Action", "Sci-Fi"),
            ("Ridley Scott",),
            True,
            ": Action, Sci-Fi, Ridley Scott. Many who like one like the other.",
        ),
        (("Sci-Fi",), (), False, ": Sci-Fi"),
    ],
)
def test_the_reason_of_a_similar_movie_says_what_both_have_in_common(
    genres: tuple[str, ...], people: tuple[str, ...], *, liked_together: bool, reason: str
) -> None:
    """Genres, people and those who like both."""
    text = shown(cards.resembles(ALIEN, genres, people, liked_together=liked_together))
    assert text == f"Like {ALIEN.label}{reason}"


def test_a_similar_movie_without_genres_has_a_reason_too() -> None:
    """People like both, or nothing nearer is left."""
    assert (
        shown(cards.resembles(ALIEN, (), (), liked_together=True)) == f"Many who like {ALIEN.label} like this one too"
    )
    assert shown(cards.resembles(ALIEN, (), (), liked_together=False)) == f"The nearest to {ALIEN.label} that is left"


def test_a_card_says_what_and_why() -> None:
    """A caption has title and year, genres, one reason, and a note if there is one."""
    assert shown(cards.caption(ALIEN, cards.LIKED_BY_MANY())) == "Alien (1979)\nHorror, Sci-Fi\nLiked by many"
    bare = Movie(4, "<Home> Video")
    assert cards.caption(bare, cards.because_liked(ALIEN)) == (
        "<b>&lt;Home&gt; Video</b>\nBecause you liked <b>Alien (1979)</b>"
    )
    assert shown(cards.caption(bare, cards.LIKED_BY_MANY(), Html("Soon."))) == "<Home> Video\nLiked by many\nSoon."


def test_a_card_with_details() -> None:
    """Facts, one line of the plot, a director and two actors stand between the title and the reason."""
    alien = replace(
        ALIEN,
        description="The crew answers a call. One by one, they meet what sent it. " + "Then more follows. " * 9,
        directors=("Ridley Scott",),
        actors=("Sigourney Weaver", "Tom Skerritt", "John Hurt"),
        certificate="R",
        minutes=117,
    )
    assert shown(cards.caption(alien, cards.LIKED_BY_MANY())).splitlines() == [
        "Alien (1979)",
        "117 min · R · Horror, Sci-Fi",
        "The crew answers a call. One by one, they meet what sent it." + " Then more follows." * 3,
        "By Ridley Scott, with Sigourney Weaver, Tom Skerritt",
        "Liked by many",
    ]
    one = replace(ALIEN, genres=(), actors=("Sigourney Weaver",), minutes=117)
    assert shown(cards.caption(one, Html("Why."))) == "Alien (1979)\n117 min\nWith Sigourney Weaver\nWhy."
    assert "\nBy Ridley Scott\n" in shown(cards.caption(replace(alien, actors=()), Html("Why.")))


@pytest.mark.parametrize(
    ("plot", "teaser"),
    [
        ("", ""),
        ("A  short\nplot.", "A short plot."),
        (
            "First comes the first sentence of this plot. " + "then " * 40,
            "First comes the first sentence of this plot.",
        ),
        ("word " * 40, "word " * 22 + "word…"),
        ("It ends. " + "word, " * 40, "It ends. " + "word, " * 17 + "word…"),
        (
            "Dr. No and Mrs. Yes meet on the small island of Dr. " + "x" * 200,
            "Dr. No and Mrs. Yes meet on the small island of Dr.…",
        ),
        ("x" * 200, "x" * 119 + "…"),
    ],
)
def test_one_line_of_a_plot(plot: str, teaser: str) -> None:
    """Whole sentences, or whole words of a long sentence. "Dr." ends none, and neither does a very short sentence."""
    assert cards.teaser(plot) == teaser


def test_the_details_of_a_movie() -> None:
    """The whole plot and everybody who made it, as far as they are known."""
    movie = replace(ALIEN, description="A.\nB.", directors=("Ridley Scott",), actors=("A", "B", "C"), certificate="R")
    assert shown(details.details(movie)) == (
        "Alien (1979)\nR · Horror, Sci-Fi\n\nA. B.\n\nDirected by Ridley Scott\nWith A, B, C"
    )
    assert shown(details.details(Movie(9, "Bare"))) == "Bare"
