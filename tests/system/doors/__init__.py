"""Every door of both APIs, tried at the running system."""
