"""Updates from Telegram: parsed, ordered for each person, handled once."""
