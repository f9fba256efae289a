"""What each account may do in Cassandra, table by table. The operator may do everything; what is not here is refused.

The ingest API and analysts are not let in at all.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from infra.access.accounts import PROCESSOR, QUERY

# Cassandra's own words: to read, and to write or remove rows.
Permission = Literal["SELECT", "MODIFY"]

ACCOUNTS = (PROCESSOR, QUERY)

READS: frozenset[Permission] = frozenset({"SELECT"})
WRITES: frozenset[Permission] = frozenset({"MODIFY"})
BOTH: frozenset[Permission] = READS | WRITES

RIGHTS: Mapping[str, Mapping[str, frozenset[Permission]]] = MappingProxyType(
    {
        "insights_by_ecg": {PROCESSOR: BOTH, QUERY: READS},
        "ecgs_by_owner": {PROCESSOR: BOTH, QUERY: READS},
        "months_by_owner": {PROCESSOR: BOTH, QUERY: READS},
        "acceptances_by_owner": {PROCESSOR: BOTH, QUERY: READS},
        "progress": {PROCESSOR: BOTH, QUERY: READS},
        "expired_ranges": {PROCESSOR: BOTH, QUERY: READS},
        "incarnations": {PROCESSOR: BOTH},
        "users_by_email": {QUERY: BOTH},
        "users_by_id": {QUERY: BOTH},
        "sign_in_attempts": {QUERY: BOTH},
        "sign_in_places": {QUERY: BOTH},
        "ecgs_by_device": {PROCESSOR: BOTH, QUERY: READS},
        "devices_by_owner": {QUERY: BOTH},
        "refusals_by_device": {QUERY: BOTH},
        "pairing_codes": {QUERY: BOTH},
        "pairing_attempts": {QUERY: BOTH},
        "revocations": {QUERY: BOTH},
        "revocations_by_hour": {QUERY: BOTH},
        "admins": {QUERY: BOTH},
        "identities": {QUERY: BOTH},
        "identities_by_user": {QUERY: BOTH},
        "sessions": {QUERY: BOTH},
        "audit_trail": {QUERY: BOTH},
        "audit_weeks": {QUERY: BOTH},
        "audit_heads": {QUERY: BOTH},
    }
)
