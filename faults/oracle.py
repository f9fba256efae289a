"""Says what became of every upload: from Cassandra's rows, the topics' records and the owners' lists, not from what
any service believes.

Every accepted upload is stored or a dead letter, and every one of those was attempted; or its owner is told that it was
lost, where the fault itself took it out of Kafka. Of each ECG one answer, with
the counts it was made with. Insight events, deduped by `ce_id`, are the rows, and each says what its row says. The
owners' lists name the same ECGs, once.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import httpx
import msgspec
from aiokafka import ConsumerRecord

from faults.ledger import Ledger, Sender, Upload
from faults.recordings import Recording
from faults.stored import INSIGHT, VERSION, Row, Stored
from harness import topics
from schemas.dead_letters import decode_dead_letter
from schemas.insights import decode_insight
from schemas.stored import COMPUTED
from schemas.times import parse_rfc3339
from schemas.topics import DEAD_LETTERS, INSIGHTS, UPLOADED

# The driver looks for a node that was away every other second.
LISTED_SECONDS = 30.0
PAGE = 200
Place = tuple[str, str]


@dataclass(slots=True)
class Verdict:
    """`lost`: accepted uploads with neither an answer nor a dead letter. `twice`: ECGs with more than one answer,
    event or entry. `wrong`: every other way in which something is not as it must be, one sentence each.
    """

    attempted: int = 0
    accepted: int = 0
    stored: int = 0
    dead: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether the promise was kept."""
        return not (self.lost or self.twice or self.wrong)


async def judge(kafka: str, cassandra: str, query_url: str, ledger: Ledger) -> Verdict:
    """The verdict on a ledger whose accepted uploads have settled. All owners' ECGs have to be of this ledger.

    Raises EngineAwayError, KafkaError, TimeoutError or httpx.HTTPError where something does not answer.
    """
    uploads = {(upload.sender.id, upload.ecg_id): upload for upload in ledger.uploads if upload.attempts}
    senders = {upload.sender.id: upload.sender for upload in uploads.values()}
    stored = Stored(cassandra)
    await stored.open()
    try:
        await stored.connected()
        rows = await stored.rows(list(uploads))
    finally:
        await stored.close()
    names = [UPLOADED.name, INSIGHTS.name, DEAD_LETTERS.name]
    records = await topics.read(kafka, names, lambda record: _owner(record) in senders)
    lists = [await _listed(query_url, sender) for sender in senders.values()]
    return examine(
        uploads,
        rows,
        uploaded=records[UPLOADED.name],
        insights=records[INSIGHTS.name],
        letters=records[DEAD_LETTERS.name],
        listed=[place for places in lists for place in places],
        gone_before=ledger.gone_before,
    )


def examine(
    uploads: dict[Place, Upload],
    rows: dict[Place, list[Row]],
    *,
    uploaded: Sequence[ConsumerRecord],
    insights: Sequence[ConsumerRecord],
    letters: Sequence[ConsumerRecord],
    listed: Sequence[Place],
    gone_before: float = 0.0,
) -> Verdict:
    """The verdict from what was read. Pure. `gone_before`: see `faults.ledger.Ledger`."""
    computed = {
        place: [row for row in found if row["status"] == COMPUTED] for place, found in rows.items() if found
    }
    answered = {place for place, found in computed.items() if found}
    dead = {_place(letter): letter for letter in letters}
    verdict = Verdict(
        attempted=len(uploads),
        accepted=sum(1 for upload in uploads.values() if upload.accepted),
        stored=len(answered),
        dead=len(dead),
    )
    for place, upload in uploads.items():
        if upload.accepted and upload.told is None and place not in answered and place not in dead:
            verdict.lost.append(upload.ecg_id)
    _check_events_of_accepted(verdict, uploads, uploaded, gone_before)
    _check_rows(verdict, uploads, computed)
    # Between its row and its event, the fault itself may have taken away what the event would have been made from.
    excused = {
        place
        for place, upload in uploads.items()
        if any(attempt.began + attempt.seconds < gone_before for attempt in upload.accepted)
    }
    _check_insight_events(verdict, computed, insights, excused)
    for place, letter in dead.items():
        reason = decode_dead_letter(letter.key, letter.value, letter.headers).reason
        verdict.wrong.append(f"{place[1]}: a valid upload is a dead letter ({reason})")
    for place in (
        answered | dead.keys() | {_place(record) for record in (*uploaded, *insights)}
    ) - uploads.keys():
        verdict.wrong.append(f"{place[1]}: nobody sent it")
    times = Counter(listed)
    verdict.twice += [f"{place[1]}: listed {count} times" for place, count in times.items() if count > 1]
    verdict.wrong += [f"{place[1]}: answered, not listed" for place in answered - times.keys()]
    verdict.wrong += [f"{place[1]}: listed, not answered" for place in times.keys() - answered]
    return verdict


def _check_events_of_accepted(
    verdict: Verdict, uploads: dict[Place, Upload], uploaded: Iterable[ConsumerRecord], gone_before: float
) -> None:
    """No 202 without its event: all segments of that very acceptance are in Kafka."""
    segments: dict[tuple[Place, int], set[int]] = {}
    wanted: dict[tuple[Place, int], int] = {}
    for record in uploaded:
        headers = _headers(record)
        acceptance = _place(record), int(headers["ce_acceptedat"])
        segments.setdefault(acceptance, set()).add(int(headers["ce_segment"]))
        wanted[acceptance] = int(headers["ce_segments"])
    for place, upload in uploads.items():
        for attempt in upload.accepted:
            acceptance = place, parse_rfc3339(attempt.accepted_at or "")
            if attempt.began + attempt.seconds < gone_before:
                continue
            if len(segments.get(acceptance, ())) != wanted.get(acceptance, 1):
                verdict.lost.append(f"{upload.ecg_id}: a 202 without its events")


def _check_rows(verdict: Verdict, uploads: dict[Place, Upload], computed: dict[Place, list[Row]]) -> None:
    """One content, which is that of each 202, and the right counts. A retry may have a row of its own, or none."""
    for place, found in computed.items():
        upload = uploads[place]
        if len({row["content_hash"] for row in found}) > 1:
            verdict.twice.append(f"{upload.ecg_id}: answers of two contents")
        if len({row["accepted_at"] for row in found}) > len(upload.attempts):
            verdict.twice.append(f"{upload.ecg_id}: more acceptances than attempts")
        for attempt in upload.accepted:
            if attempt.content_hash not in {row["content_hash"] for row in found}:
                verdict.wrong.append(f"{upload.ecg_id}: a row of another content than was accepted")
        verdict.wrong += [
            f"{upload.ecg_id}: wrong counts"
            for row in found
            if not says(json.loads(row["result"]), upload.recording)
        ]


def says(result: object, recording: Recording) -> bool:
    """Whether an insight's result, as JSON, is what the recording was made with."""
    leads: list[tuple[object, ...]] = [
        (name, samples, 0, crossings, []) for name, samples, crossings in recording.leads
    ]
    told = result if isinstance(result, dict) else {}
    fields = ("name", "number_of_samples", "baseline", "value", "warnings")
    found = [tuple(lead.get(name) for name in fields) for lead in told.get("leads", [])]
    return (told.get("name"), told.get("version")) == (INSIGHT, VERSION) and found == leads


def _check_insight_events(
    verdict: Verdict,
    computed: dict[Place, list[Row]],
    insights: Iterable[ConsumerRecord],
    excused: set[Place],
) -> None:
    """Deduped by id, the events are the answers, and each says what a row says; those `excused` may lack theirs."""
    ids: dict[Place, set[str]] = {}
    for record in insights:
        headers = _headers(record)
        if headers["ce_insight"] != INSIGHT:
            continue
        place = _place(record)
        ids.setdefault(place, set()).add(headers["ce_id"])
        event = decode_insight(record.value)
        told = {
            "name": event.insight.name,
            "version": event.insight.version,
            "leads": msgspec.to_builtins(event.insight.leads),
        }
        same = [
            row
            for row in computed.get(place, [])
            if row["accepted_at"] == parse_rfc3339(event.accepted_at)
            and row["content_hash"] == event.content_hash
            and json.loads(row["result"]) == told
        ]
        if not same:
            verdict.wrong.append(f"{place[1]}: an event that no row equals")
    for place, found in computed.items():
        contents = {row["content_hash"] for row in found}
        events = len(ids.get(place, ()))
        if events > len(contents):
            verdict.twice.append(f"{place[1]}: {events} insight events")
        elif found and events < len(contents) and place not in excused:
            verdict.wrong.append(f"{place[1]}: answered, without an insight event")


async def _listed(query_url: str, sender: Sender) -> list[Place]:
    """The owner's list, page by page to its end."""
    places: list[Place] = []
    following: str | None = f"/v1/ecgs?limit={PAGE}"
    headers = {"Authorization": f"Bearer {sender.token}"}
    async with httpx.AsyncClient(trust_env=False, timeout=30, base_url=query_url) as http:
        while following is not None:
            async with asyncio.timeout(LISTED_SECONDS):
                # The query API may still be finding a Cassandra that came back; it says when to ask again.
                while (
                    answer := await http.get(following, headers=headers)
                ).status_code == httpx.codes.SERVICE_UNAVAILABLE:
                    await asyncio.sleep(float(answer.headers["retry-after"]))
            page = answer.raise_for_status().json()
            places += [(sender.id, item["id"]) for item in page["items"]]
            following = page["next"]
    return places


def _headers(record: ConsumerRecord) -> dict[str, str]:
    return {name: (value or b"").decode(errors="replace") for name, value in record.headers}


def _place(record: ConsumerRecord) -> Place:
    """Whose a record is, and of which ECG: by its key, which begins with both in every topic."""
    owner, _, rest = (record.key or b"").decode(errors="replace").partition("/")
    return owner, rest.partition("/")[0]


def _owner(record: ConsumerRecord) -> str:
    return (record.key or b"").decode(errors="replace").partition("/")[0]
