"""The demo's steps and what is shown of them."""

import time
from typing import Any

from ecg_client import Insight
from infra.access.accounts import OPERATOR, read
from infra.access.signing_in import variables
from infra.console import Console
from infra.demo.account import connected, sign_in
from infra.demo.recording import FILE, recording
from infra.errors import SetupError
from infra.local.state import Files
from schemas.times import format_rfc3339, to_micros

WAIT_SECONDS = 10

PASTE = """
Now, in another terminal of this folder:
  eval "$(make env)"
  curl -s -H "Authorization: Bearer $TOKEN" "$ECG_QUERY/v1/ecgs"
  curl -s -H "Authorization: Bearer $TOKEN" "$ECG_QUERY/v1/ecgs/{id}/insights"
Try the APIs in a browser: {ingest}/docs and {query}/docs"""


def demo(files: Files, run: dict[str, Any], console: Console) -> str:
    """Post the recording as a client does and show its insights; the recording's id.

    Raises SetupError where the system answers anything but what it promises.
    """
    with connected(run) as client:
        _, email, new = sign_in(client, files.demo, files.admin)
        console.say()
        console.say(
            f"Client      {email} ({'registered by the admin' if new else 'registered before'}), signed in"
        )

        ecg = recording()
        began = time.monotonic()
        accepted = client.upload(ecg)
        posted = time.monotonic()
        told = client.insights(accepted.id, wait_seconds=WAIT_SECONDS, receipt=accepted.receipt)
        seen = time.monotonic()
    if told.status != "computed":
        raise SetupError(f"The query API says {told.status} where insights were expected.")
    assert ecg.date is not None
    assert told.accepted_at is not None
    date, accepted_at = (format_rfc3339(to_micros(instant)) for instant in (ecg.date, told.accepted_at))
    leads, samples = len(ecg.leads), len(ecg.leads[0].signal)
    console.say(f"Recording   {FILE}: {leads} leads x {samples:,} samples, {date}")
    console.say(f"POST        {run['ingest_url']}/v1/ecgs -> 202 in {1000 * (posted - began):.0f} ms")
    url = f"{run['query_url']}/v1/ecgs/{told.id}/insights"
    console.say(f"GET         {url} -> 200 in {1000 * (seen - posted):.0f} ms")
    console.say()
    for insight in told.insights:
        table(insight, console)
    if told.accepted_at != accepted.accepted_at:
        console.say(
            f"The same recording is the same ECG: {told.id}, first accepted {accepted_at}. "
            "This upload was a retry and changed nothing."
        )
    return told.id


def table(insight: Insight, console: Console) -> None:
    """One insight, a row for each lead."""
    console.say(f"{insight.name} version {insight.version}")
    console.say(f"  {'lead':<6}{'samples':>9}{'baseline':>10}{'value':>8}")
    for lead in insight.leads:
        warned = f"  {', '.join(lead.warnings)}" if lead.warnings else ""
        numbers = f"{lead.number_of_samples:>9,}{lead.baseline:>10}{lead.value:>8}"
        console.say(f"  {lead.name:<6}{numbers}{warned}")
    console.say()


def paste(run: dict[str, Any], ecg_id: str, console: Console) -> None:
    """What a person may want to do next."""
    console.say(PASTE.format(id=ecg_id, ingest=run["ingest_url"], query=run["query_url"]))


def exports(files: Files, run: dict[str, Any], console: Console) -> None:
    """Lines for a shell: the addresses, and a token of the demo's user."""
    with connected(run) as client:
        token, _, _ = sign_in(client, files.demo, files.admin)
    console.say(f"export ECG_INGEST={run['ingest_url']}")
    console.say(f"export ECG_QUERY={run['query_url']}")
    # The first is for curl, the second for `ecg`.
    console.say(f"export TOKEN={token}")
    console.say(f"export ECG_TOKEN={token}")
    # For who taps the topics, and for `make replay`.
    console.say(f"export ECG_KAFKA={run['kafka']}")
    console.say(f"export ECG_CASSANDRA={run['cassandra']}")
    for name, value in variables(OPERATOR, read(files.accounts)).items():
        console.say(f"export {name}={value}")
