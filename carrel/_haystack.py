"""Haystack with its telemetry off: the one module that imports it; every room takes its names from here.

Haystack decides about telemetry when it is imported, so the switch is set first; where a caller imported it before
us, the object that sends is dropped.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "false"

from haystack import Document, Pipeline, component, default_from_dict, default_to_dict
from haystack.core.errors import (
    ComponentDeserializationError,
    ComponentError,
    DeserializationError,
    PipelineError,
    PipelineRuntimeError,
)
from haystack.core.serialization import allow_deserialization_module
from haystack.dataclasses import ByteStream, ExtractedAnswer, SparseEmbedding
from haystack.document_stores.errors import DocumentStoreError, DuplicateDocumentError
from haystack.document_stores.types import DuplicatePolicy, FilterPolicy
from haystack.errors import FilterError as HaystackFilterError
from haystack.telemetry import _telemetry

_telemetry.telemetry = None
allow_deserialization_module("carrel.*")


def in_memory_store() -> Any:
    """Return Haystack's own store in memory, which Carrel is measured beside."""
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    return InMemoryDocumentStore()


def transformers_reader(folder: Path) -> Any:
    """Return Haystack's extractive reader for a folder of weights, on the CPU, which Carrel's is measured beside."""
    from haystack.utils import ComponentDevice
    from haystack_integrations.components.readers.transformers import (
        TransformersExtractiveReader,
    )

    reader = TransformersExtractiveReader(model=str(folder), device=ComponentDevice.from_str("cpu"), token=None)
    reader.warm_up()
    return reader


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
    "in_memory_store",
    "transformers_reader",
]
