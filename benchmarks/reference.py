"""The usual way to solve the same task: one FastAPI process, a pydantic body, SQLite, the count in the request.

No log of events, no second process, no replica; SQLite at its default durability. `python -m benchmarks.reference
PORT FILE`
"""

import json
import sqlite3
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import numpy as np
import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel

TABLES = """
    CREATE TABLE IF NOT EXISTS ecgs (id TEXT PRIMARY KEY, date TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS leads (ecg_id TEXT NOT NULL REFERENCES ecgs (id), name TEXT NOT NULL,
        number_of_samples INTEGER, signal TEXT NOT NULL, zero_crossings INTEGER NOT NULL,
        PRIMARY KEY (ecg_id, name));"""


class Lead(BaseModel):
    """One lead."""

    name: str
    number_of_samples: int | None = None
    signal: list[int]


class Ecg(BaseModel):
    """An upload."""

    id: str
    date: datetime
    leads: list[Lead]


class Insight(BaseModel):
    """What was counted in a lead."""

    name: str
    zero_crossings: int


def zero_crossings(signal: list[int]) -> int:
    """How often the sign of the non-zero samples changes."""
    samples = np.array(signal)
    signs = np.sign(samples[samples != 0])
    return int(np.count_nonzero(signs[1:] != signs[:-1]))


def create_app(file: str) -> FastAPI:
    """The application, with its database in this file."""
    with sqlite3.connect(file) as first:
        first.executescript(TABLES)

    def database() -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(file, check_same_thread=False, timeout=30)
        yield connection
        connection.close()

    Database = Annotated[sqlite3.Connection, Depends(database)]  # noqa: N806 - a type
    app = FastAPI()

    @app.post("/v1/ecgs", status_code=201)
    def create(ecg: Ecg, db: Database) -> dict[str, str]:
        rows = [
            (ecg.id, lead.name, lead.number_of_samples, json.dumps(lead.signal), zero_crossings(lead.signal))
            for lead in ecg.leads
        ]
        with db:
            db.execute("INSERT INTO ecgs VALUES (?, ?)", (ecg.id, ecg.date.isoformat()))
            db.executemany("INSERT INTO leads VALUES (?, ?, ?, ?, ?)", rows)
        return {"id": ecg.id}

    @app.get("/v1/ecgs/{ecg_id}/insights")
    def insights(ecg_id: str, db: Database) -> list[Insight]:
        found = db.execute("SELECT name, zero_crossings FROM leads WHERE ecg_id = ?", (ecg_id,)).fetchall()
        if not found:
            raise HTTPException(404)
        return [Insight(name=name, zero_crossings=value) for name, value in found]

    return app


if __name__ == "__main__":
    uvicorn.run(create_app(sys.argv[2]), port=int(sys.argv[1]), log_level="warning", access_log=False)
