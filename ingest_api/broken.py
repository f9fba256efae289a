"""Broken rules, collected: the first are listed and all are counted."""

from schemas.problems import MAX_ERRORS_LISTED, InvalidError, RuleError


class BrokenRules:
    """What is wrong with one upload. Takes no more memory for a million errors than for a few."""

    def __init__(self) -> None:
        self._listed: list[RuleError] = []
        self._total = 0

    def __bool__(self) -> bool:
        return self._total > 0

    def add(self, detail: str, pointer: str) -> None:
        """Count a broken rule, and list it where there is room."""
        self._total += 1
        if len(self._listed) < MAX_ERRORS_LISTED:
            self._listed.append(RuleError(detail, pointer=pointer))

    def add_unlisted(self, count: int) -> None:
        """Count more of a kind of which enough have been listed."""
        self._total += count

    def problem(self) -> InvalidError:
        """The problem that tells of them."""
        return InvalidError(self._listed, self._total)

    def raise_any(self) -> None:
        """Raise the problem where there is one."""
        if self:
            raise self.problem()
