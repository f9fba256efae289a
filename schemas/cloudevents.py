"""CloudEvents 1.0, Kafka protocol binding, binary mode: attributes travel as ``ce_*`` headers.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from schemas.times import format_rfc3339

SPEC_VERSION = "1.0"
TRACEPARENT = "traceparent"
CONTENT_TYPE = "content-type"

Headers = Sequence[tuple[str, bytes]]


class UndecodableEventError(ValueError):
    """The event can never be understood: it does not decode, or it breaks a rule. The text holds no sample."""


@dataclass(frozen=True, slots=True)
class Record:
    """What goes to Kafka: key, value and headers of one event."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def event_id(*parts: object) -> str:
    """A deterministic CloudEvents id: the same parts give the same id, so that a consumer can dedupe by it."""
    return str(uuid5(NAMESPACE_URL, "/".join(map(str, parts))))


def headers(
    *,
    event_type: str,
    source: str,
    id: str,
    time: int,
    content_type: str,
    extensions: Mapping[str, object | None],
) -> list[tuple[str, bytes]]:
    """The headers of one event; extensions that are None are left out. `time` is in µs since the epoch."""
    attributes: dict[str, object] = {
        "specversion": SPEC_VERSION,
        "id": id,
        "source": source,
        "type": event_type,
        "time": format_rfc3339(time),
    }
    attributes.update((name, value) for name, value in extensions.items() if value is not None)
    rendered = [(f"ce_{name}", str(value).encode()) for name, value in attributes.items()]
    return [*rendered, (CONTENT_TYPE, content_type.encode())]


class Attributes:
    """Read access to the headers of a received event, every failure an UndecodableEventError that names it."""

    def __init__(self, received: Headers, *, event_type: str, content_type: str) -> None:
        """Check that `received` is a CloudEvent of this type and content type."""
        self._received = dict(received)
        for name, expected in (
            ("ce_specversion", SPEC_VERSION),
            ("ce_type", event_type),
            (CONTENT_TYPE, content_type),
        ):
            if self._text(name) != expected:
                raise UndecodableEventError(f"header {name} is not {expected}")

    def optional(self, name: str) -> str | None:
        """The extension attribute `name`, or None where it is absent."""
        return self._text(f"ce_{name}") if f"ce_{name}" in self._received else None

    def required(self, name: str) -> str:
        """The extension attribute `name`."""
        return self._text(f"ce_{name}")

    def integer(self, name: str) -> int:
        """The extension attribute `name` as a decimal integer of at most 64 bits."""
        text = self.required(name)
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 19) or abs(int(text)) >= 2**63:
            raise UndecodableEventError(f"header ce_{name} is not an integer")
        return int(text)

    def uuid(self, name: str) -> UUID:
        """The extension attribute `name` as a UUID."""
        try:
            return UUID(self.required(name))
        except ValueError:
            raise UndecodableEventError(f"header ce_{name} is not a UUID") from None

    @property
    def traceparent(self) -> str | None:
        """The W3C trace context of the event, if it carries one."""
        return self._text(TRACEPARENT) if TRACEPARENT in self._received else None

    def _text(self, header: str) -> str:
        value = self._received.get(header)
        if value is None:
            raise UndecodableEventError(f"header {header} is missing")
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise UndecodableEventError(f"header {header} is not UTF-8") from None
