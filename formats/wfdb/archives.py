"""The files of a record that are sent as one body: a zip archive, or a form with a file in each field.

Nothing is written anywhere, and no path leads anywhere but to another file of the body. Sources: APPNOTE.TXT of the zip
format, 4.3; RFC 7578.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping

from formats.broken import refused
from schemas.problems import MalformedError

Files = Mapping[str, bytes]

_ZIP = b"PK\x03\x04"
_END, _END_BYTES, _COMMENT_BYTES = b"PK\x05\x06", 22, 65_535
_OF_ZIP64 = b"PK\x06\x07"
# Of some hundred files, each with a path.
_MAX_DIRECTORY_BYTES = 131_072
# Of all files together, unpacked: several times the longest record that is taken.
_MAX_UNPACKED_BYTES = 67_108_864
_MAX_FORM_PARTS = 256
_FILENAME = re.compile(rb'\bfilename="([^"\r\n]*)"', re.IGNORECASE)
_MAX_HEAD_BYTES = 8_192


def is_zip(body: bytes | bytearray) -> bool:
    """Whether this is a zip archive."""
    return body.startswith(_ZIP)


def is_form(body: bytes | bytearray) -> bool:
    """Whether this is a form of several parts."""
    return body.startswith(b"--") and b"content-disposition: form-data" in body[:_MAX_HEAD_BYTES].lower()


def unzipped(body: bytes | bytearray) -> Files:
    """The files of a zip archive by their paths. Raises MalformedError or InvalidError."""
    end = body.rfind(_END, max(0, len(body) - _END_BYTES - _COMMENT_BYTES))
    if end < 0 or len(body) < end + _END_BYTES:
        raise MalformedError("the zip archive has no end, so it was cut off", offset=len(body))
    (directory_bytes,) = struct.unpack_from("<I", body, end + 12)
    if directory_bytes > _MAX_DIRECTORY_BYTES or body[end - 20 : end - 16] == _OF_ZIP64:
        raise refused("must be a zip archive of few files, as one record has", "")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, struct.error, NotImplementedError):
        raise MalformedError(
            "the zip archive is damaged: a file of it is not what its directory says"
        ) from None


def _read(archive: zipfile.ZipFile) -> Files:
    files: dict[str, bytes] = {}
    left = _MAX_UNPACKED_BYTES
    for entry in archive.infolist():
        # What macOS puts beside each file.
        if entry.filename.endswith("/") or entry.filename.startswith("__MACOSX/"):
            continue
        _judge(entry.filename)
        if entry.flag_bits & 1 or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise refused("must be a zip archive that is stored or deflated, and not encrypted", "")
        if entry.file_size > left:
            raise refused(
                f"must be a zip archive of at most {_MAX_UNPACKED_BYTES} bytes when it is unpacked",
                "",
            )
        with archive.open(entry) as file:
            # It reads no more than is claimed, and finds what is false by its checksum.
            files[entry.filename] = file.read()
        left -= entry.file_size
    return files


def of_form(body: bytes | bytearray) -> Files:
    """The files of a form by their names; fields that are no file are passed over. Raises as `unzipped`."""
    boundary = bytes(body[: body.find(b"\r\n")])
    files: dict[str, bytes] = {}
    at, parts = len(boundary), 0
    while not body.startswith(b"--", at):
        parts += 1
        if parts > _MAX_FORM_PARTS:
            raise refused(f"must be a form of at most {_MAX_FORM_PARTS} parts", "")
        head_end = body.find(b"\r\n\r\n", at, at + _MAX_HEAD_BYTES)
        end = body.find(b"\r\n" + boundary, head_end + 2)
        if head_end < 0 or end < 0:
            raise MalformedError("the form ends within a part", offset=len(body))
        named = _FILENAME.search(body, at, head_end)
        if named is not None:
            name = named[1].decode("utf-8", "replace")
            _judge(name)
            files[name] = bytes(body[head_end + 4 : end])
        at = end + 2 + len(boundary)
    return files


def _judge(path: str) -> None:
    if not path or path.startswith("/") or "\\" in path or ":" in path or ".." in path.split("/"):
        raise refused("must hold no path that leads out of it", "")
