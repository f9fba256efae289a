"""A program is told by its name and version; nothing else of what it says of itself is repeated."""

import pytest

from service_kit.callers.agents import agent_of


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("curl/8.5.0", "curl/8.5.0"),
        ("Mozilla/5.0 (X11; Linux x86_64) Ann's", "Mozilla/5.0"),
        ("python-httpx/0.28.1", "python-httpx/0.28.1"),
        ("monitor", "monitor"),
        ("ann@example.com", None),
        ("x" * 41, None),
        ("", None),
        ("<script>", None),
        ("\xfc", None),
    ],
)
def test_a_program_is_told_by_its_product_alone(sent: str, expected: str | None) -> None:
    headers = [(b"host", b"127.0.0.1"), (b"user-agent", sent.encode("latin-1"))]
    assert agent_of({"headers": headers}) == expected


def test_a_program_may_say_nothing() -> None:
    assert agent_of({"headers": [(b"host", b"127.0.0.1")]}) is None
