"""What is said of keys: what is missing is announced, what is not in the folder is withdrawn, and nobody fights."""

import base64
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from query_api.keys.announcing import Announcing
from query_api.keys.signing import SigningKeys, public_jwk
from schemas.cloudevents import Record
from schemas.identity import KeyChange, PublicKey, decode_identity, encode_public_key, encode_withdrawal
from service_kit.callers.root_of_trust import is_sealed, sealed
from service_kit.engines.kafka.compacted_topic import Latest


def keys(*seeds: int) -> SigningKeys:
    private = [Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32) for seed in seeds]
    return SigningKeys(private[0], private[0], tuple(PublicKey(public_jwk(key)) for key in private))


def root_of(folder: str) -> Ed25519PrivateKey:
    """Each folder has a root of its own."""
    return Ed25519PrivateKey.from_private_bytes(folder.encode().ljust(32, b"."))


@dataclass
class Topic:
    """A topic in memory: all that was ever written."""

    written: list[Record] = field(default_factory=list)

    @property
    def records(self) -> dict[bytes, Latest]:
        return {latest.key: latest for latest in self.since(0)}

    def since(self, offset: int) -> list[Latest]:
        return [
            Latest(record.key or b"", number, record.value, record.headers)
            for number, record in enumerate(self.written[offset:], offset)
        ]

    @property
    def announced(self) -> set[PublicKey]:
        changes = [decode_identity(key, latest.value) for key, latest in self.records.items()]
        return {change.key for change in changes if isinstance(change, KeyChange) and change.key is not None}


class Copy:
    """A query API with a folder."""

    def __init__(self, folder: str, own: SigningKeys, topic: Topic) -> None:
        self.folder, self.own, self.topic = folder, own, topic
        self.announcing = Announcing(folder)
        self.heard = len(topic.written)
        self.read = 0
        self.believed: dict[bytes, Latest] = {}
        self.overwritten: dict[bytes, Latest] = {}

    def turn(self, now: float) -> int:
        """Hear what came, say what is due; how many records that were."""
        if len(self.topic.written) < self.read:
            self.heard = self.read = 0
            self.believed, self.overwritten = {}, {}
        self.announcing.heard(self.topic.since(self.heard), now)
        for latest in self.topic.since(self.read):
            if is_sealed([root_of(self.folder).public_key()], latest):
                self.believed[latest.key] = latest
                self.overwritten.pop(latest.key, None)
            else:
                self.overwritten[latest.key] = latest
        self.heard = self.read = len(self.topic.written)
        due = self.announcing.due(self.believed, self.overwritten, self.own, now)
        said = [encode_withdrawal(kid, folder=self.folder, time=0) for kid in due.withdraw]
        if due.announce:
            said += [encode_public_key(key, folder=self.folder, time=0) for key in self.own.public]
            self.announcing.announced(now)
        self.topic.written += [sealed(root_of(self.folder), record) for record in said]
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


def test_a_key_that_somebody_wrote_over_is_announced_again_and_not_too_often() -> None:
    topic = Topic()
    copy = Copy("a", keys(1), topic)
    copy.turn(0)
    (own,) = keys(1).public
    for forged in (
        encode_public_key(own, folder="a", time=0),
        encode_withdrawal(own.kid, folder="a", time=0),
    ):
        topic.written.append(forged)
    assert [copy.turn(now) for now in (2, 9, 11, 13)] == [0, 0, 1, 0]
    topic.written.append(encode_withdrawal(own.kid, folder="a", time=0))
    assert [copy.turn(now) for now in (15, 20, 22, 24)] == [0, 0, 1, 0]


def test_nobody_without_the_root_keeps_a_key_from_being_withdrawn() -> None:
    topic = Topic()
    copy = Copy("a", keys(1, 2), topic)
    copy.turn(0)
    leaked = keys(2).public[0]
    topic.written.append(encode_public_key(leaked, folder="b", time=0))
    assert copy.turn(2) > 0
    assert copy.announcing.others(2) == ["b"]
    copy.own = keys(1)
    copy.turn(4)
    assert leaked not in topic.announced
    restarted = Copy("a", keys(1), Topic(topic.written[:2]))
    restarted.topic.written.append(encode_public_key(keys(3).public[0], folder="b", time=0))
    for now in (6, 17):
        restarted.turn(now)
    assert leaked not in restarted.topic.announced


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
