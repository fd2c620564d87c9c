"""The publication of a mail domain from before it came here, as its YAML tells it. Pure.

As long as the file means what that policy said, its very bytes are published under its very id: while the name of the
policy host moves, a sender may ask the old host or the new one, and has to get the same from both.
"""

from dataclasses import dataclass
from datetime import datetime

from mtasts.protocol.mta_sts import Policy, TxtRecord, read_policy
from mtasts.protocol.names import BadName, to_a_labels


@dataclass(frozen=True, slots=True)
class Adopted:
    """The id that DNS named, when it was looked at (aware), and the policy file as served, byte for byte in UTF-8.

    `text` is None where nothing was served that senders can use. Raises ValueError for an id or a text that senders
    cannot use (RFC 8461 s3.1, s3.2), and for a time without its zone.
    """

    id: str
    seen: datetime
    text: str | None = None

    def __post_init__(self) -> None:
        TxtRecord(self.id)
        if self.seen.utcoffset() is None:
            raise ValueError("the time at which it was seen has no time zone")
        reason = None if self.text is None else unusable(self.text)
        if reason is not None:
            raise ValueError(f"the text served: {reason}")

    def still_meant(self, policy: Policy) -> bool:
        """Whether `policy` asks for what the text says: mode, max_age, and the mx in their order."""
        served = None if self.text is None else read_policy(self.text.encode()).value
        if served is None:
            return False
        return (served.mode, served.max_age, patterns(served)) == (policy.mode, policy.max_age, policy.mx)


def unusable(text: str) -> str | None:
    """Why senders cannot use `text` as a policy (RFC 8461 s3.2, s3.3), or None if they can."""
    reading = read_policy(text.encode("utf-8", "surrogatepass"))
    if reading.value is not None:
        return None
    return next((problem.message for problem in reading.problems), "it cannot be read")


def patterns(served: Policy) -> tuple[str, ...]:
    """The mx patterns of a served policy as a policy file has them: in their one spelling, each once.

    Without those that cover no host at all: an address cannot (RFC 8461 s4.1 compares names).
    """
    return tuple(dict.fromkeys(spelled for pattern in served.mx if (spelled := _spelled(pattern)) is not None))


def _spelled(pattern: str) -> str | None:
    try:
        name = to_a_labels(pattern.removeprefix("*."))
    except BadName:
        return None
    return f"*.{name}" if pattern.startswith("*.") else name
