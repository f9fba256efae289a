"""What the contract tests have in common: one clear sentence where a library is no longer what is relied on."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from infra.paths import REPOSITORY


@contextmanager
def relying(on: str, *, see: str) -> Iterator[None]:
    """Fail with one sentence where what is done inside does not hold. `on`: what is relied on; `see`: by which file."""
    assert (REPOSITORY / see).is_file(), see
    error: BaseException | None = None
    try:
        yield
    except (Exception, pytest.fail.Exception) as failed:  # noqa: BLE001 - whatever a changed library does
        error = failed
    if error is not None:
        said = next(iter(str(error).splitlines()), "")
        pytest.fail(f"no longer so: {on}; see {see} ({type(error).__name__}: {said})", pytrace=False)


def parameters(function: Callable[..., Any]) -> list[str]:
    """The names of a function's parameters, `self` left out."""
    return [name for name in inspect.signature(function).parameters if name != "self"]
