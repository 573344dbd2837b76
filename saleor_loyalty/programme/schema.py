"""The document's shape as JSON Schema, for editors and for those who write documents."""

from functools import cache
from typing import Any

from saleor_loyalty.programme.document import Programme


@cache
def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a programme, the same in every process of this version."""
    schema = Programme.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
