"""`python -m agents.cli` is `chistovik`."""

from agents.cli import main

if __name__ == "__main__":
    main()
