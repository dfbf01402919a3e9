"""The life of a release: training, activation, and the switch of running bots.

- `source`: where a data set comes from.
- `pipeline`: import, train and index, the steps of `reelmate prepare`.
- `training_process`: trains in a process of its own, which runs `training_child`.
- `workers`: several processes that train one model, which run `training_worker`.
- `publishing`: loads a release, and publishes its vectors into the index.
- `activation`: decides which release is active; activation and rollback.
- `reloader`: switches a running bot to the active release. `model_probe`: notices that the storage of models is away.
- `catalogue_files`: the files of large catalogues, which `catalogue_child` writes in a process of its own.
  `mapped_files`: keeps little of them in memory.
- `details`: reads details of movies from TMDB.
- `refresh`: refreshes of metadata, vectors and model, for the command line and the worker.
"""
