"""What is said of keys: what is missing is announced, what is not in the folder is withdrawn, and nobody fights."""

import base64
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from query_api.keys.announcing import Announcing
from query_api.keys.signing import SigningKeys, public_jwk
from schemas.cloudevents import Record
from schemas.identity import KeyChange, PublicKey, decode_identity, encode_public_key, encode_withdrawal
from service_kit.engines.kafka.compacted_topic import Latest


def keys(*seeds: int) -> SigningKeys:
    private = [Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32) for seed in seeds]
    return SigningKeys(private[0], private[0], tuple(PublicKey(public_jwk(key)) for key in private))


@dataclass
class Topic:
    """A topic in memory: all that was ever written."""

    written: list[Record] = field(default_factory=list)

    @property
    def records(self) -> dict[bytes, Latest]:
        return {
            record.key or b"": Latest(record.key or b"", offset, record.value, record.headers)
            for offset, record in enumerate(self.written)
        }

    @property
    def announced(self) -> set[PublicKey]:
        changes = [decode_identity(key, latest.value) for key, latest in self.records.items()]
        return {change.key for change in changes if isinstance(change, KeyChange) and change.key is not None}


class Copy:
    """A query API with a folder."""

    def __init__(self, folder: str, own: SigningKeys, topic: Topic) -> None:
        self.folder, self.own, self.topic = folder, own, topic
        self.announcing = Announcing(folder)
        self.read = len(topic.written)

    def turn(self, now: float) -> int:
        """Hear what came, say what is due; how many records that were."""
        came = list(self.topic.records.values())
        self.announcing.heard([latest for latest in came if latest.offset >= self.read], now)
        self.read = len(self.topic.written)
        due = self.announcing.due(self.topic.records, self.own, now)
        said = [encode_withdrawal(kid, folder=self.folder, time=0) for kid in due.withdraw]
        if due.announce:
            said += [encode_public_key(key, folder=self.folder, time=0) for key in self.own.public]
            self.announcing.announced(now)
        self.topic.written += said
        return len(said)


def test_missing_keys_are_announced_once_and_again_when_the_topic_lost_them() -> None:
    topic = Topic()
    copy = Copy("a", keys(1, 2), topic)
    assert [copy.turn(now) for now in (0, 2, 4)] == [2, 0, 0]
    topic.written.clear()
    assert [copy.turn(now) for now in (6, 8)] == [2, 0]
    assert topic.announced == set(keys(1, 2).public)


def test_a_key_that_left_the_folder_is_withdrawn_at_once() -> None:
    topic = Topic()
    copy = Copy("a", keys(1, 2), topic)
    copy.turn(0)
    copy.own = keys(1)
    assert copy.turn(2) == 1
    assert topic.announced == set(keys(1).public)
    assert copy.turn(4) == 0


def test_keys_of_a_lost_folder_are_withdrawn_after_a_while() -> None:
    topic = Topic([encode_public_key(key, folder="lost", time=0) for key in keys(1).public])
    copy = Copy("new", keys(2), topic)
    copy.turn(0)
    assert topic.announced == {*keys(1).public, *keys(2).public}
    assert copy.turn(5) == 0
    assert copy.turn(11) == 1
    assert topic.announced == set(keys(2).public)


def test_a_copy_whose_disk_shows_a_new_key_later_does_not_withdraw_it() -> None:
    topic = Topic()
    quick, slow = Copy("a", keys(1), topic), Copy("a", keys(1), topic)
    quick.turn(0)
    quick.own = keys(2, 1)
    quick.turn(2)
    assert [slow.turn(now) for now in (4, 6)] == [0, 0]
    slow.own = keys(2, 1)
    assert [slow.turn(now) for now in (8, 20, 40)] == [0, 0, 0]
    assert slow.announcing.others(40) == []


def test_two_folders_do_not_fight_and_both_know() -> None:
    topic, hours = Topic(), 1
    right = Copy("right", keys(1), topic)
    right.turn(0)
    wrong = Copy("wrong", keys(2), topic)
    written = 0
    for now in range(100, hours * 3600, 2):
        written += wrong.turn(now) + right.turn(now)
        assert topic.announced == {*keys(1).public, *keys(2).public}
    assert right.announcing.others(now) == ["wrong"]
    assert wrong.announcing.others(now) == ["right"]
    assert written < hours * 3600 / 60


def test_the_keys_of_another_folder_go_a_while_after_it_has_gone() -> None:
    topic = Topic()
    right, wrong = Copy("right", keys(1), topic), Copy("wrong", keys(2), topic)
    for now in range(0, 300, 2):
        right.turn(now)
        wrong.turn(now)
    for now in range(300, 1000, 2):
        right.turn(now)
    assert right.announcing.others(1000) == []
    assert topic.announced == set(keys(1).public)


def test_a_key_that_moved_to_another_folder_stays() -> None:
    topic = Topic()
    old, new = Copy("old", keys(1, 2), topic), Copy("new", keys(3, 2), topic)
    for now in range(0, 60, 2):
        old.turn(now)
        new.turn(now)
    old.own = keys(1)
    for now in range(60, 400, 2):
        old.turn(now)
        new.turn(now)
    assert keys(2).public[0] in topic.announced
    quiet = len(topic.written)
    old.turn(402)
    new.turn(402)
    assert len(topic.written) == quiet


def test_what_is_no_key_is_left_alone() -> None:
    strange = base64.b64encode(b"strange")
    topic = Topic([Record(b"key/x", strange, []), Record(b"user/17", b"{}", []), Record(None, None, [])])
    copy = Copy("a", keys(1), topic)
    assert [copy.turn(now) for now in (0, 20, 40)] == [1, 0, 0]
