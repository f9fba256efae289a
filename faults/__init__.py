"""Faults, a driver that uploads through them, and an oracle that says afterwards what was lost or came twice."""
