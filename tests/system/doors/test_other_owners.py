"""Whatever id of somebody else's a request names, wherever it names it, it is as if there were no such thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest

from harness.running import System, User, until

LEADS = [{"name": "II", "signal": [1, -1, 1]}]
THEIR_LEADS = [{"name": "II", "signal": [5, -5]}]
VIEWS = ("", "/insights", "/status")
# What is of the moment, in any two answers.
OF_THE_MOMENT = {"x-request-id", "date", "ratelimit"}
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Owned:
    """An ECG of the owner's, by an id of its own or by that of an Idempotency-Key."""

    ecg_id: str
    receipt: str
    tag: str


@pytest.fixture(scope="module")
def owner(system: System) -> User:
    return system.new_user()


@pytest.fixture(scope="module")
def stranger(system: System) -> User:
    return system.new_user()


@pytest.fixture(scope="module")
def key() -> str:
    """What the owner sent as an Idempotency-Key."""
    return str(uuid4())


@pytest.fixture(scope="module")
def owned(system: System, owner: User, key: str) -> list[Owned]:
    named = uploaded(system, owner, {"id": "an-id-of-mine", "leads": LEADS})
    keyed = uploaded(system, owner, {"leads": LEADS, "date": "2026-11-23T08:30:00Z"}, key=key)
    return [kept(system, owner, answer) for answer in (named, keyed)]


def uploaded(system: System, user: User, body: Any, *, key: str | None = None) -> httpx.Response:
    headers = user.headers | ({} if key is None else {"Idempotency-Key": key})
    answer = system.http.post(f"{system.ingest_url}/v1/ecgs", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    return answer


def kept(system: System, user: User, answer: httpx.Response) -> Owned:
    """The ECG of an upload, once its owner sees it."""
    ecg_id = answer.json()["id"]
    ecg = f"/v1/ecgs/{ecg_id}"
    until(lambda: asked(system, user, ecg).status_code == 200, "the owner's ECG")
    tag = asked(system, user, ecg).headers["etag"]
    return Owned(ecg_id, parse_qs(urlsplit(answer.headers["location"]).query)["receipt"][0], tag)


def asked(system: System, user: User, path: str, headers: Mapping[str, str] = NOTHING) -> httpx.Response:
    """The answer, once there is one: a busy Cassandra may have to be asked again."""
    answers: list[httpx.Response] = []

    def answered() -> bool:
        answers.append(system.http.get(system.query_url + path, headers=user.headers | dict(headers)))
        return answers[-1].status_code != 503

    until(answered, "an answer")
    return answers[-1]


def seen(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    """All of an answer but what is of the moment."""
    told = {name: value for name, value in answer.headers.items() if name not in OF_THE_MOMENT}
    return answer.status_code, told, answer.content


def nothing_like(ecg_id: str) -> str:
    """An id that nobody has, of the same length."""
    return ecg_id[:-1] + ("x" if ecg_id[-1] != "x" else "y")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("headers", [{}, {"If-None-Match": "*"}, {"Prefer": "wait=1"}], ids=str)
def test_an_ecg_in_a_path(
    system: System, owned: list[Owned], stranger: User, view: str, headers: dict[str, str]
) -> None:
    for one in owned:
        theirs, none = (
            asked(system, stranger, f"/v1/ecgs/{ecg_id}{view}", {"If-None-Match": one.tag} | headers)
            for ecg_id in (one.ecg_id, nothing_like(one.ecg_id))
        )
        assert theirs.status_code == 404
        assert seen(theirs) == seen(none)


@pytest.mark.parametrize("view", VIEWS)
def test_a_receipt(system: System, owned: list[Owned], stranger: User, view: str) -> None:
    """Of somebody else's upload, or of one's own with somebody else's id: it says what any made-up one would."""
    mine = kept(system, stranger, uploaded(system, stranger, {"leads": THEIR_LEADS}))
    for one in owned:
        for receipt in (one.receipt, mine.receipt):
            theirs, none = (
                asked(system, stranger, f"/v1/ecgs/{ecg_id}{view}?receipt={receipt}")
                for ecg_id in (one.ecg_id, nothing_like(one.ecg_id))
            )
            assert theirs.status_code == none.status_code
            told = theirs.content.replace(one.ecg_id.encode(), nothing_like(one.ecg_id).encode())
            assert told == none.content
            assert not theirs.json().get("insights")


def test_an_ecg_in_a_list(system: System, owned: list[Owned], owner: User) -> None:
    new = system.new_user()

    def listed(user: User, query: str) -> set[str]:
        ids: set[str] = set()
        following: str | None = f"/v1/ecgs{query}"
        while following is not None:
            page = asked(system, user, following).json()
            ids |= {item["id"] for item in page["items"]}
            following = page["next"]
        return ids

    def shown(query: str) -> bool:
        return listed(owner, query) == {one.ecg_id for one in owned}

    for query in ("", "?received_after=2000-01-01T00:00:00Z"):
        until(partial(shown, query), "the owner's list")
        assert listed(new, query) == set()


@pytest.mark.parametrize("query", ["limit=1", "limit=1&received_after=2000-01-01T00:00:00Z"])
def test_a_cursor(system: System, owned: list[Owned], owner: User, stranger: User, query: str) -> None:
    following = asked(system, owner, f"/v1/ecgs?{query}").json()["next"]
    assert following is not None
    (cursor,) = parse_qs(urlsplit(following).query)["cursor"]
    changed = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    theirs, none = (asked(system, stranger, f"/v1/ecgs?{query}&cursor={text}") for text in (cursor, changed))
    assert theirs.status_code == 422
    assert seen(theirs) == seen(none)
    assert asked(system, owner, following).status_code == 200


def test_an_id_or_an_idempotency_key_of_an_upload(
    system: System, owned: list[Owned], owner: User, key: str
) -> None:
    named, keyed = owned
    before = [asked(system, owner, f"/v1/ecgs/{one.ecg_id}").content for one in owned]
    new = system.new_user()
    same, other = (
        uploaded(system, new, {"id": ecg_id, "leads": THEIR_LEADS}).json()
        for ecg_id in (named.ecg_id, "an-id-of-nobody")
    )
    # Of the other content that is there under this id, nothing is said.
    assert same.keys() == other.keys() == {"id", "content_hash", "accepted_at", "status", "links"}
    assert same["content_hash"] == other["content_hash"]
    by_key = uploaded(system, new, {"leads": THEIR_LEADS}, key=key).json()
    assert by_key.keys() == same.keys()
    assert by_key["id"] not in {keyed.ecg_id, named.ecg_id}
    path = f"/v1/ecgs/{named.ecg_id}/status"
    until(lambda: asked(system, new, path).status_code == 200, "an ECG of the same id")
    assert asked(system, new, path).json()["conflicts"] == []
    assert [asked(system, owner, f"/v1/ecgs/{one.ecg_id}").content for one in owned] == before


def test_a_user(system: System, owner: User, stranger: User) -> None:
    theirs, none = (asked(system, stranger, f"/v1/users/{user_id}") for user_id in (owner.id, uuid4()))
    assert theirs.status_code == 403
    assert seen(theirs) == seen(none)
