"""Who vouches for a report mail: DKIM signatures verified now against DNS, or the word of the operator's own server.

RFC 8460 s5.3: a report mail without a valid signature of the reporting domain must be ignored; here it is kept, but
marked. `s=tlsrpt` in the key record is not asked for (receivers MAY ignore keys without it, and the largest reporters
sign with their general keys). A key that is meant for something else proves nothing. Signatures with `l=` are refused:
anything could have been appended.
"""

import logging
import re
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from mtasts.extras import need
from mtasts.live.dkim_keys import KeyRecords, NoAnswerError
from mtasts.live.dkim_signature import NotValid, signer
from mtasts.live.network import Network

_SIGNATURES_LIMIT = 5  # each costs a look-up and a hash of the body; honest mails have one to three


@dataclass(frozen=True, slots=True)
class Vouchers:
    """The domains whose signature holds, in order; `trouble` says why others could not be judged, `refused` why not."""

    domains: tuple[str, ...]
    trouble: str = ""  # DNS gave no answer: try again later, nothing is proven either way
    refused: str = ""


class Voucher(Protocol):
    """Anything that can say whose mail this is."""

    def vouch(self, raw: bytes, results: tuple[str, ...]) -> Vouchers:
        """`raw` is the whole mail, `results` its Authentication-Results headers, top-most first."""

    def close(self) -> None:
        """Let go of what it holds."""


class NoVoucher:
    """Looks at nothing (`--no-dkim`)."""

    def vouch(self, raw: bytes, results: tuple[str, ...]) -> Vouchers:
        """Nobody vouches."""
        return Vouchers(())

    def close(self) -> None:
        """Nothing to let go of."""


# For servers that write no authserv-id, as Exchange does: no server can have this name.
NAMELESS_SERVER = "-"


class TrustedResults:
    """Believes the `Authentication-Results` of one named server (RFC 8601), the operator's own.

    Only the top-most header of that name counts: the server puts its own on top, and must strip forged ones anyway.
    `NAMELESS_SERVER` stands for one that breaks RFC 8601 s2.2 and writes no name: then only the top-most header of all
    counts, and only if it has none.
    """

    def __init__(self, authserv_id: str) -> None:
        self._authserv_id = authserv_id.strip().lower()

    def vouch(self, raw: bytes, results: tuple[str, ...]) -> Vouchers:
        """The domains (header.d, else that of header.i) of each `dkim=pass` in that header."""
        if self._authserv_id == NAMELESS_SERVER:
            return self._of_nameless(results)
        for value in results:
            plain = _without_comments(value)
            identifier, _, rest = plain.partition(";")
            words = identifier.split()
            if words and words[0].strip('"').lower() == self._authserv_id:
                return Vouchers(tuple(_passes(rest)), refused="no dkim=pass in it")
        return Vouchers((), refused=f"no Authentication-Results of {self._authserv_id}")

    @staticmethod
    def _of_nameless(results: tuple[str, ...]) -> Vouchers:
        plain = _without_comments(results[0]) if results else ""
        if "=" not in plain.partition(";")[0]:
            name = f": it is of {plain.split()[0].rstrip(';')[:80]}" if plain.split() else ""
            return Vouchers((), refused=f"no Authentication-Results without a server's name on top{name}")
        return Vouchers(tuple(_passes(plain)), refused="no dkim=pass in it")

    def close(self) -> None:
        """Nothing to let go of."""


def _passes(rest: str) -> list[str]:
    found = []
    for result in rest.split(";"):
        if re.match(r"\s*dkim\s*=\s*pass\b", result, re.IGNORECASE):
            domain = re.search(r"\bheader\.d\s*=\s*\"?([^\s\";]+)", result, re.IGNORECASE)
            identity = re.search(r"\bheader\.i\s*=\s*\"?[^\s\";@]*@([^\s\";]+)", result, re.IGNORECASE)
            match = domain or identity
            if match:
                found.append(match[1].lower())
    return found


def _without_comments(value: str) -> str:
    """RFC 5322 comments removed, and what could end a result taken out of quoted strings: `;` or `dkim=pass` inside
    either means nothing. An unclosed comment hides the rest.
    """
    kept: list[str] = []
    depth = 0
    quoted = False
    for character in value:
        if character == '"' and depth == 0:
            quoted = not quoted
        elif quoted:
            kept.append(character if character.isalnum() or character in ".-_@" else "")
        elif character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif depth == 0:
            kept.append(character)
    return "".join(kept)


class DkimVerifier:
    """Verifies signatures with dkimpy; keys are asked of the resolver of `network`, within a budget of time.

    `timeout` is for one exchange, in seconds; a mail costs at most four of them.
    Raises CannotLook if dkimpy is not installed.
    """

    def __init__(self, network: Network, *, timeout: float = 2.0) -> None:
        need(["dkim"], "judging signatures")
        self._keys = KeyRecords(network, timeout=timeout)
        self._logger = logging.Logger("dkim")
        self._logger.addHandler(logging.NullHandler())

    def vouch(self, raw: bytes, results: tuple[str, ...]) -> Vouchers:
        """All domains with a valid signature. Never raises, whatever the mail."""
        import dkim  # noqa: PLC0415 - takes 60 ms to load

        domains: list[str] = []
        reasons: list[str] = []
        trouble = ""
        try:
            message = dkim.DKIM(raw, logger=self._logger, tlsrpt=True)
            count = sum(1 for name, _ in message.headers if name.lower() == b"dkim-signature")
        except Exception as error:  # dkimpy raises beyond its own exceptions for hostile input
            return Vouchers((), refused=f"the mail's headers: {error}"[:200])
        if count == 0:
            return Vouchers((), refused="no DKIM signature")
        self._keys.begin_mail()
        for index in range(min(count, _SIGNATURES_LIMIT)):
            try:
                domains.append(signer(message, index, self._keys.at))
            except NoAnswerError as error:
                trouble = str(error)
            except NotValid as error:
                reasons.append(str(error)[:200])
            except Exception as error:  # as above
                reasons.append(f"signature {index + 1}: cannot be read ({type(error).__name__}: {error})"[:200])
        if count > _SIGNATURES_LIMIT:
            reasons.insert(0, f"of {count} signatures only the first {_SIGNATURES_LIMIT} were looked at")
        return Vouchers(tuple(domains), trouble, "" if domains else "; ".join(reasons))

    def close(self) -> None:
        """Close the event loop that asks DNS."""
        self._keys.close()

    def __enter__(self) -> "DkimVerifier":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
