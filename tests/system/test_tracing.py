"""One upload followed through the services by its trace."""

import json
from pathlib import Path
from typing import Any

from harness.running import System, until

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


def lines(system: System, service: str) -> list[dict[str, Any]]:
    """What a service has logged under the trace."""
    log = Path(system.run()["logs"]) / f"{service}.log"
    return [json.loads(line) for line in log.read_text().splitlines() if TRACE_ID in line]


def test_an_upload_s_trace_is_in_the_logs_of_both_who_handle_it(system: System) -> None:
    user = system.new_user()
    body = {"id": "traced", "leads": [{"name": "II", "signal": [418_712, -418_712]}]}
    headers = user.headers | {"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"}
    answer = system.http.post(f"{system.ingest_url}/v1/ecgs", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    until(lambda: bool(lines(system, "stream_processor")), "the processor's line")

    (accepted,) = lines(system, "ingest_api")
    assert (accepted["message"], accepted["status"]) == ("answered", 202)
    assert accepted["request_id"] == answer.headers["x-request-id"]
    (finished,) = lines(system, "stream_processor")
    assert (finished["message"], finished["outcome"]) == ("finished", "computed")
    assert "418712" not in json.dumps([accepted, finished])
