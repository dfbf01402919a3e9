"""Serving: from a profile to recommendations with reasons, and to the titles to ask about next.

- `recommender`: vector search, re-ranking, composition of the list, metadata and explanations.
- `compose`: choose the movies of a list; `style`: what a request says about it; `traits`: what it knows of the movies.
- `kindred`: the movie nearest to likes of one kind. `diversify`: re-rank a list for diversity alone.
- `corners`: parts of the catalogue that are far apart.
- `explain`: find the rating that a recommendation owes most to.
- `fallback`: popular movies, while there is no model.
- `interview`: choose the titles that a newcomer is asked about.
- `publish`: put movie vectors into an index, and check the index against exact search.
"""
