"""The details of a movie, and the search in the catalogue."""
