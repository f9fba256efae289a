"""A damaged file is one line, which holds nothing of it, and the files behind it are sent."""

import re
from pathlib import Path

from click.testing import CliRunner

from ecg_client.command import ecg
from harness.dicom_files import Group
from harness.dicom_files import ecg as ecg_file
from tests.unit.ecg_client.scripted import Scripted
from tests.unit.ecg_client.test_clients import KEPT

GOOD = ecg_file(Group([[1, -2, 3]]))


def test_the_other_files_are_sent(tmp_path: Path, server: Scripted) -> None:
    good, bad, cut = tmp_path / "good.dcm", tmp_path / "bad.dcm", tmp_path / "cut.dcm"
    good.write_bytes(GOOD)
    bad.write_bytes(ecg_file(Group([[1]], channel={"ChannelSensitivity": "0"})))
    cut.write_bytes(GOOD[:-3])
    server.play(KEPT, KEPT)
    services = ["--ingest", server.url, "--query", server.url, "--retry-seconds", "0"]

    sent = CliRunner().invoke(
        ecg, [*services, "upload", *map(str, (bad, good, cut, good))], env={"ECG_TOKEN": "secret-token"}
    )

    assert sent.exit_code == 1
    assert sent.stdout == f"{good}  accepted as key-1\n" * 2
    assert re.sub(r"byte \d+", "byte 17", sent.stderr).splitlines() == [
        f"{bad}: Channel Sensitivity (003A,0210) of channel 1 is 0, so that its samples have no size, at byte 17.",
        f"{cut}: Waveform Sequence (5400,0100) claims more bytes than there are, at byte 17.",
    ]
