"""What leans on the inside of FastAPI and Starlette; `tests/unit/libraries/test_fastapi.py` says on what."""
