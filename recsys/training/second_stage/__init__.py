"""The second stage of the ranking, fitted in closed form.

- `fitting`: fits all of it to the train people, for the validation people.
- `item_reranker`: the item weights for few answers, and the popularity bonus. `history_weights`: the item weights for
  long histories.
"""
