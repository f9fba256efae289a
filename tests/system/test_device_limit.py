"""How many devices a user may have, with those that were revoked."""

from uuid import UUID, uuid4

import httpx
from cassandra.cluster import Cluster

from harness.querying import Query
from harness.running import User
from query_api.devices.keeping import MAX_DEVICES


def test_a_user_has_so_many_devices_and_no_more(query: Query, cluster: Cluster, user: User) -> None:
    session = cluster.connect("ecg")
    add = session.prepare(
        "INSERT INTO devices_by_owner (owner_id, device_id, name, created_at, expires_at) VALUES (?, ?, 'x', 0, 0)"
    )
    written = [session.execute_async(add, (UUID(user.id), uuid4())) for _ in range(MAX_DEVICES - 1)]
    for one in written:
        one.result()

    def make(path: str) -> httpx.Response:
        return query.http.post(query.url + path, json={"name": "Holter"}, headers=user.headers)

    assert [make(path).status_code for path in ("/v1/devices/codes", "/v1/devices")] == [201, 201]
    for path in ("/v1/devices", "/v1/devices/codes"):
        refused = make(path)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:ecg:problem:conflict")
