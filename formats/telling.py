"""What a body is, told by its first bytes, whatever it is called."""

from formats.file_format import FileFormat
from formats.table import FILES
from formats.upload import Body

# The first bytes of every Arrow stream, and of no text.
_ARROW = b"\xff\xff\xff\xff"
# Blanks before JSON are no more in any file that is met.
_BLANK_BYTES = 1_024
_DRAWING = (
    "holds a drawing of an ECG and not its samples: send the file that the device exports for other systems"
)
# What is met and not read: what it is, and the way out.
_OTHERS = (
    (b"%PDF-", f"a PDF, which {_DRAWING}"),
    (b"\x89PNG", f"a PNG image, which {_DRAWING}"),
    (b"\xff\xd8\xff", f"a JPEG image, which {_DRAWING}"),
    (b"II*\0", f"a TIFF image, which {_DRAWING}"),
    (b"MM\0*", f"a TIFF image, which {_DRAWING}"),
    (b"\x1f\x8b", "compressed by gzip: unpack it, or send it with Content-Encoding: gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd: unpack it, or send it with Content-Encoding: zstd"),
    (b"ARROW1", "Arrow's file format: send its stream format"),
    (b"PAR1", "Parquet: send the table as an Arrow stream"),
    (b"\x89HDF", "HDF5: send its samples as an Arrow stream or as JSON"),
    (b"MATLAB", "a MATLAB file: send its samples as an Arrow stream or as JSON"),
    (b"\xef\xbb\xbf<", "XML, which is not read: send its samples as an Arrow stream or as JSON"),
    (b"<", "XML, which is not read: send its samples as an Arrow stream or as JSON"),
)


def file_format(body: Body) -> FileFormat | None:
    """The format of devices and archives that this is; None where it is none that is read."""
    return next((one for one in FILES if one.is_one(body)), None)


def is_json(body: Body) -> bool:
    """Whether this begins as a JSON object does."""
    return body[:_BLANK_BYTES].lstrip().startswith(b"{")


def is_arrow(body: Body) -> bool:
    """Whether this begins as an Arrow stream does."""
    return body.startswith(_ARROW)


def unread(body: Body) -> str | None:
    """What this is and what to do instead, where it is known and not read."""
    if not body:
        return "empty"
    return next((way_out for begin, way_out in _OTHERS if body.startswith(begin)), None)
