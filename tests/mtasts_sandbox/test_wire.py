"""Clients that nobody here wrote, on the real ports 53, 443 and 25 of a network namespace."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.namespaces import Namespace, namespace
from tests.patience import PATIENCE

pytestmark = pytest.mark.needs("namespaces")

# `mta-sts-query` as it is, but for its four seconds: a busy machine may take longer.
_MAIN = "from postfix_mta_sts_resolver import defaults; defaults.TIMEOUT = {}\n"
_MAIN += "from postfix_mta_sts_resolver.__main__ import main; main()"
QUERY = [sys.executable, "-c", _MAIN.format(PATIENCE)]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Namespace, Path]]:
    state = tmp_path_factory.mktemp("state")
    with namespace() as ns:
        module = [sys.executable, "-m", "tests.mtasts_sandbox.serve_memory_world"]
        process = ns.start([*module, str(state), "53", "443", "25", "example.com", "example.net"])
        assert process.stdout is not None
        assert process.stdout.readline() == "53 443 25\n"
        yield ns, state


def test_mta_sts_query_prints_the_policy(served: tuple[Namespace, Path]) -> None:
    """postfix-mta-sts-resolver's own client finds the TXT and fetches the policy, knowing nothing of a sandbox."""
    ns, state = served
    done = ns.run([*QUERY, "example.com"], env={"SSL_CERT_FILE": str(state / "ca.pem")})
    assert (done.returncode, done.stderr) == (0, "")
    policy = {"mx": ["mx1.example.com"], "version": "STSv1", "mode": "testing", "max_age": 86400}
    assert done.stdout.strip() == f"(<STSFetchResult.VALID: 1>, ('a1', {policy}))"


def test_mta_sts_query_without_the_sandbox_ca_is_refused(served: tuple[Namespace, Path]) -> None:
    """Whoever does not trust the sandbox CA does not get a policy: the check above can fail."""
    ns, _ = served
    done = ns.run([*QUERY, "example.com"], env={"SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"})
    assert "STSFetchResult.FETCH_ERROR" in done.stdout


def test_mta_sts_query_of_a_domain_without_policy(served: tuple[Namespace, Path]) -> None:
    """A name in the zone that has no `_mta-sts` record is NXDOMAIN, which the client reads as no policy."""
    ns, state = served
    done = ns.run([*QUERY, "sub.example.com"], env={"SSL_CERT_FILE": str(state / "ca.pem")})
    assert "STSFetchResult.NONE" in done.stdout


def test_stub_resolver_and_smtplib(served: tuple[Namespace, Path]) -> None:
    """The C library's resolver and smtplib reach the MX host on port 25 by name and do STARTTLS."""
    ns, state = served
    script = (
        "import smtplib, ssl, socket\n"
        "print(sorted({a[4][0] for a in socket.getaddrinfo('mta-sts.example.com', 443)}))\n"
        "s = smtplib.SMTP('mx1.example.com', 25, timeout=300); s.starttls(context=ssl.create_default_context())\n"
        "print(s.ehlo()[0], s.sock.version()); print(s.quit()[0])\n"
    )
    patient = {"RES_OPTIONS": "timeout:30 attempts:3"}
    done = ns.run([sys.executable, "-c", script], env={"SSL_CERT_FILE": str(state / "ca.pem"), **patient})
    assert done.stdout.splitlines() == ["['127.0.0.1', '::1']", "250 TLSv1.3", "221"], done.stderr
