"""What people type: what it means in its situation, and the answer.

- `understanding`: which meaning is answered where. Read it first. `message`: a text with its situation.
- `opinions`: ratings, and questions about what a rating would store. `wishes`: wishes, refinements, preferences.
- `requests`: a card, a list of movies, a surprise. `about`: questions about a movie or a card.
- `clusters`: the clusters of movies offered to a person who is stuck. `keyboards`: genres and decades to choose from.
"""
