"""Series in the titles of real movies, and titles that only look like parts of one."""

from dataclasses import replace

import pytest

from recsys.text.series import SeriesIndex
from storage.records import Movie


def movies_of(*labels: str) -> list[Movie]:
    """Return movies with these labels, "Title (year)", all of the same genre. Their ids count from 1."""
    movies = []
    for number, label in enumerate(labels, start=1):
        title, _, year = label.rpartition(" (")
        movies.append(Movie(number, title, int(year.rstrip(")")), ("Action",)))
    return movies


@pytest.mark.parametrize(
    "labels",
    [
        ("Jaws (1975)", "Jaws 2 (1978)", "Jaws 3-D (1983)"),
        ("Toy Story (1995)", "Toy Story 2 (1999)"),
        ("The Godfather (1972)", "The Godfather: Part II (1974)", "The Godfather: Part III (1990)"),
        ("The Terminator (1984)", "Terminator 2: Judgment Day (1991)"),
        ("Rocky (1976)", "Rocky II (1979)", "Rocky III (1982)", "Rocky IV (1985)", "Rocky V (1990)"),
        ("Die Hard (1988)", "Die Hard 2 (1990)", "Die Hard: With a Vengeance (1995)"),
        ("Alien (1979)", "Aliens (1986)", "Alien³ (1992)", "Alien: Resurrection (1997)"),
        (
            "Star Wars: Episode IV - A New Hope (1977)",
            "Star Wars: Episode V - The Empire Strikes Back (1980)",
            "Star Wars: Episode VI - Return of the Jedi (1983)",
            "Star Wars: Episode I - The Phantom Menace (1999)",
        ),
        (
            "Star Trek: The Motion Picture (1979)",
            "Star Trek: The Wrath of Khan (1982)",
            "Star Trek III: The Search for Spock (1984)",
            "Star Trek: First Contact (1996)",
        ),
        ("Friday the 13th (1980)", "Friday the 13th Part 2 (1981)", "Friday the 13th Part 3: 3D (1982)"),
        ("The Karate Kid (1984)", "The Karate Kid, Part II (1986)", "The Karate Kid III (1989)"),
        ("The Exorcist (1973)", "Exorcist II: The Heretic (1977)", "The Exorcist III (1990)"),
        ("Mad Max (1979)", "Mad Max 2 (a.k.a. The Road Warrior) (1981)"),
        ("The Naked Gun: From the Files of Police Squad! (1988)", "The Naked Gun 2 1/2: The Smell of Fear (1991)"),
        ("Ace Ventura: Pet Detective (1994)", "Ace Ventura: When Nature Calls (1995)"),
        ("Three Colors: Blue (1993)", "Three Colors: Red (1994)"),
        ("Airplane! (1980)", "Airplane II: The Sequel (1982)"),
        ("Kill Bill: Vol. 1 (2003)", "Kill Bill: Vol. 2 (2004)"),
        ("Halloween (1978)", "Halloween II (1981)", "Halloween: H20 (1998)"),
        ("Prom Night (1980)", "Prom Night III: The Last Kiss (1989)"),
        ("Father of the Bride (1991)", "Father of the Bride Part II (1995)"),
        ("Police Academy (1984)", "Police Academy 5: Assignment: Miami Beach (1988)", "Police Academy 3 (1990)"),
    ],
    ids=lambda labels: labels[0],
)
def test_the_parts_of_a_series_are_found_in_their_order(labels: tuple[str, ...]) -> None:
    """Each part has all parts before it."""
    series = SeriesIndex.build(reversed(movies_of(*labels)))
    assert series.earlier == {number: tuple(range(1, number)) for number in range(2, len(labels) + 1)}


@pytest.mark.parametrize(
    "labels",
    [
        ("Apollo (1990)", "Apollo 13 (1995)"),
        ("Malcolm (1986)", "Malcolm X (1992)"),
        ("Henry V (1944)", "Henry V (1989)", "Henry: Portrait of a Serial Killer (1990)"),
        ("Seven (1995)", "Seven Samurai (1954)"),
        ("Dracula (1931)", "Dracula: Dead and Loving It (1995)"),
        ("Batman (1989)", "Batman: Mask of the Phantasm (1993)"),
        ("Father of the Bride (1950)", "Father of the Bride Part II (1995)"),
        ("Stalag 17 (1953)", "Studio 54 (1998)"),
        ("Airport (1970)", "Airport 1975 (1974)"),
        ("Psycho (1960)", "Psycho (1998)"),
        ("Big Night (1996)", "Big Nights (1999)"),
        ("8 1/2 (1963)", "12 Monkeys (1995)"),
        ("2 Days in the Valley (1996)", "Catch-22 (1970)"),
        ("I (1990)", "II (1991)"),
    ],
    ids=lambda labels: labels[1],
)
def test_other_movies_are_no_parts(labels: tuple[str, ...]) -> None:
    """Numbers, colons and equal titles alone are no series."""
    assert SeriesIndex.build(movies_of(*labels)).earlier == {}


def test_a_sequel_follows_the_last_remake_before_it() -> None:
    """The Fly II follows the remake, Psycho II the original."""
    movies = movies_of("The Fly (1958)", "The Fly (1986)", "The Fly II (1989)")
    assert SeriesIndex.build(movies).earlier == {3: (2,)}
    movies = movies_of("Psycho (1960)", "Psycho II (1983)", "Psycho (1998)")
    assert SeriesIndex.build(movies).earlier == {2: (1,)}


def test_a_movie_of_other_genres_is_no_part() -> None:
    """A documentary about the making of a movie may have its title."""
    first, second = movies_of("Jaws (1975)", "Jaws 2 (1978)")
    assert SeriesIndex.build([replace(first, genres=("Documentary",)), second]).earlier == {}
    assert SeriesIndex.build([replace(first, year=None), second]).earlier == {}


def test_the_first_missing_part() -> None:
    """What was seen is not missing, and the first part misses nothing."""
    series = SeriesIndex.build(movies_of("Jaws (1975)", "Jaws 2 (1978)", "Jaws 3-D (1983)"))
    assert series.first_missing(3, ()) == 1
    assert series.first_missing(3, {1}) == 2
    assert series.first_missing(3, {1, 2}) is None
    assert series.first_missing(1, ()) is None
    assert series.first_missing(99, ()) is None


@pytest.mark.parametrize(
    ("listed", "ordered"),
    [
        ([3, 7, 2, 1], [1, 2, 3, 7]),
        ([7, 2, 8, 1], [7, 1, 2, 8]),
        ([3, 7], [3, 7]),
        ([1, 2, 3], [1, 2, 3]),
        ([], []),
    ],
)
def test_earlier_parts_come_before_later_ones_in_a_list(listed: list[int], ordered: list[int]) -> None:
    """Nothing is added, and other movies keep their order."""
    series = SeriesIndex.build(movies_of("Jaws (1975)", "Jaws 2 (1978)", "Jaws 3-D (1983)"))
    assert series.in_order(listed) == ordered
