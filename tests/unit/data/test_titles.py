import pytest

from recsys.data.titles import split_title


@pytest.mark.parametrize(
    ("text", "title", "year"),
    [
        ("Toy Story (1995)", "Toy Story", 1995),
        ("Matrix, The (1999)", "The Matrix", 1999),
        ("American in Paris, An (1951)", "An American in Paris", 1951),
        ("Bug's Life, A (1998)", "A Bug's Life", 1998),
        ("Misérables, Les (1995)", "Les Misérables", 1995),
        ("Enfer, L' (1994)", "L'Enfer", 1994),
        ("Postino, Il (The Postman) (1994)", "Il Postino (The Postman)", 1994),
        ("Tin Drum, The (Blechtrommel, Die) (1979)", "The Tin Drum (Die Blechtrommel)", 1979),
        ("Seventh Seal, The (Sjunde inseglet, Det) (1957)", "The Seventh Seal (Det Sjunde inseglet)", 1957),
        ("School of Flesh, The (L' École de la chair) (1998)", "The School of Flesh (L'École de la chair)", 1998),
        (
            "Professional, The (a.k.a. Leon: The Professional) (1994)",
            "The Professional (a.k.a. Leon: The Professional)",
            1994,
        ),
        ("Hard 8 (a.k.a. Sydney, a.k.a. Hard Eight) (1996)", "Hard 8 (a.k.a. Sydney, a.k.a. Hard Eight)", 1996),
        ("Mad Max 2 (a.k.a. Road Warrior, The) (1981)", "Mad Max 2 (a.k.a. The Road Warrior)", 1981),
        ("Cry, the Beloved Country (1995)", "Cry, the Beloved Country", 1995),
        ("Me, Myself and Irene (2000)", "Me, Myself and Irene", 2000),
        ("Associate, The (L'Associe)(1982)", "The Associate (L'Associe)", 1982),
        ("Slingshot, The (Kådisbellan ) (1993)", "The Slingshot (Kådisbellan)", 1993),
        ("Et Dieu&#8230;Créa la Femme (1956) ", "Et Dieu…Créa la Femme", 1956),
        ("Big Bang Theory, The (2007-)", "The Big Bang Theory", 2007),
        ("Death Note (2006\N{EN DASH}2007)", "Death Note", 2006),
        ("Diplomatic Courier (1952 )", "Diplomatic Courier", 1952),
        ("Mona (Palava) (1983))", "Mona (Palava)", 1983),
        ("(500) Days of Summer (2009)", "(500) Days of Summer", 2009),
        ("1917 (2019)", "1917", 2019),
        ("(1995)", "(1995)", None),
        ("2001: A Space Odyssey", "2001: A Space Odyssey", None),
        ("", "", None),
    ],
)
def test_title_and_year(text: str, title: str, year: int | None) -> None:
    """The year is split off, articles of every language move to the front, and alternative titles follow."""
    assert split_title(text) == (title, year)
