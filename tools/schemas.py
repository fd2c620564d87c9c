"""Write the JSON Schemas under policies/ from mtasts/policy/editor_schema.py: `python -m tools.schemas`."""

import json
from pathlib import Path

from mtasts.policy.editor_schema import EDITOR_DEFAULTS_SCHEMA, EDITOR_POLICY_SCHEMA
from mtasts.policy.schema import Schema

POLICIES = Path(__file__).parent.parent / "policies"
FILES = {"schema.json": EDITOR_POLICY_SCHEMA, "defaults.schema.json": EDITOR_DEFAULTS_SCHEMA}


def text_of(schema: Schema) -> str:
    """The file's text: keys in the order of the source, so that a change reads well in a diff."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, schema in FILES.items():
        (POLICIES / name).write_text(text_of(schema), encoding="utf-8")
