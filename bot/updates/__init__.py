"""Updates from Telegram: parsed, put in order for each person, handled once."""
