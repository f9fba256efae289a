"""What is said of security names tests that are there, has every number of the standards once, and leads somewhere."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from infra.access.cassandra_rights import RIGHTS
from infra.paths import REPOSITORY
from query_api.audit.sealing import Seal
from query_api.cursors import load_cursor_key
from query_api.devices.pairing import load_pairing_key
from query_api.keys.folder import KeyFolder
from query_api.oidc.sealing import Seals
from query_api.users.refresh_tokens import load_session_key
from schemas.topics import TOPICS

THREATS, RISKS, ASVS, DATA, LAWS = (
    REPOSITORY / "SECURITY.md",
    REPOSITORY / "docs" / "security.md",
    REPOSITORY / "docs" / "asvs.md",
    REPOSITORY / "docs" / "data-protection.md",
    REPOSITORY / "docs" / "regulations.md",
)
PAGES = (THREATS, RISKS, ASVS, DATA, LAWS)
TEST = re.compile(r"`((?:unit|system)/[\w/]+\.py)(?:::(\w+))?`")
LINK = re.compile(r"\]\(([^)\s]+)\)")

# Of ASVS 5.0.0, how many requirements level 1 and level 2 have in each section; they are the first ones of it.
SECTIONS = {
    "V1.1": (0, 2), "V1.2": (5, 9), "V1.3": (2, 11), "V1.4": (0, 3), "V1.5": (1, 2),
    "V2.1": (1, 3), "V2.2": (2, 3), "V2.3": (1, 4), "V2.4": (0, 1),
    "V3.2": (2, 2), "V3.3": (1, 4), "V3.4": (2, 6), "V3.5": (3, 5), "V3.7": (0, 2),
    "V4.1": (1, 3), "V4.2": (0, 1), "V4.3": (0, 2), "V4.4": (1, 4),
    "V5.1": (0, 1), "V5.2": (2, 3), "V5.3": (2, 2), "V5.4": (0, 3),
    "V6.1": (1, 3), "V6.2": (8, 12), "V6.3": (2, 4), "V6.4": (2, 4), "V6.5": (0, 5), "V6.6": (0, 3), "V6.8": (0, 4),
    "V7.1": (0, 3), "V7.2": (4, 4), "V7.3": (0, 2), "V7.4": (2, 5), "V7.5": (0, 2), "V7.6": (0, 2),
    "V8.1": (1, 2), "V8.2": (2, 3), "V8.3": (1, 1), "V8.4": (0, 1),
    "V9.1": (3, 3), "V9.2": (1, 4),
    "V10.1": (0, 2), "V10.2": (0, 2), "V10.3": (0, 4), "V10.4": (5, 11), "V10.5": (0, 5), "V10.6": (0, 2),
    "V10.7": (0, 3),
    "V11.1": (0, 2), "V11.2": (0, 3), "V11.3": (2, 3), "V11.4": (1, 4), "V11.5": (0, 1), "V11.6": (0, 1),
    "V12.1": (1, 3), "V12.2": (2, 2), "V12.3": (0, 4),
    "V13.1": (0, 1), "V13.2": (0, 5), "V13.3": (0, 2), "V13.4": (1, 5),
    "V14.1": (0, 2), "V14.2": (1, 4), "V14.3": (1, 3),
    "V15.1": (1, 3), "V15.2": (1, 3), "V15.3": (1, 7),
    "V16.1": (0, 1), "V16.2": (0, 5), "V16.3": (0, 4), "V16.4": (0, 3), "V16.5": (0, 3),
    "V17.1": (0, 1), "V17.2": (0, 4), "V17.3": (0, 2),
}  # fmt: skip
SAFEGUARDS = (
    "(a)(1)", "(a)(2)(i)", "(a)(2)(ii)", "(a)(2)(iii)", "(a)(2)(iv)", "(b)", "(c)(1)", "(c)(2)", "(d)",
    "(e)(1)", "(e)(2)(i)", "(e)(2)(ii)",
)  # fmt: skip
ARTICLES = ("15", "16", "17", "18", "19", "20", "21", "22", "25", "30", "32", "33", "34", "35")


def table(page: Path, columns: int, first: str) -> list[list[str]]:
    """The cells of the rows of so many columns whose first cell is like this."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split(" |")]
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    return [row for row in rows if len(row) == columns and re.fullmatch(first, row[0])]


REQUIREMENTS = table(ASVS, 6, r"V[\d.]+")


@cache
def functions(path: Path) -> set[str]:
    """The names of the functions of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@cache
def anchors(path: Path) -> set[str]:
    """What a link into a page may end with."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_is_named_is_there(page: Path) -> None:
    named = TEST.findall(page.read_text(encoding="utf-8"))
    assert named
    for file, function in named:
        path = REPOSITORY / "tests" / file
        assert path.exists(), file
        assert not function or (function.startswith("test_") and function in functions(path)), (
            f"{file}::{function}"
        )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert links
    for link in links:
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), link
        assert not anchor or anchor in anchors(path), link


def test_each_requirement_of_the_standard_is_there_once_with_its_level() -> None:
    assert (sum(first for first, _ in SECTIONS.values()), sum(all_ for _, all_ in SECTIONS.values())) == (
        70,
        253,
    )
    assert [(row[0], row[1]) for row in REQUIREMENTS] == [
        (f"{section}.{number}", "1" if number <= of_level_1 else "2")
        for section, (of_level_1, of_both) in SECTIONS.items()
        for number in range(1, of_both + 1)
    ]


def test_what_is_held_names_a_test_and_the_rest_says_why() -> None:
    for number, _, matter, status, said, tests in REQUIREMENTS:
        assert matter, number
        assert status != "held" or TEST.search(tests), number
        assert status == "held" or said, number


def test_the_page_counts_its_requirements() -> None:
    told = {row[0]: int(row[2]) for row in table(ASVS, 3, "held|partly|open|with who runs it|not here")}
    assert told == Counter(row[3] for row in REQUIREMENTS)


def test_each_risk_is_there_once_and_tested() -> None:
    rows = table(RISKS, 4, r"API\d+")
    assert [row[0] for row in rows] == [f"API{number}" for number in range(1, 11)]
    assert all(TEST.search(row[3]) for row in rows)


def test_each_kind_of_threat_is_there_and_each_is_tested_or_open() -> None:
    rows = table(THREATS, 4, "[A-Z]")
    assert {row[0] for row in rows} == set("STRIDE")
    assert [row[1] for row in rows if not TEST.search(row[3]) and "**open**" not in row[2]] == []


def test_each_safeguard_and_each_article_is_there_once() -> None:
    assert tuple(row[0] for row in table(LAWS, 5, r"\(.*\)")) == SAFEGUARDS
    assert tuple(row[0] for row in table(LAWS, 5, r"\d+")) == ARTICLES


def test_every_topic_and_every_table_is_classified() -> None:
    rows = table(DATA, 4, "topic.*|tables? .*")
    named = [name for row in rows for name in re.findall(r"`([\w.]+)`", row[0])]
    assert sorted(named) == sorted([*(topic.name for topic in TOPICS), *RIGHTS, "schema_versions"])
    classes = {row[0] for row in table(DATA, 6, "health|identity|secret|operation")}
    assert {row[1] for row in rows} <= classes


def test_every_file_of_the_keys_folder_is_in_both_pages(tmp_path: Path) -> None:
    KeyFolder(tmp_path)
    for make in (load_cursor_key, load_pairing_key, load_session_key):
        make(tmp_path)
    Seal(tmp_path)
    Seals(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert len(names) >= 7
    for page in (DATA, REPOSITORY / "docs" / "keys.md"):
        text = page.read_text(encoding="utf-8")
        assert [name for name in names if f"| `{name}`" not in text] == []
