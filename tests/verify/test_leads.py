"""Where a policy host is led, by what DNS says and what its addresses answer."""

import pytest

from mtasts.verify.leads import Leads, leads
from mtasts.verify.model import Answer, AnswerKind, LookOutcome, PolicyFetch, Trouble

OURS = "d111111abcdef8.cloudfront.net"
HOST = "mta-sts.example.com"
SILENT = PolicyFetch(OURS, "192.0.2.1", LookOutcome.FAILED, (Trouble("connect-timeout", "it does not answer"),))
ANOTHER = PolicyFetch(OURS, "192.0.2.1", LookOutcome.FAILED, (Trouble("certificate-wrong-name", "for another"),))
PROVEN = PolicyFetch(OURS, "192.0.2.1", LookOutcome.FAILED, (Trouble("not-found", "404"),), status=404)
FAR = PolicyFetch(OURS, "2001:db8::1", LookOutcome.UNREACHABLE, (Trouble("unreachable-from-here", "no way there"),))


def found(*values, name=HOST, kind="A", chain=()):
    return Answer(name, kind, AnswerKind.FOUND if values else AnswerKind.NO_DATA, values, chain=chain)


TROUBLE = Answer(HOST, "AAAA", AnswerKind.TROUBLE, trouble="SERVFAIL")
OWN = (found("203.0.113.7", name=OURS),)


@pytest.mark.parametrize(
    ("host", "asked", "says"),
    [
        ([found("192.0.2.1", chain=(OURS,))], [ANOTHER], Leads.HERE),
        ([found("192.0.2.1", chain=(OURS,)), TROUBLE], [], Leads.HERE),
        # Two answers of one CDN need not have an address in common: what is proven counts.
        ([found("192.0.2.1")], [PROVEN], Leads.HERE),
        ([found("203.0.113.7")], [ANOTHER], Leads.HERE),
        ([found("192.0.2.1")], [ANOTHER], Leads.ELSEWHERE),
        ([found("192.0.2.1"), found("2001:db8::1", kind="AAAA")], [ANOTHER, FAR], Leads.ELSEWHERE),
        # CloudFront serves the name from the distribution that has it, whichever distribution DNS names.
        ([found("192.0.2.1", chain=("d222222abcdef8.cloudfront.net",))], [PROVEN], Leads.HERE),
        ([found(), found(kind="AAAA")], [], Leads.ELSEWHERE),
        ([found("192.0.2.1")], [SILENT], Leads.UNKNOWN),
        ([found("192.0.2.1")], [FAR], Leads.UNKNOWN),
        ([found("192.0.2.1"), TROUBLE], [ANOTHER], Leads.UNKNOWN),
        ([TROUBLE, TROUBLE], [], Leads.UNKNOWN),
    ],
)
def test_where_a_policy_host_is_led(host, asked, says):
    """Elsewhere only where nothing speaks for the web host here, and everything that could was asked."""
    assert leads(host, OURS, OWN, asked) is says
