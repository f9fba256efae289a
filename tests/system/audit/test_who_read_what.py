"""Who did and saw what is told to its owner and to admins, and without a secret."""

from pathlib import Path
from typing import Any

import msgspec
from cassandra.cluster import Cluster

from harness import auditing, leaks
from harness.querying import ADMIN_PASSWORD, Query, fresh_address, walk
from harness.running import Engines, User, until
from tests.system.audit.asking import asked, comes, read, trail, with_ecg


def test_an_owner_reads_who_read_theirs(query: Query, user: User, cluster: Cluster, own: Engines) -> None:
    other = with_ecg(query, cluster, own)
    for path in ("/v1/ecgs", "/v1/ecgs/ecg-1", "/v1/ecgs/ecg-1/status", "/v1/ecgs/none", "/v1/users/me"):
        query.get(path, user)
    assert read(query, user) == 200
    actions = ("ecg.list", "ecg.read", "ecg.status.read", "user.read", "ecg.insights.read")
    found = comes(query, user, *actions)
    began = ["user.create", "user.redeem_invitation", "user.sign_in", "user.read"]
    assert [one["action"] for one in found[:4]] == began
    told = found[-1]
    assert told["actor"] == told["owner"] == user.id
    assert (told["outcome"], told["role"], told["entities"]) == ("success", "client", ["ecg/ecg-1"])
    assert (told["address"], told["agent"]) == ("127.0.0.1", "monitor/2.1")
    assert {"time", "token_id", "request"} <= told.keys()
    assert found[-5]["entities"] == ["ecg/ecg-1"]
    assert {one["owner"] for one in trail(query, other)} == {other.id}
    on_topic = [msgspec.to_builtins(one) for one in auditing.entries(own.kafka) if str(one.owner) == user.id]
    assert [one["action"] for one in on_topic if not one["action"].startswith("audit.")] == [
        one["action"] for one in found
    ]


def test_an_admin_reads_identity_events_and_no_ecg(query: Query, user: User, own: Engines) -> None:
    assert query.sign_in(user.email, "not-the-password").status_code == 401
    assert query.sign_in(fresh_address(), "of nobody").status_code == 401
    read(query, user)
    admin = query.admin()
    query.get("/v1/users?limit=1", admin)
    query.get(f"/v1/users/{user.id}", admin)
    found = comes(query, admin, "user.list", "user.read", path="/v1/audit/identity")
    failures = [one for one in found if one["outcome"] == "failure"]
    assert [one.get("owner") for one in failures[-2:]] == [user.id, None]
    assert "actor" not in failures[-1]
    assert found[-1]["owner"] == user.id
    assert found[-1]["actor"] == admin.id
    assert not any(one["action"].startswith("ecg.") for one in found)
    assert found[-1] in trail(query, user)
    leaks.note("not-the-password")
    assert not any(leaks.in_text(record.value) for record in auditing.records(own.kafka))


def test_what_is_done_with_devices_passwords_and_sessions_is_told(
    query: Query, user: User, own: Engines
) -> None:
    devices, http = f"{query.url}/v1/devices", query.http
    issued = http.post(devices, json={"name": "Holter 3"}, headers=user.headers).json()
    query.get(f"/v1/devices/{issued['id']}", user)
    code = http.post(f"{devices}/codes", json={"name": "Holter 4"}, headers=user.headers).json()["code"]
    assert http.post(f"{devices}/pair", json={"code": code}).status_code == 201
    of_device = {"authorization": f"Bearer {issued['token']}"}
    assert http.get(f"{query.url}/v1/ecgs/ecg-1/status", headers=of_device).status_code == 404
    assert http.delete(f"{devices}/{issued['id']}", headers=user.headers).status_code == 200
    password, own_password = f"{query.url}/v1/users/me/password", user.password
    body = {"current_password": "not the one of before", "password": "five words, all of them new"}
    assert http.put(password, json=body, headers=user.headers).status_code == 401
    changed = http.put(password, json=body | {"current_password": own_password}, headers=user.headers).json()
    form = {"grant_type": "refresh_token", "refresh_token": changed["refresh_token"]}
    traded = http.post(f"{query.url}/v1/token", data=form).json()
    http.post(f"{query.url}/v1/revoke", data={"token": traded["refresh_token"]})
    admin, path = query.admin(), f"{query.url}/v1/users/{user.id}"
    for active in (False, True):
        assert http.patch(path, json={"active": active}, headers=admin.headers).status_code == 200
    assert http.post(f"{path}/invitations", headers=admin.headers).status_code == 201
    of_devices = ("device.issue", "device.pair", "device.revoke")
    of_user = ("user.change_password", "user.change_password", "user.refresh", "user.sign_out")
    by_admin = ("user.deactivate", "user.reactivate", "user.invite")
    wanted = [*of_devices, *of_user, *by_admin]

    def told() -> list[dict[str, Any]]:
        identity = trail(query, admin, "/v1/audit/identity")[::-1]
        return [one for one in identity if one.get("owner") == user.id and one["action"] in wanted]

    until(lambda: [one["action"] for one in told()] == wanted, "all of it in the trail")
    found = told()
    assert [one["outcome"] for one in found[3:5]] == ["failure", "success"]
    assert found[0]["entities"] == found[2]["entities"] == [f"device/{issued['id']}"]
    assert {one["actor"] for one in found[-3:]} == {admin.id}
    until(lambda: any(one.action == "device.read" for one in auditing.entries(own.kafka)), "it on the topic")
    everything = b"".join(record.value for record in auditing.records(own.kafka))
    for secret in (issued["token"], code, "Holter", traded["refresh_token"], body["password"]):
        assert secret.encode() not in everything


def test_each_trail_is_for_its_reader_and_a_cursor_for_one_list(query: Query, user: User) -> None:
    for _ in range(5):
        read(query, user)
    comes(query, user, *["ecg.insights.read"] * 5)
    admin = query.admin()
    assert query.get("/v1/audit", admin).status_code == 403
    assert query.get("/v1/audit/identity", user).status_code == 403
    assert query.get("/v1/audit").status_code == 401
    whole = trail(query, user)
    paged, pages = walk(query, user, "/v1/audit?limit=2")
    # Each page that is read is an entry of its own, of which those behind the first page show none.
    assert [one for one in paged if one in whole] == whole
    assert pages >= len(whole) / 2
    cursor = query.get("/v1/audit?limit=1", user).json()["next"].partition("cursor=")[2]
    for path, who in (("/v1/audit", query.new_user()), ("/v1/audit/identity", admin)):
        refused = query.get(f"{path}?cursor={cursor}", who)
        assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "cursor")


def test_a_lock_out_is_told_once_with_its_owner(query: Query, user: User) -> None:
    """It was the first that users missed of others' trails, and then whose it was."""
    answers = {query.sign_in(user.email, "not-the-password").status_code for _ in range(20)}
    assert answers == {401, 429}
    admin = query.admin()

    def limited() -> list[dict[str, Any]]:
        found = trail(query, admin, "/v1/audit/identity")
        return [one for one in found if one["outcome"] == "limited" and one.get("owner") == user.id]

    until(lambda: limited() != [], "it in the trail")
    assert [(one["action"], one["count"]) for one in limited()] == [("user.sign_in", 1)]


def test_a_refresh_token_in_two_hands_is_told_to_its_owner(query: Query, user: User) -> None:
    url, form = f"{query.url}/v1/token", {"grant_type": "refresh_token"}
    held = query.sign_in(user.email, user.password).json()["refresh_token"]
    newest = held
    for _ in range(2):
        newest = query.http.post(url, data=form | {"refresh_token": newest}).json()["refresh_token"]
    assert query.http.post(url, data=form | {"refresh_token": held}).status_code == 401

    def refreshes() -> list[str]:
        return [one["outcome"] for one in trail(query, user)[::-1] if one["action"] == "user.refresh"]

    until(lambda: refreshes() == ["success", "success", "failure"], "it in the trail")


def test_who_is_in_a_list_of_users_is_told_who_was_shown_it(query: Query, user: User) -> None:
    admin = query.admin()
    everybody: list[dict[str, Any]] = []
    path: str | None = "/v1/users"
    while path is not None:
        page = query.get(path, admin).json()
        everybody, path = everybody + page["items"], page["next"]
    assert user.id in {one["id"] for one in everybody}
    (told,) = [one for one in comes(query, user, "user.list") if one["action"] == "user.list"]
    assert (told["actor"], told["entities"]) == (admin.id, [f"user/{user.id}"])


def test_the_first_admin_is_told_as_every_user_is(own: Engines, folder: Path) -> None:
    address = fresh_address()
    with asked(own, folder, ECG_ADMIN_EMAIL=address) as query:
        admin = query.user(address, ADMIN_PASSWORD)
        path = "/v1/audit/identity"
        until(
            lambda: (
                ("user.create", admin.id)
                in {(one["action"], one.get("owner")) for one in trail(query, admin, path)}
            ),
            "it in the trail",
        )


def test_nobody_says_of_themselves_where_they_are_nor_writes_an_entry_into_another(
    query: Query, user: User
) -> None:
    """A client that no proxy stands before: what it says is not believed, and not repeated."""
    forged = 'x","action":"user.sign_in'
    headers = {"x_forwarded_for": "203.0.113.9", "forwarded": "for=203.0.113.9", "x_request_id": forged}
    assert (
        query.get("/v1/ecgs/ecg-1", user, user_agent=f"{forged} {user.token}", **headers).status_code == 200
    )
    told = comes(query, user, "ecg.read")[-1]
    assert (told["address"], told.get("agent")) == ("127.0.0.1", None)
    assert forged not in str(told)


def test_a_proxy_is_believed_of_whom_it_speaks_for(own: Engines, folder: Path, cluster: Cluster) -> None:
    with asked(own, folder, ECG_PROXIES="127.0.0.0/8") as query:
        user = with_ecg(query, cluster, own)
        query.get("/v1/ecgs/ecg-1", user, x_forwarded_for="203.0.113.9, 198.51.100.7")
        assert comes(query, user, "ecg.read")[-1]["address"] == "198.51.100.7"
