"""Vouchers for a report mail: nobody, or the operator's own server. `dkim` judges signatures."""

import re
from dataclasses import dataclass
from typing import Protocol


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
