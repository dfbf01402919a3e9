"""Movies and a wish whose texts are hard to show."""

from dataclasses import replace

from recsys.text.wishes import Wish
from storage.records import Movie

ALIEN = Movie(1, "Alien", 1979, ("Horror", "Sci-Fi"))
EMOJI = Movie(6, "🎬" * 900, 1999, tuple(f"🎬{place}" * 99 for place in range(300)))
NASTY = Movie(2, "<b>Tom & Jerry</b> {0} " * 100, None, ("<i>", "Drama"))
EVERY_WISH = Wish(
    *(("Drama", "<i>"), ("War", "Crime"), ("Horror",), 1990, 1999, (1, 2), ("<Qwertz> & " * 99,), ("<u>", "x" * 999)),
    people_any=("<b>", "x" * 999),
)


def with_details(movie: Movie, text: str) -> Movie:
    """Return a movie of which everything is known, in these words."""
    people = (text,) * 20
    return replace(movie, description=text * 99, directors=people, actors=people, certificate=text, minutes=117)
