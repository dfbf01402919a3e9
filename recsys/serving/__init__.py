"""Serving: from a profile to recommendations with reasons, and to the titles to ask about next.

- `recommender`: vector search, re-ranking, composition of the list, metadata and explanations. `requests`: what it is
  asked, and what it answers.
- `catalogue_file`: a large catalogue, which is mapped into memory.
- `compose`: choose the movies of a list; `style`: what a request says about it; `traits`: what it knows of the movies.
- `similar_likes`: the movie nearest to likes that are similar. `diversify`: re-rank a list for diversity alone.
- `clusters`: clusters of well-known movies.
- `similar`: movies like one that somebody names. `text_ranking`: the first stage of a wish with words.
- `explain`: find the rating that a recommendation owes most to.
- `fallback`: popular movies, while there is no model.
- `interview`: choose the titles that a newcomer is asked about.
- `publish`: put movie vectors into an index, and check the index against exact search.
"""
