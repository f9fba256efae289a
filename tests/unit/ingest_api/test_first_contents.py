"""What is known at once of contents that came before."""

from ingest_api.first_contents import Firsts
from schemas.receipts import Receipt

A, B, KEY = "a" * 64, "b" * 64, b"owner/ecg-17"
TOPIC, ANOTHER = "A" * 22, "B" * 22


def test_another_content_hears_of_the_first_and_the_first_of_none() -> None:
    firsts = Firsts()
    assert firsts.before(KEY, Receipt(TOPIC, 3, 10, A)) is None
    assert firsts.before(KEY, Receipt(TOPIC, 3, 11, B)) == A
    assert firsts.before(KEY, Receipt(TOPIC, 3, 12, A)) is None
    assert firsts.before(KEY, Receipt(TOPIC, 3, 13, B)) == A
    assert firsts.before(b"owner/ecg-18", Receipt(TOPIC, 3, 14, B)) is None


def test_what_lies_before_in_the_log_is_the_first_however_late_it_is_confirmed() -> None:
    firsts = Firsts()
    assert firsts.before(KEY, Receipt(TOPIC, 3, 11, B)) is None
    assert firsts.before(KEY, Receipt(TOPIC, 3, 10, A)) is None
    assert firsts.before(KEY, Receipt(TOPIC, 3, 12, B)) == A


def test_a_topic_that_was_made_again_lies_behind() -> None:
    firsts = Firsts()
    firsts.before(KEY, Receipt(TOPIC, 3, 10, A))
    assert firsts.before(KEY, Receipt(ANOTHER, 3, 0, B)) == A


def test_memory_is_bounded_and_the_oldest_is_forgotten() -> None:
    firsts = Firsts(remembered=2)
    for number in range(3):
        firsts.before(f"owner/{number}".encode(), Receipt(TOPIC, 0, number, A))
    assert firsts.before(b"owner/0", Receipt(TOPIC, 0, 9, B)) is None
    assert firsts.before(b"owner/2", Receipt(TOPIC, 0, 9, B)) == A
