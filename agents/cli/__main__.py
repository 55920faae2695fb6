"""Lets `python -m agents.cli` run the command `chistovik`."""

from agents.cli import main

if __name__ == "__main__":
    main()
