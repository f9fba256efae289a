"""Broken rules, collected: the first are listed and counted, and then looking for more may end."""

from schemas.problems import MAX_ERRORS_LISTED, InvalidError, RuleError


def refused(detail: str, pointer: str) -> InvalidError:
    """The problem of what is whole and not taken: what must be otherwise, and what to do."""
    return InvalidError([RuleError(detail, pointer=pointer)])


class BrokenRules:
    """What is wrong with one upload. Takes no more memory for a million errors than for a few."""

    def __init__(self) -> None:
        self._listed: list[RuleError] = []
        self._total = 0

    def __bool__(self) -> bool:
        return self._total > 0

    @property
    def is_full(self) -> bool:
        """Whether all that will be listed is."""
        return len(self._listed) == MAX_ERRORS_LISTED

    def add(self, detail: str, pointer: str) -> None:
        """Count a broken rule, and list it where there is room."""
        self._total += 1
        if not self.is_full:
            self._listed.append(RuleError(detail, pointer=pointer))

    def add_unlisted(self, count: int) -> None:
        """Count more of a kind of which enough have been listed."""
        self._total += count

    def problem(self, *, at_least: bool = False) -> InvalidError:
        """The problem that tells of them. `at_least`: not everything was looked at."""
        return InvalidError(self._listed, self._total, at_least=at_least)

    def raise_any(self) -> None:
        """Raise the problem where there is one."""
        if self:
            raise self.problem()
