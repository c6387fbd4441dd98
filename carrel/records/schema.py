"""The tables of the records' database."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

HEAD = "0004"
"""The newest migration; a database that stands there is opened without importing Alembic."""

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("collection", String, nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("created", Float, nullable=False),
    Column("not_before", Float, nullable=False),
    Column("started", Float),
    Column("finished", Float),
    Column("attempts", Integer, nullable=False),
    Column("token", Integer, nullable=False),
    Column("host", String),
    Column("pid_space", String),
    Column("pid", Integer),
    Column("expires", Float),
    Column("cancelling", Boolean, nullable=False),
    Column("stage", String),
    Column("done", Integer),
    Column("total", Integer),
    Column("unit", String),
    Column("source", Text),
    Column("rate", Float),
    Column("remaining", Float),
    Column("updated", Float, nullable=False),
    Column("result", JSON),
    Column("error", Text),
    Index("jobs_by_state", "state", "id"),
    sqlite_autoincrement=True,
)
"""`token` grows whenever a job changes hands, so that a worker that was given up for dead cannot write to it any more;
`expires` is when its worker is given up, unless it says before that it lives. Times are seconds since the epoch."""

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("created", Float, nullable=False),
    Column("dataset", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("system", String, nullable=False),
    Column("plan", JSON, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("models", JSON, nullable=False),
    Column("versions", JSON, nullable=False),
    Column("collection", String),
    Column("content", String),
    Column("revision", Integer),
    Column("passages", Integer),
    Column("vectors", JSON),
    Column("metrics", JSON, nullable=False),
    Column("further", JSON, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("question_count", Integer, nullable=False),
    sqlite_autoincrement=True,
)
"""Runs of evaluations; `content` names the sources that the collection held, `plan` what it takes to do it again."""

run_questions = Table(
    "run_questions",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("id", String, nullable=False),
    Column("query", Text, nullable=False),
    Column("measured", JSON, nullable=False),
    Column("details", JSON, nullable=False),
)

run_collections = Table(
    "run_collections",
    metadata,
    Column("content", String, primary_key=True),
    Column("sources", LargeBinary, nullable=False),
)
"""What collections held when they were measured, once for all runs: source to version and passages, as packed JSON."""

labels = Table(
    "labels",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("identity", String, nullable=False, unique=True),
    Column("collection", String, nullable=False),
    Column("question_id", String),
    Column("question", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("version", String, nullable=False),
    Column("start", Integer),
    Column("end", Integer),
    Column("origin", String, nullable=False),
    Column("created", Float, nullable=False),
    Index("labels_by_source", "collection", "source", "version"),
    sqlite_autoincrement=True,
)
"""What people say answers a question: the characters [start, end) of a version of a source, or null, "no answer".
`identity` is a hash of all of that, so that the same label is kept once; `origin` names where it came from."""

asked = Table(
    "asked",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("identity", String, nullable=False, unique=True),
    Column("collection", String, nullable=False),
    Column("question", Text, nullable=False),
    Column("filters", JSON(none_as_null=True)),
    Column("asked", Float, nullable=False),
    Column("times", Integer, nullable=False),
    Column("abstained", Boolean, nullable=False),
    Column("answer", Text, nullable=False),
    Column("source", Text),
    Column("confidence", Float),
    Column("doubt", Float, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("settled", Float),
    Index("asked_by_time", "collection", "asked"),
    Index("asked_by_doubt", "collection", "settled", "doubt"),
    sqlite_autoincrement=True,
)
"""The questions of a collection, each with its filter once: when it was asked last, what was answered, and how much
doubt there is about it, from 0 to 1. `settled` is when a person has labelled it, or passed it over."""
