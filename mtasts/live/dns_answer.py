"""One DNS response judged: found, no such name, no data, or trouble. Pure."""

from mtasts.live import dns_wire
from mtasts.live.dns_wire import Message, Record
from mtasts.verify.model import Answer, AnswerKind, Dnssec

CHAIN_LIMIT = 8  # CNAMEs followed; BIND and Unbound stop in the same region
VALUES_LIMIT = 200  # records of one RRset; names with more, of tens of services, have TXT records only
CUT = "chain goes on elsewhere"


def read_answer(name: str, rdtype: str, response: Message) -> Answer:
    """Judge one response. A NODATA whose CNAME chain leads out of the server's zones has trouble `CUT`."""
    dnssec = Dnssec.SECURE if response.flags & dns_wire.AD else Dnssec.UNKNOWN
    if response.rcode not in ("NOERROR", "NXDOMAIN"):
        return Answer(name, rdtype, AnswerKind.TROUBLE, trouble=response.rcode)
    chain, records, ttl = _follow(response, rdtype)
    if len(chain) > CHAIN_LIMIT:
        trouble = "CNAME chain too long or a loop"
        return Answer(name, rdtype, AnswerKind.TROUBLE, chain=chain[:CHAIN_LIMIT], trouble=trouble)
    if len(records) > VALUES_LIMIT:
        # Some of them would be a wrong answer, so it is none.
        trouble = f"{len(records)} records, more than the {VALUES_LIMIT} that are read"
        return Answer(name, rdtype, AnswerKind.TROUBLE, chain=chain, trouble=trouble)
    if records:
        values, pieces = _values(records)
        return Answer(name, rdtype, AnswerKind.FOUND, values, ttl, chain, dnssec, pieces=pieces)
    if response.rcode == "NXDOMAIN":
        return Answer(name, rdtype, AnswerKind.NO_NAME, ttl=ttl, chain=chain, dnssec=dnssec)
    if not chain and not _says_no_data(response):
        # A referral or an empty answer from a server that does not serve the zone ("lame").
        return Answer(name, rdtype, AnswerKind.TROUBLE, trouble="no answer for this zone (lame server)")
    cut = CUT if chain and not _says_no_data(response) else ""
    return Answer(name, rdtype, AnswerKind.NO_DATA, ttl=ttl, chain=chain, dnssec=dnssec, trouble=cut)


def _says_no_data(response: Message) -> bool:
    """RFC 2308 s2.2: an SOA, or no authority at all from a server that recurses or has authority."""
    kinds = {record.type for record in response.authority}
    if dns_wire.SOA in kinds:
        return True
    if any(record.type == dns_wire.CNAME for record in response.answer):
        return bool(response.flags & dns_wire.RA)
    return dns_wire.NS not in kinds and bool(response.flags & (dns_wire.AA | dns_wire.RA))


def _follow(response: Message, rdtype: str) -> tuple[tuple[str, ...], list[Record], int | None]:
    """The CNAMEs from the question's name within this response, the records at their end, and the least TTL."""
    wanted = dns_wire.NUMBERS[rdtype]
    by_owner: dict[tuple[str, int], list[Record]] = {}
    for record in response.answer:
        by_owner.setdefault((record.owner, record.type), []).append(record)
    owner = response.question[0] if response.question else ""
    chain: list[str] = []
    ttl: int | None = None
    while len(chain) <= CHAIN_LIMIT:
        records = by_owner.get((owner, wanted), [])
        alias = by_owner.get((owner, dns_wire.CNAME), [])
        here = records or alias[:1]
        if here:
            least = min(record.ttl for record in here)
            ttl = least if ttl is None else min(ttl, least)
        if records or not alias:
            return tuple(chain), records, ttl
        owner = "" if alias[0].value == "." else alias[0].value
        chain.append(alias[0].value)
    return tuple(chain), [], ttl


def _values(records: list[Record]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The values in an order of their own, since servers shuffle them; MX by preference."""
    if records[0].type == dns_wire.TXT:
        texts = sorted((record.value, record.pieces) for record in records)
        return tuple(text for text, _ in texts), tuple(count for _, count in texts)
    if records[0].type == dns_wire.MX:
        return tuple(sorted((r.value for r in records), key=lambda value: (int(value.split(" ")[0]), value))), ()
    return tuple(sorted(record.value for record in records)), ()
