"""`python -m ecg_client`: the `ecg` command."""

from ecg_client.command import main

if __name__ == "__main__":
    main()
