"""One type of problem for each status, and never more rules listed than help."""

from schemas.problems import MAX_ERRORS_LISTED, PROBLEMS, InvalidError, MalformedError, Problem, RuleError


def test_every_problem_has_a_name_and_a_status_of_its_own() -> None:
    assert set(PROBLEMS) == set(Problem.__subclasses__())
    assert len({problem.name for problem in PROBLEMS}) == len(PROBLEMS)
    assert len({problem.status for problem in PROBLEMS}) == len(PROBLEMS)
    assert all(400 <= problem.status < 600 for problem in PROBLEMS)


def test_many_broken_rules_are_counted_and_the_first_listed() -> None:
    rules = [RuleError("wrong", pointer=f"/leads/{n}") for n in range(1_000)]
    members = InvalidError(rules).members()
    assert members["errors"] == [
        {"pointer": f"/leads/{n}", "detail": "wrong"} for n in range(MAX_ERRORS_LISTED)
    ]
    assert members["total_errors"] == 1_000
    assert members["detail"] == "1000 rules are broken"
    assert InvalidError([RuleError("wrong", parameter="limit")]).members() == {
        "type": "urn:ecg:problem:invalid",
        "title": "What was sent breaks a rule",
        "status": 422,
        "detail": "1 rule is broken",
        "errors": [{"parameter": "limit", "detail": "wrong"}],
        "total_errors": 1,
    }


def test_it_is_said_where_looking_has_ended() -> None:
    problem = InvalidError([RuleError("odd", pointer="/a")], 7, at_least=True)
    assert problem.detail == "at least 7 rules are broken"
    assert problem.members()["more_errors"] is True
    assert "more_errors" not in InvalidError([RuleError("odd", pointer="/a")]).members()


def test_an_offset_is_told_where_there_is_one() -> None:
    assert MalformedError("no", offset=0).members()["offset"] == 0
    assert "offset" not in MalformedError("no").members()
