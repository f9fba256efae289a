"""Has Python look for cycles of garbage seldom, and never among what a service is made of.

By default it looks through the young objects at every 700 more, and now and then through all of them. Of what is
under way in a service hardly anything is a cycle; looking for it is a tenth of the work and more. While modules are
imported it is a sixth of the time: a service imports this one first.
"""

import gc

# So many more objects than before make it look: some ten megabytes, where each is part of an event.
_YOUNG_OBJECTS = 10_000


def look_away() -> None:
    """Do not look, while the service is being made."""
    gc.disable()


def look_seldom() -> None:
    """Look, but less often than by default, and never at what is there now: modules, classes, the application."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(_YOUNG_OBJECTS, *gc.get_threshold()[1:])
