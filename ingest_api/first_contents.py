"""Which content of an ECG Kafka confirmed first, so that the sender of another hears at once that it is not the answer.

For the ECGs that this process took lately. It is a help and no promise: another process knows of its own alone, and
a new one of none; what is not told here, the query API tells whoever asks with the upload's receipt.
"""

from collections import OrderedDict

from schemas.receipts import Receipt

# Some 15 MB. Contents of one id come within a device's minutes, and so many ECGs pass in a minute at full work.
REMEMBERED = 32_768


class Firsts:
    """The first upload of each of the last `remembered` ECGs that were new here."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._first: OrderedDict[bytes, Receipt] = OrderedDict()

    def before(self, key: bytes, confirmed: Receipt) -> str | None:
        """The hash of another content that lies before this one under the same record key, if one is known of.

        To be told of every upload that Kafka has confirmed.
        """
        first = self._first.get(key)
        if first is None or _lies_before(confirmed, first):
            self._first[key] = confirmed
            if len(self._first) > self._remembered:
                self._first.popitem(last=False)
            return None
        return first.content_hash if first.content_hash != confirmed.content_hash else None


def _lies_before(one: Receipt, other: Receipt) -> bool:
    # Uploads side by side may be confirmed in another order than they lie in the log. A topic that was made again
    # counts anew, behind all that was confirmed on the one before.
    return one.topic_id == other.topic_id and one.offset < other.offset
