"""The one error of this room: something a person has to know or do, said in words they can act on."""


class SetupError(Exception):
    """Ends a command with this text and exit code 1, without a stack trace."""
