"""Input of every look at mail domains: which domains, and through which network."""

from collections.abc import Iterable, Iterator, Mapping

from mtasts.errors import CannotLook
from mtasts.live import tls
from mtasts.live.network import Network, parse_endpoint
from mtasts.protocol.names import BadName, to_a_labels


def network_over(environ: Mapping[str, str], given: Network) -> Network:
    """`given`, and what it leaves open as the environment says. Raises CannotLook where the network cannot be used."""
    base = Network.from_environment(environ)
    if given.resolver:
        parse_endpoint(given.resolver, "--resolver")
    network = Network(
        resolver=given.resolver or base.resolver,
        ca_file=given.ca_file or base.ca_file,
        connect_to=(*given.connect_to, *base.connect_to),
        families=given.families,
        public_only=given.public_only or base.public_only,
    )
    tls.verifying(network.ca_file)  # a CA file that cannot be read is reported now, not when the first host answers
    return network


def mail_domains(named: Iterable[str], lines: Iterable[tuple[str, str]] = ()) -> list[str]:
    """The mail domains as A-labels, each once, in the order given; `lines` are words with their place in a file.

    Raises CannotLook with the place of a bad one.
    """
    domains: dict[str, None] = {}
    for text, place in (*((text, "") for text in named), *lines):
        try:
            domains[to_a_labels(text)] = None
        except BadName as error:
            raise CannotLook(f"{place}{text!r:.100} is not a mail domain: it {error}", "e.g. example.com") from None
    return list(domains)


def lines_of(text: str, name: str) -> Iterator[tuple[str, str]]:
    """The words of a list of domains, one a line, `#` begins a comment; with `name:line: ` as the place of each."""
    for number, line in enumerate(text.splitlines(), start=1):
        if word := line.split("#", 1)[0].strip():
            yield word, f"{name}:{number}: "
