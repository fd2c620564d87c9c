"""`ready` for pipelines: its document as a part of a comment."""

from mtasts.render.ci.parts import Block, Part, PartState, worst
from mtasts.render.ci.verify import reasons
from mtasts.render.markdown import code, md
from mtasts.render.verdict.document import ReadDocument, ReadDomain
from mtasts.verdict.criterion import ReadyState

_WELL = (ReadyState.READY, ReadyState.LOOK)


def part(document: ReadDocument, stack: str) -> Part:
    """The domains of a stack that `ready --json` judged."""
    blocks = tuple(_block(domain) for domain in document.domains)
    ready = sum(block.state is PartState.PASSED for block in blocks)
    where = f" of {stack}" if stack else ""
    headline = f"{ready} of {len(blocks)} domains{where} are ready for their next step."
    return Part("ready", stack, "ready", worst(blocks), headline, "", blocks)


def _block(domain: ReadDomain) -> Block:
    rows = ["| criterion | have | need | missing | from |", "|---|---|---|---|---|"]
    for one in domain.criteria:
        missing = one.accepted or one.missing or ("" if one.met else "not met")
        cells = (code(one.code), md(str(one.have)), md(str(one.need)), md(missing), md(one.when or ""))
        rows.append(f"| {' | '.join(cells)} |")
    said = reasons(domain.reasons or domain.to_look)
    return Block(
        subject=domain.domain,
        state=PartState.PASSED if domain.state in _WELL else PartState.BLOCKED,
        # The verdict's own word comes first: `mtasts notify` tells a change of it, not of the numbers behind it.
        summary=f"{domain.state}: {said}" if said else domain.state.value,
        markdown="\n".join(rows) if domain.criteria else "",
    )
