"""`python -m console …`: the terminal door."""

from console.terminal import main

if __name__ == "__main__":
    main()
