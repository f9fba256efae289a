import msgspec
import pytest

from ecg_client import errors
from ecg_client.exchange import Answer, NoAnswer, Request, error_of
from schemas.problems import PROBLEMS, InvalidError, MalformedError, RuleError

REQUEST = Request(
    "POST", "http://service:1/v1/ecgs", {"authorization": "Bearer private-token"}, b"private-body"
)
PROBLEM = "application/problem+json; charset=utf-8"


def told(status: int, members: object, content_type: str = PROBLEM) -> Exception:
    headers = {"content-type": content_type, "x-request-id": "r-1"}
    return error_of(REQUEST, Answer(status, headers, msgspec.json.encode(members)), 3.0)


def test_every_problem_of_the_services_has_its_type() -> None:
    mapped = {
        400: errors.RejectedError,
        401: errors.UnauthenticatedError,
        403: errors.ForbiddenError,
        404: errors.NotFoundError,
        405: errors.ProblemError,
        408: errors.ServerError,
        409: errors.ConflictError,
        413: errors.TooLargeError,
        415: errors.RejectedError,
        422: errors.RejectedError,
        429: errors.TooManyRequestsError,
        500: errors.ServerError,
        503: errors.ServerError,
    }
    for kind in PROBLEMS:
        members = {"type": kind.type_uri(), "title": kind.title, "status": kind.status}
        error = told(kind.status, members)
        assert type(error) is mapped.get(kind.status, errors.ProblemError)
        assert isinstance(error, errors.ProblemError)
        assert (error.type, error.status) == (kind.type_uri(), kind.status)


def test_broken_rules_keep_their_places() -> None:
    rules = [
        RuleError("must be an integer", pointer="/leads/0/signal/3"),
        RuleError("bad", parameter="limit"),
    ]
    error = told(422, InvalidError(rules, total=40).members())

    assert isinstance(error, errors.RejectedError)
    assert [str(rule) for rule in error.errors] == ["/leads/0/signal/3: must be an integer", "limit: bad"]
    assert (error.total_errors, error.request_id, error.retry_after) == (40, "r-1", 3.0)


def test_an_offset_is_said() -> None:
    error = told(400, MalformedError("not JSON", offset=17).members())
    assert str(error) == "400 What was sent cannot be decoded: not JSON (byte 17)"


@pytest.mark.parametrize("status", [200, 302, 400, 404, 418])
def test_an_answer_of_something_else_is_not_ours(status: int) -> None:
    error = told(status, "<h1>", "text/html")
    assert type(error) is errors.UnexpectedAnswerError
    assert str(error) == f"http://service:1 answered {status}: is it the right address?"


def test_a_proxy_in_front_may_speak_for_the_service() -> None:
    assert type(told(502, "<h1>", "text/html")) is errors.ServerError
    assert type(told(413, "<h1>", "text/html")) is errors.TooLargeError


@pytest.mark.parametrize(
    "members", [[], {"title": 3, "errors": "x", "total_errors": "y", "offset": []}, {"errors": [1]}]
)
def test_a_problem_of_another_shape_is_a_problem_all_the_same(members: object) -> None:
    assert isinstance(told(503, members), errors.ServerError)


def test_nothing_of_what_was_sent_is_in_an_error_or_a_representation() -> None:
    refused = told(401, {"title": "A valid access token is needed"})
    broken = error_of(REQUEST, NoAnswer("the connection broke"), None)
    shown = f"{REQUEST!r} {refused!r} {refused} {broken!r} {broken}"
    assert "private" not in shown
    assert str(broken) == "the connection broke: http://service:1"


def test_a_terminal_is_not_steered() -> None:
    assert "\x1b" not in str(told(503, {"title": "\x1b[2Jgone"}))
