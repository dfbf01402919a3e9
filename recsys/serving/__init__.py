"""Serving: from a profile to recommendations with reasons, and to the titles to ask about next.

- `recommender`: vector search, re-ranking, diversity, metadata and explanations.
- `diversify`: re-rank a list for diversity.
- `explain`: find the rating that a recommendation owes most to.
- `fallback`: popular movies, while there is no model.
- `interview`: choose the titles that a newcomer is asked about.
- `publish`: put movie vectors into an index, and check the index against exact search.
"""
