"""A contract that no longer holds is told of in one sentence, with the file that relied on it."""

import pytest

from tests.unit.libraries.relying import relying


def test_what_is_no_longer_so_is_one_sentence() -> None:
    with pytest.raises(pytest.fail.Exception) as told, relying("nothing has a name", see="README.md"):
        assert None.name  # type: ignore[attr-defined]
    assert str(told.value) == (
        "no longer so: nothing has a name; see README.md "
        "(AttributeError: 'NoneType' object has no attribute 'name')"
    )
