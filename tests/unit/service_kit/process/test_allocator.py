"""What one request has freed, the next takes without new pages of the machine."""

import platform
import subprocess
import sys

import pytest

# New pages in ten rounds of as many buffers as a few uploads hold at once, after a first round.
PROGRAM = """
import resource, sys
from service_kit.process import allocator

def new_pages(rounds):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(rounds):
        held = [bytes(200_000) for _ in range(30)]
        del held
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if "keep" in sys.argv:
    allocator.keep()
new_pages(1)
print(new_pages(10))
"""
BUFFERS_PAGES = 30 * 200_000 // 4_096


def pages(*arguments: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, check=True, text=True
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators are left as they are")
def test_freed_buffers_are_used_again() -> None:
    assert pages("keep") < BUFFERS_PAGES < pages()
