"""`python -m bot` is `reelmate`."""

from bot.cli import main

if __name__ == "__main__":
    main()
