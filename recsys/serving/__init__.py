"""From a profile to a list of movies with reasons, and to the titles to ask about next."""
