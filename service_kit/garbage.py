"""Python's search for cycles of garbage, told that what a service is made of is none.

By default it looks through the young objects at every 700 more, and now and then through all of them. Of what is
under way in a service hardly anything is a cycle; looking for it is a tenth of the work and more.
"""

import gc

# So many more objects than before make it look: some ten megabytes, where each is part of an event.
_YOUNG_OBJECTS = 10_000


def look_seldom() -> None:
    """Look less often, and never at what is there now: modules, classes, the application."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, *gc.get_threshold()[1:])
