"""The API of themoviedb.org, version 3: calls (`api`), and what they mean for a movie (`answers`, `matching`)."""

from bot.client.tmdb.api import Tmdb, TmdbRefused, open_tmdb
from bot.client.tmdb.matching import find_details

__all__ = ["Tmdb", "TmdbRefused", "find_details", "open_tmdb"]
