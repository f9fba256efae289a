"""``python -m query_api.audit``."""

from query_api.audit.command import audit

if __name__ == "__main__":
    audit(prog_name="python -m query_api.audit")
