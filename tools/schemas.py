"""Write the JSON Schemas under policies/ from mtasts/policy/editor_schema.py: `python -m tools.schemas`."""

from pathlib import Path

from mtasts.policy.editor_schema import EDITOR_DEFAULTS_SCHEMA, EDITOR_POLICY_SCHEMA
from mtasts.policy.schema import text_of

POLICIES = Path(__file__).parent.parent / "policies"
FILES = {"schema.json": EDITOR_POLICY_SCHEMA, "defaults.schema.json": EDITOR_DEFAULTS_SCHEMA}


if __name__ == "__main__":
    for name, schema in FILES.items():
        (POLICIES / name).write_text(text_of(schema), encoding="utf-8")
