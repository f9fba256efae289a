"""Uploads as an Arrow IPC stream: each row is a lead."""
