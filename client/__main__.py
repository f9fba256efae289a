"""`python -m client`: the `ecg` command."""

from client.command import main

if __name__ == "__main__":
    main()
