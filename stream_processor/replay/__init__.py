"""Dead letters, shown without what they hold, and put back on the topic they came from."""
