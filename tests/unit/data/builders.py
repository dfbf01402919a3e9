"""Small invented data sets in every format."""

from pathlib import Path
from typing import Any

import numpy as np

from recsys.data import read_dataset
from recsys.data.assemble import People, Ratings, assemble
from recsys.data.dataset import Dataset
from storage.records import Movie, Tag

Files = dict[str, str]

ML_1M: Files = {
    "movies.dat": (
        "2::Lantern, The (a.k.a. Lamp, The) (1999)::Drama|Mystery\n"
        "1::Rocket Café (1985)::Comedy|Sci-Fi\n"
        "5::Été, L' (Der Sommer)(1971)::Drama\n"
    ),
    "users.dat": "1::F::1::10::48067\n3::M::56::16::70072\n2::M::25::0::55117\n",
    "ratings.dat": "1::2::5::978300760\n3::1::4::978300761\n1::1::3::978300762\n2::5::1::978300763\n",
}
URL = "https://x.org/7.jpg"
DETAILS = ("PG-13", 95, "tt0114709", 862, (Tag("heist", 3), Tag("night", 1)))
"""Certificate, minutes, id at IMDb, id at TMDB and tags of a movie."""
_FLAGS = {"Comedy": 5, "Drama": 8, "Sci-Fi": 15}
ML_100K: Files = {
    "u.item": "".join(
        f"{movie_id}|{title}|01-Jan-1995||http://example.org/{movie_id}|"
        + "|".join(
            str(int(index in [_FLAGS[genre] for genre in genres] or (not genres and index == 0))) for index in range(19)
        )
        + "\n"
        for movie_id, title, genres in (
            (1, "Rocket Café (1995)", ("Comedy", "Sci-Fi")),
            (2, "Lantern, The (1995)", ("Drama",)),
            (3, "unknown", ()),
        )
    ),
    "u.user": "1|24|M|technician|85711\n2|13|F|student|94043\n3|21|F|student|15213\n",
    "u.data": "2\t1\t3\t881250949\n1\t2\t5\t891717742\n3\t2\t4\t878887116\n",
}
ML_10M: Files = {
    "movies.dat": "1::Rocket Café (1985)::Comedy|Sci-Fi\n2::Lantern, The (1999)::(no genres listed)\n",
    "ratings.dat": "1::1::0.5::838985046\n1::2::4.5::838983525\n7::1::5::838983392\n",
}
ML_CSV: Files = {
    "movies.csv": (
        "movieId,title,genres\n"
        '1,"Lantern, The (1999)",Drama|Mystery\n'
        '4,"The ""Rocket"" Café (2006\N{EN DASH}2007)",(no genres listed)\n'
        "9,Untitled,Comedy\n"
    ),
    "ratings.csv": "userId,movieId,rating,timestamp\n1,4,0.5,1147880044\n1,1,3.5,1147868817\n2,9,5.0,1147868828\n",
}
LATEST_SMALL: Files = {
    "movies.csv": (
        "movieId,title,genres\n"
        "1,Toy Story (1995),Adventure|Animation|Children|Comedy|Fantasy\n"
        '50,"Usual Suspects, The (1995) ",Crime|Mystery|Thriller\n'
        "779,'Til There Was You (1997),Drama|Romance\n"
        '193609,"Andrew Dice Clay: ""Dice Rules"" (1991)",Comedy\n'
        "202439,Nocturne,(no genres listed)\n"
    ),
    "ratings.csv": (
        "userId,movieId,rating,timestamp\n"
        "1,1,4.0,964982703\n1,50,0.5,964982931\n2,193609,3.5,1445714835\n610,202439,5.0,1493846415\n"
    ),
    "links.csv": (
        "movieId,imdbId,tmdbId\n1,0114709,862\n50,0114814,629\n779,0118523,\n193609,0101726,37891\n202439,15000156,\n"
    ),
    "tags.csv": (
        "userId,movieId,tag,timestamp\n"
        "2,1,pixar,1445714994\n610,1,Pixar ,1445714996\n"
        '2,50,"mindfuck, twist ending",1445714992\n610,50,twist ending,1445714993\n2,50,Twist Ending,1445714992\n'
    ),
}
"""The layout of ml-latest-small and ml-32m: quoted titles with commas and quotes, a blank behind the year, no year."""
CUSTOM: Files = {
    "movies.csv": (
        "title,movie_id,year,genres,description,directors,actors,poster_url,shelf\n"
        '"Lantern, The",7,1999,Drama|Mystery,"A light,\nand a ""shadow"".",Ann Ray,"Bo Li, Cy Orr, Jr.",https://x.org/7.jpg,A\n'
        "Rocket Café (1985),3,,Comedy,,,,,B\n"
    ),
    "people.csv": "user_id,gender,age,occupation\nzoe,F,28,writer\nabe,,,\nmia,male,61,3\n",
    "ratings.csv": "user_id,movie_id,rating,timestamp\nzoe,7,4.5,1000\nabe,7,2,2000\nzoe,3,1,\n",
}


def write(folder: Path, files: Files, *, encoding: str = "utf-8") -> Path:
    """Write files and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text.encode(encoding))
    return folder


def small_dataset(*, times: bool = True) -> Dataset:
    """Build a data set of two people, two movies and three ratings that uses every field of a movie."""
    movies = [
        Movie(3, "Rocket Café", 1985, ("Comedy",)),
        Movie(
            7, "The Lantern", None, (), "A light.", ("Ann Ray",), ("Bo Li", "Cy Orr"), "https://x.org/7.jpg", *DETAILS
        ),
    ]
    people = People(
        np.array([4, 9], np.int64),
        np.array([0, -1], np.int8),
        np.array([28, -1], np.int16),
        np.array([20, -1], np.int8),
    )
    ratings = Ratings(
        np.array([0, 0, 1], np.int32),
        np.array([1, 0, 1], np.int32),
        np.array([4.5, 1, 2], np.float32),
        np.array([1000, -1, 2000], np.int64) if times else None,
    )
    return assemble("small", movies, people, ratings, skipped_rows=2)


def ratings_of(dataset: Dataset) -> list[tuple[int, int, float]]:
    """Return (user id, movie id, stars) in the data set's order."""
    users = dataset.user_ids[dataset.rating_people].tolist()
    movies = dataset.movie_ids[dataset.rating_movies].tolist()
    return list(zip(users, movies, dataset.rating_stars.tolist(), strict=True))


def with_cell(tmp_path: Path, column: str, cell: str) -> Any:
    """Read a table of one movie with a column, whose only cell has this text, and return what it became."""
    movies = f'movie_id,title,{column}\n1,Rocket,"{cell}"\n'
    dataset = read_dataset(write(tmp_path, {"movies.csv": movies, "ratings.csv": "user_id,movie_id,rating\n1,1,4\n"}))
    return getattr(dataset.movies[0], column)
