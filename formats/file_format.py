"""What a format of devices and archives is here: a line in `formats.table`, and all that it takes."""

from collections.abc import Callable
from dataclasses import dataclass

from formats.upload import Body, DecodedUpload


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A format. Both functions are pure, and take no more time than a second, and no more memory than a few
    times the file, or what it unpacks to.

    `content_types`: its own first, then those that it is known by besides. `is_one`: whether a file is one, by its
    first bytes; never raises. `read`: the ECG, with leads of the standard names (`formats.leads`), nothing of the
    patient, and the limits unjudged (`formats.checks`). Raises MalformedError, with the byte where there is one, or
    InvalidError, both in the words of the format and with nothing of the file. `about`: what is taken of it, for the
    API's document; nothing where another format's tells it.
    """

    name: str
    content_types: tuple[str, ...]
    is_one: Callable[[Body], bool]
    read: Callable[[Body], DecodedUpload]
    about: str
