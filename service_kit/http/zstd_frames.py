"""Reads how many bytes a zstd stream says that it holds, by the headers of its frames and blocks. None is taken apart.

Source: RFC 8878, section 3.1.1.
"""

_MAGIC = b"\x28\xb5\x2f\xfd"
_BLOCK_HEADER_BYTES, _CHECKSUM_BYTES = 3, 4
_RUN_LENGTH_BLOCK = 1
# Bytes of a field by the two bits that tell: of the dictionary's id, and of the content's size.
_DICTIONARY_BYTES = (0, 1, 2, 4)
_SIZE_BYTES, _SIZE_BYTES_OF_SINGLE_SEGMENT = (0, 2, 4, 8), (1, 2, 4, 8)
# A size of two bytes begins at 256.
_SIZE_OF_TWO_BYTES_OFFSET = 256
# A block holds up to 128 KiB. Who needs more for the largest body has written it to be slow to look through.
_MOST_BLOCKS = 4_096


def stated_bytes(body: bytes | bytearray) -> int | None:
    """The sum of what all frames say; None where one does not say, or where this is no stream of plain frames."""
    total, at, blocks = 0, 0, _MOST_BLOCKS
    try:
        while at < len(body):
            if body[at : at + len(_MAGIC)] != _MAGIC:
                return None
            at += len(_MAGIC)
            descriptor = body[at]
            single, checksum = descriptor >> 5 & 1, descriptor >> 2 & 1
            at += 1 + (not single) + _DICTIONARY_BYTES[descriptor & 3]
            size = (_SIZE_BYTES_OF_SINGLE_SEGMENT if single else _SIZE_BYTES)[descriptor >> 6]
            if not size:
                return None
            total += int.from_bytes(body[at : at + size], "little")
            total += _SIZE_OF_TWO_BYTES_OFFSET * (size == 2)
            at += size
            last = 0
            while not last:
                blocks -= 1
                header = int.from_bytes(body[at : at + _BLOCK_HEADER_BYTES], "little")
                if blocks < 0 or at + _BLOCK_HEADER_BYTES > len(body):
                    return None
                last = header & 1
                at += _BLOCK_HEADER_BYTES + (1 if header >> 1 & 3 == _RUN_LENGTH_BLOCK else header >> 3)
            at += _CHECKSUM_BYTES * checksum
    except IndexError:
        return None
    return total
