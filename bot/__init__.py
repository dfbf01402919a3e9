"""Processes and wiring: settings, the command line, and what opens the services. No other package imports this one.

- `cli`: the commands of `reelmate`. `process`: the bot and the demo as processes.
- `app`: turns settings into services, with `settings`, `stores` and `health`.
- `application`: python-telegram-bot, set up for this bot.
- `updates`: from Telegram to the handlers. `client`: calls to Telegram.
- `releases`: training, activating and serving models. `jobs`: what admins request.
- `observability`: logs and metrics. `local_bot_api`: takes the place of Telegram in tests and in the demo.
- `waiting`: for a database that starts later. `backup`: all rows and releases in one archive.
- `people`: files of people who move to another installation.
- `dotenv`, `secret_files`: where settings come from.
- `foreign_home`, `full_disk`: error messages that say what to do.
- `backoff`, `errors`, `reporting`, `runtime`: helpers of the above.
"""
