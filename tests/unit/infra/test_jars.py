import hashlib
import re
from pathlib import Path

import pytest

from infra.engines.jars import LOCK, POM, check, listing
from infra.errors import SetupError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("kafka/b.jar", "kafka/a.jar", "cassandra/a.jar"):
        jar = tmp_path / name
        jar.parent.mkdir(exist_ok=True)
        jar.write_bytes(name.encode())
    return tmp_path


def test_listing_is_sorted_and_hashed(folder: Path) -> None:
    names = ["cassandra/a.jar", "kafka/a.jar", "kafka/b.jar"]
    assert listing(folder) == "".join(f"{hashlib.sha256(n.encode()).hexdigest()}  {n}\n" for n in names)


def test_the_locked_jars_pass(folder: Path) -> None:
    check(folder, listing(folder))


def test_a_changed_a_missing_and_a_new_jar_are_named(folder: Path) -> None:
    locked = listing(folder)
    (folder / "kafka" / "a.jar").write_bytes(b"changed")
    (folder / "kafka" / "b.jar").unlink()
    (folder / "kafka" / "c.jar").write_bytes(b"new")

    with pytest.raises(SetupError, match=r"not the locked ones.*: kafka/a\.jar, kafka/b\.jar, kafka/c\.jar$"):
        check(folder, locked)


def test_the_lock_holds_the_versions_of_the_pom_and_no_address() -> None:
    locked = LOCK.read_text()
    for engine, jar in (("kafka", "kafka_2.13"), ("cassandra", "cassandra-all")):
        version = re.search(rf"<{engine}\.version>(.*)<", POM.read_text())
        assert version is not None
        assert f"  {engine}/{jar}-{version[1]}.jar\n" in locked
    assert all(
        re.fullmatch(r"[0-9a-f]{64}  (kafka|cassandra)/[^/]+\.jar", line) for line in locked.splitlines()
    )
