"""Who calls, and how much they may: tokens, rates, and shares of what is scarce."""
