"""Samples are in no log and in no error: of an ECG that is computed, of one that is refused, and of one that dies."""

import pytest

from harness import leaks
from harness.running import System, User, until

# No other number looks like it.
SAMPLE = 1_073_741_789
GOOD = [SAMPLE, -SAMPLE, SAMPLE]
BAD = (
    {"leads": [{"name": "I", "signal": [*GOOD, "x"]}]},
    {"leads": [{"name": "I", "signal": GOOD, "number_of_samples": 4}]},
    {"leads": [{"name": "I", "signal": [*GOOD, 2**40]}]},
    {"leads": [{"name": "I", "signal": GOOD, "unknown": SAMPLE}]},
    {"leads": [{"name": "I", "signal": GOOD}], "date": str(SAMPLE)},
    {"leads": [{"name": f"<{SAMPLE}>", "signal": GOOD}]},
)


@pytest.fixture
def user(system: System) -> User:
    leaks.note(str(SAMPLE))
    return system.new_user()


def test_no_log_and_no_problem_tells_a_sample(system: System, user: User) -> None:
    url = f"{system.ingest_url}/v1/ecgs"
    accepted = system.http.post(url, json={"leads": [{"name": "I", "signal": GOOD}]}, headers=user.headers)
    place = accepted.headers["location"]
    until(lambda: system.http.get(place, headers=user.headers).status_code == 200, "the insight")
    for bad in BAD:
        refused = system.http.post(url, json=bad, headers=user.headers)
        assert refused.status_code == 422
    whole = system.http.build_request("POST", url, json=BAD[0], headers=user.headers).read()
    cut = system.http.post(
        url, content=whole[:-9], headers=user.headers | {"Content-Type": "application/json"}
    )
    assert cut.status_code == 400
    assert not list(leaks.in_logs(system.var))
