"""Any JSON of ours that says something about domains, as parts: the document of parts itself, `verify` and `ready`.

`verify --json` and `ready --json` are older and say more than a part holds. They are read as bounded and as strictly as
parts, in the fields that are used.
"""

import msgspec
from msgspec import Struct

from mtasts.render.ci import ready, verify
from mtasts.render.ci.parts import DOCUMENT_BYTES_LIMIT, BadParts, Part, from_json, refusal
from mtasts.render.verdict import document as ready_json
from mtasts.render.verify import document as verify_json


class _Head(Struct):
    schema: str = ""
    version: int = 0


def parts_of(text: bytes, stack: str = "") -> tuple[Part, ...]:
    """The parts that a file says; raises BadParts. `stack` is for the documents that do not name theirs."""
    if len(text) > DOCUMENT_BYTES_LIMIT:
        raise BadParts(f"{len(text)} bytes; at most {DOCUMENT_BYTES_LIMIT} are read")
    try:
        head = msgspec.json.decode(text, type=_Head)
        if (head.schema, head.version) == (verify_json.SCHEMA, verify_json.SCHEMA_VERSION):
            return (verify.part(msgspec.json.decode(text, type=verify_json.ReadDocument), stack),)
        if (head.schema, head.version) == (ready_json.SCHEMA, ready_json.SCHEMA_VERSION):
            return (ready.part(msgspec.json.decode(text, type=ready_json.ReadDocument), stack),)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise refusal(error) from None
    return from_json(text)
