"""The public keys that tokens are believed by, and what was revoked: all of ``ecg.identity.v1``, from its end.

Until the end has been reached nobody can be told that their token is good or bad: `ready` is False, and an upload is
asked to come again. Once reached, what is known holds, also while Kafka is away or has lost the topic: what was revoked
stays so.
"""

import asyncio
import logging
from collections.abc import Sequence

from ingest_api import metrics
from schemas.cloudevents import UndecodableEventError
from schemas.identity import KEY_PREFIX, IdentityChange, KeyChange, PublicKey, decode_identity
from schemas.topics import IDENTITY
from service_kit.callers.root_of_trust import Roots, believing
from service_kit.callers.tokens import TokenVerifier
from service_kit.engines.kafka.compacted_topic import CompactedTopic, Latest
from service_kit.engines.kafka.settings import KafkaSettings

_log = logging.getLogger(__name__)

# A topic that has keys, but not one that was known: it was lost and is being filled again, key by key, or the key was
# withdrawn so long ago that nothing of it is left. This is how long the first takes, many times over.
_MISSING_SECONDS = 60.0
_KEY = KEY_PREFIX.encode()


class VerificationKeys:
    """Tells `verifier` which keys to believe. May be opened while Kafka or the topic is away."""

    def __init__(
        self,
        settings: KafkaSettings,
        verifier: TokenVerifier,
        *,
        roots: Roots | None,
        missing_seconds: float = _MISSING_SECONDS,
    ) -> None:
        """`roots`: of which one has to have signed what is believed; None: whoever may write to the topic is."""
        self._roots = roots
        self._verifier = verifier
        self._missing_seconds = missing_seconds
        self._topic = CompactedTopic(settings, IDENTITY.name, self._changed)

    async def open(self) -> None:
        """Begin to read; returns at once."""
        if self._roots is None:
            _log.warning("no root of trust is set: whoever can write to ecg.identity.v1 makes tokens good")
            await self._topic.open()
        else:
            await self._topic.open(believing(self._roots))

    async def close(self) -> None:
        """Stop reading."""
        await self._topic.close()

    @property
    def ready(self) -> bool:
        """Whether a token can be judged: the keys have been read to their end, and there is one."""
        return self._topic.read_to_end and self._verifier.has_keys

    def _changed(self, came: Sequence[Latest]) -> None:
        # Nothing came where the end was reached: then all of it is news.
        news = came or list(self._topic.records.values())
        self._revoke(news)
        if not came or any(latest.key.startswith(_KEY) for latest in news):
            self._look_at_keys()

    def _revoke(self, news: Sequence[Latest]) -> None:
        revocations = self._verifier.revocations
        for latest in news:
            if not latest.key.startswith(_KEY):
                change = self._decoded(latest)
                if change is not None and not isinstance(change, KeyChange):
                    revocations.learn(change)
        metrics.REVOCATIONS.set(len(revocations))

    def _look_at_keys(self) -> None:
        announced, withdrawn = self._read()
        kept = {kid: key for kid, key in self._verifier.keys.items() if kid not in withdrawn}
        missing = kept.keys() - announced.keys()
        self._believe(kept | announced)
        if missing and announced:
            asyncio.get_running_loop().call_later(self._missing_seconds, self._forget, frozenset(missing))

    def _forget(self, missing: frozenset[str]) -> None:
        """Believe these no longer, unless they have been announced meanwhile or the topic was lost again."""
        announced, _ = self._read()
        gone = missing - announced.keys()
        if announced and gone:
            self._believe({kid: key for kid, key in self._verifier.keys.items() if kid not in gone})

    def _believe(self, keys: dict[str, PublicKey]) -> None:
        before = self._verifier.keys
        self._verifier.believe(keys.values())
        metrics.KEYS_READ.set(1)
        metrics.KEYS.set(len(keys))
        if keys.keys() != before.keys():
            added, removed = sorted(keys.keys() - before.keys()), sorted(before.keys() - keys.keys())
            _log.info("other keys are believed now", extra={"added": added, "removed": removed})

    def _read(self) -> tuple[dict[str, PublicKey], set[str]]:
        """The keys that the topic announces, and the ids of those that it withdraws."""
        told = [self._decoded(latest) for key, latest in self._topic.records.items() if key.startswith(_KEY)]
        changes = [change for change in told if isinstance(change, KeyChange)]
        announced = {change.kid: change.key for change in changes if change.key is not None}
        return announced, {change.kid for change in changes if change.key is None}

    def _decoded(self, latest: Latest) -> IdentityChange | None:
        try:
            return decode_identity(latest.key, latest.value)
        except UndecodableEventError:
            _log.warning("passed over a record that cannot be read", extra={"offset": latest.offset})
            return None
