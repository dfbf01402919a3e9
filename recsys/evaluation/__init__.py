"""Offline evaluation of the product and its baselines on held-out people. Only bot imports this package.

- `newcomers`: our model next to the `baselines`, the table of `reelmate evaluate`.
- `lists`, `wishes`, `explanations`, `new_titles`, `interviews`, `understanding`, `similar`,
  `long_histories`: the reports of its options. `list_styles`: a part of `lists`.
- `served_lists`: the product's recommender over a data set in memory.
- `fitted_towers`: a cache of trained models.
- `summaries`, `plot`: shared by the reports.
"""

from recsys.models import network as _network  # It silences Paddle's first import, so it must come first.

__all__: list[str] = []
del _network
