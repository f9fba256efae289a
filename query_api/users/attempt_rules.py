"""How many wrong passwords are taken: some at once, and then one after each wait, which doubles up to a minute.

Three counts, each of 15 minutes:

- of an account at one address: who types a password wrongly goes on for a while, and then waits;
- of an account at all addresses together where it never signed in: many who share the guessing;
- of an address, over all accounts that never signed in there: one who tries a password on everybody. How many of these
  are free is a setting, as many people may be behind one address.

An account at an address where it did sign in is held to the first alone. So nobody elsewhere can lock its owner out,
and no neighbour at the same address either who guesses at others. What is refused for a wait is not counted.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass

# NIST SP 800-63B, section 3.2.2, names waits that grow, from half a minute to an hour. A minute bounds the guesses at
# an account to some 25 in 15 minutes, and is what its owner waits at most.
LONGEST_SECONDS = 60
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Rule:
    """`free`: how many are taken at once, before waits begin."""

    free: int

    def wait(self, tried_at: Collection[int], now: int) -> int:
        """Seconds until the next is taken, where these were; 0: now.

        Instants are in µs since the epoch, of clocks that may differ.
        """
        beyond = len(tried_at) - self.free
        if beyond < 0:
            return 0
        pause = LONGEST_SECONDS if beyond >= LONGEST_SECONDS.bit_length() else 2**beyond
        # Where another host's clock is ahead nobody waits for longer.
        passed = max(0, now - max(tried_at, default=0)) / _SECOND
        return max(0, math.ceil(pause - passed))


# More than a person mistypes in a row.
ACCOUNT_AT_ADDRESS = Rule(10)
# What one address can do to it and two more: only who has several makes others wait.
ACCOUNT = Rule(30)
