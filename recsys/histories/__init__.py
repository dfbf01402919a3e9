"""Histories: files in which other services give people their ratings, what they have seen, and their watchlists.

Every reader is a pure function from a table or a document to rows. A file is recognised by its header and its content.

- `rows`: what a file says. `problems`: why a file cannot be read.
- `archive`: ZIP files. `tables`: CSV files. `values`: years, ratings, dates and ids in their cells.
- `letterboxd`, `imdb`, `trakt`, `netflix`, `tmdb`, `movielens`, `reelmate`, `generic`: one reader per source.
- `reading`: from the bytes of a file to its rows. `child`: the same in a process of its own.
- `scales`: from the scale of a source to stars.

The package imports the standard library only, so that the process of its own starts fast and needs little memory.
"""
