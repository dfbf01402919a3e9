"""What a person looks up: details of a movie, and the search in the catalogue."""
