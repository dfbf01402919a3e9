"""A change of a wish adds its conditions and replaces what it contradicts."""

import pytest

from recsys.text.wishes import Wish
from recsys.text.wishes.refining import refine


@pytest.mark.parametrize(
    ("wish", "change", "expected"),
    [
        (
            Wish(("Comedy",), year_from=1990, year_to=1999),
            Wish(("Comedy",)),
            Wish(genres_all=("Comedy",), year_from=1990, year_to=1999),
        ),
        (Wish(("Comedy", "Drama")), Wish(("Comedy",)), Wish(genres_all=("Comedy",))),
        (Wish(("Comedy",)), Wish(("Romance",)), Wish(("Comedy",), ("Romance",))),
        (Wish(("Comedy",)), Wish(("Horror", "War")), Wish(("Horror", "War"))),
        (Wish(("Comedy", "Drama"), ("Comedy",)), Wish(genres_none=("Comedy",)), Wish(("Drama",), (), ("Comedy",))),
        (Wish(genres_none=("Horror",)), Wish(("Horror",)), Wish(("Horror",))),
        (Wish(year_from=1990, year_to=1999), Wish(year_from=2000), Wish(year_from=2000)),
        (Wish(people=("Al Pacino",)), Wish(people_none=("Al Pacino",)), Wish(people_none=("Al Pacino",))),
        (
            Wish(people=("Al Pacino",)),
            Wish(people_any=("Al Pacino", "Meg Ryan")),
            Wish(people_any=("Al Pacino", "Meg Ryan")),
        ),
        (
            Wish(people_any=("Al Pacino", "Meg Ryan")),
            Wish(people_none=("Meg Ryan",)),
            Wish(people_any=("Al Pacino",), people_none=("Meg Ryan",)),
        ),
        (
            Wish(("Comedy",), themes=("french", "chess")),
            Wish(themes=("british",)),
            Wish(("Comedy",), themes=("chess", "british")),
        ),
    ],
    ids=[
        *("repeated", "one of a choice", "narrower", "another choice", "excluded", "wanted again", "years", "people"),
        *("alternatives", "excluded alternative", "another country"),
    ],
)
def test_refine(wish: Wish, change: Wish, expected: Wish) -> None:
    """No condition is named twice."""
    assert refine(wish, change) == expected
