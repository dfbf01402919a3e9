"""Movies: their details from TMDB, and the merging of duplicates."""
