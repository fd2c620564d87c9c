"""The CAA records that decide who may renew the policy host's certificate (RFC 8659 s3)."""

from mtasts.live.resolver import Resolver
from mtasts.verify.model import Answer, AnswerKind


async def find_caa(host: str, resolver: Resolver) -> Answer:
    """The relevant CAA RRset: the first found climbing from `host` to the top; the last empty answer when none is.

    Trouble on the way ends the climb: a CA may then not issue either, or may not have seen it.
    """
    labels = host.split(".")
    answer = Answer(host, "CAA", AnswerKind.NO_DATA)
    for start in range(len(labels)):
        # Only the host and the mail domain are this look's own; what is above them, many share.
        ask = resolver.ask if start > 1 else resolver.ask_once
        found = await ask(".".join(labels[start:]), "CAA")
        if start == len(labels) - 1 and found.trouble == "REFUSED":
            # A server that does not recurse (a rehearsal's, the sandbox's) refuses the top-level domain of its zones.
            return answer
        answer = found
        if not answer.absent:
            return answer
    return answer
