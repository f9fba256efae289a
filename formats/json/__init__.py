"""Uploads as JSON: a fast way in for what is right, and one that explains what is wrong."""
