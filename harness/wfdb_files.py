"""WFDB records as they are sent: in a zip archive or in a form."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence

_COMMENTS = "# Plantedname, born 19700131\n#Plantednumber-17 Plantedstreet Plantedcomment\n"
_BOUNDARY = b"--------------------------17"


def zipped(files: Mapping[str, bytes], *, packed: bool = True) -> bytes:
    """A zip archive of files by their paths."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path), content, archive.compression)
    return out.getvalue()


def form(files: Mapping[str, bytes]) -> bytes:
    """The body of a form as curl sends it, with a field that is no file in front."""
    parts = [b'Content-Disposition: form-data; name="note"\r\n\r\nPlantedcomment']
    parts += [
        b'Content-Disposition: form-data; name="file"; filename="%s"\r\nContent-Type: text/plain\r\n\r\n%s'
        % (name.encode(), content)
        for name, content in files.items()
    ]
    return b"".join(b"--%s\r\n%s\r\n" % (_BOUNDARY, part) for part in parts) + b"--%s--\r\n" % _BOUNDARY


def record(
    *lines: str, head: str = "17 1 500 4 09:30:05 14/01/2025", data: bytes = b"", folder: str = "rec/"
) -> dict[str, bytes]:
    """The two files of a record: `lines` are those of its signals."""
    header = "\n".join((head, *lines)) + f"\n{_COMMENTS}"
    return {f"{folder}17.hea": header.encode(), f"{folder}17.dat": data}


def of_16(samples: Sequence[int]) -> bytes:
    """In format 16."""
    return struct.pack(f"<{len(samples)}h", *samples)


def good(signal: Sequence[int], folder: str = "rec/") -> dict[str, bytes]:
    """A record of lead I alone."""
    return record("17.dat 16 800(0)/mV 16 0 1 0 0 ECG I", data=of_16(signal), folder=folder)
