"""The judge of reliability, which `benchmarks/kills.py` runs.

- `record`: what people did, and when they were answered.
- `model`: what a correct bot has stored after that.
- `checker`: compares the model with the database, the screens and the bot's calls.
- `screens`: what people see.
- `people`: simulated people who onboard, thumb, rate, undo and wish.
- `announcements`: an admin who sends one announcement after the other.
- `processes`: the bot as processes that are killed and started again.
- `trials`: the trial with kills, and the checks after every trial.
- `fault_kinds`: the kinds of faults, and how each is injected.
- `faults`: the trial with faults of Telegram.
"""
