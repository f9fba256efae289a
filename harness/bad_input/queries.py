"""Bad questions for ECGs. Of the names in paths, `mine` is the asking user's cursor, the others are not."""

from harness.bad_input.case import MARKER, Case, Who

_FILTERED = "limit=1&from=2026-01-01T00:00:00Z"


def _asked(
    name: str,
    status: int,
    problem: str,
    path: str,
    *,
    parameter: str | None = None,
    who: Who = "client",
    method: str = "GET",
    **headers: str,
) -> Case:
    sent = {header.replace("_", "-"): value for header, value in headers.items()}
    return Case(name, status, problem, parameter=parameter, method=method, path=path, headers=sent, who=who)


def _listed(name: str, parameter: str | None, query: str) -> Case:
    return _asked(name, 422, "invalid", f"/v1/ecgs?{query}", parameter=parameter)


QUERIES = (
    _listed("a `limit` of 0", "limit", "limit=0"),
    _listed("a `limit` over 200", "limit", "limit=201"),
    _listed("a `limit` that is no integer", "limit", f"limit={MARKER}"),
    _listed("a `limit` that is empty", "limit", "limit="),
    _listed("a parameter given twice", "limit", "limit=1&limit=2"),
    _listed("a parameter that is not known", None, f"{MARKER}={MARKER}"),
    _listed("a `from` that is no instant", "from", f"from={MARKER}"),
    _listed("a `from` without an offset", "from", "from=2026-11-23T08:30:00"),
    _listed("a `to` that is impossible", "to", "to=2026-02-30T08:30:00Z"),
    _listed("a `to` that is not after `from`", "to", "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"),
    _listed("a `received_after` that is no instant", "received_after", f"received_after={MARKER}"),
    _listed(
        "a `received_after` beside `from` or `to`",
        "received_after",
        "received_after=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
    ),
    _listed(
        "a `cursor` of the list by date in that by arrival",
        "cursor",
        "limit=1&received_after=2026-01-01T00:00:00Z&cursor={mine}",
    ),
    _listed("a `cursor` that is junk", "cursor", f"cursor={MARKER}"),
    _listed("a `cursor` of 10,000 characters", "cursor", f"cursor={'a' * 10_000}"),
    _listed("a `cursor` that was changed", "cursor", f"{_FILTERED}&cursor={{tampered}}"),
    _listed("a `cursor` of another owner", "cursor", f"{_FILTERED}&cursor={{theirs}}"),
    _listed("a `cursor` of other filters", "cursor", "limit=1&cursor={mine}"),
    _listed("a `cursor` of another list", "cursor", "limit=1&cursor={users}"),
    _asked("a `receipt` that is junk", 422, "invalid", f"/v1/ecgs/a?receipt={MARKER}", parameter="receipt"),
    _asked("a `receipt` that was changed", 422, "invalid", "/v1/ecgs/a?receipt=WyJhIl0", parameter="receipt"),
    _asked(
        "a `receipt` of 10,000 characters",
        422,
        "invalid",
        f"/v1/ecgs/a?receipt={'a' * 10_000}",
        parameter="receipt",
    ),
    _asked(
        "a `receipt` without a topic's id",
        422,
        "invalid",
        "/v1/ecgs/a/status?receipt={elsewhere}",
        parameter="receipt",
    ),
    _asked("a parameter that is not known, of one ECG", 422, "invalid", f"/v1/ecgs/a/insights?wait={MARKER}"),
    _asked("an ECG that does not exist", 404, "not-found", f"/v1/ecgs/{MARKER}"),
    _asked("somebody else's ECG", 404, "not-found", "/v1/ecgs/{ecg_of_another}/insights"),
    _asked("what can be no ECG's id", 404, "not-found", f"/v1/ecgs/-{MARKER}/status"),
    _asked("an id of 129 characters", 404, "not-found", f"/v1/ecgs/{'a' * 129}"),
    _asked("an id with a slash, a NUL, a dot segment", 404, "not-found", "/v1/ecgs/a%2Fb%00../insights"),
    _asked(
        "a `Prefer` that is not understood: passed over",
        404,
        "not-found",
        "/v1/ecgs/a",
        Prefer=f"wait={MARKER}",
    ),
    _asked(
        "a `Prefer` to wait for years: cut short", 404, "not-found", "/v1/ecgs/a", Prefer="wait=999999999"
    ),
    _asked(
        "an `If-None-Match` that is junk: passed over", 404, "not-found", "/v1/ecgs/a", If_None_Match=MARKER
    ),
    _asked("no token", 401, "unauthenticated", f"/v1/ecgs?{MARKER}=1", who="nobody"),
    _asked("a token that is junk", 401, "unauthenticated", "/v1/ecgs/a/insights", who="junk"),
    _asked("a token that has expired", 401, "unauthenticated", "/v1/ecgs", who="expired"),
    _asked("a token that somebody else signed", 401, "unauthenticated", "/v1/ecgs", who="stranger"),
    _asked("an admin's token", 403, "forbidden", "/v1/ecgs", who="admin"),
    _asked("another method", 405, "method-not-allowed", "/v1/ecgs", method="DELETE"),
    _asked("a path that is not there", 404, "not-found", f"/v1/ecgs/a/{MARKER}"),
    _asked(
        "a preflight of a page that may not call",
        403,
        "forbidden",
        "/v1/ecgs",
        who="nobody",
        method="OPTIONS",
        Origin="https://strange.example",
        Access_Control_Request_Method="GET",
    ),
)
