"""Haystack with its telemetry off: the one module that imports it; every room takes its names from here.

Haystack decides about telemetry when it is imported, so the switch is set first; where a caller imported it before
us, the object that sends is dropped.
"""

from __future__ import annotations

import os

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "false"

import haystack.telemetry._telemetry as _telemetry  # noqa: E402
from haystack import Document, Pipeline, component, default_from_dict, default_to_dict  # noqa: E402
from haystack.core.errors import (  # noqa: E402
    ComponentDeserializationError,
    ComponentError,
    DeserializationError,
    PipelineError,
    PipelineRuntimeError,
)
from haystack.core.serialization import allow_deserialization_module  # noqa: E402
from haystack.dataclasses import ByteStream, ExtractedAnswer, SparseEmbedding  # noqa: E402
from haystack.document_stores.errors import DocumentStoreError, DuplicateDocumentError  # noqa: E402
from haystack.document_stores.types import DuplicatePolicy, FilterPolicy  # noqa: E402
from haystack.errors import FilterError as HaystackFilterError  # noqa: E402

_telemetry.telemetry = None
allow_deserialization_module("carrel.*")

__all__ = [
    "ByteStream",
    "ComponentDeserializationError",
    "ComponentError",
    "DeserializationError",
    "Document",
    "DocumentStoreError",
    "DuplicateDocumentError",
    "DuplicatePolicy",
    "ExtractedAnswer",
    "FilterPolicy",
    "HaystackFilterError",
    "Pipeline",
    "PipelineError",
    "PipelineRuntimeError",
    "SparseEmbedding",
    "component",
    "default_from_dict",
    "default_to_dict",
]
