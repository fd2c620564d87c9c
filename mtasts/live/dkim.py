"""Signatures of report mails, verified now against DNS.

RFC 8460 s5.3: a report mail without a valid signature of the reporting domain must be ignored; here it is kept, but
marked. `s=tlsrpt` in the key record is not asked for (receivers MAY ignore keys without it, and the largest reporters
sign with their general keys). A key that is meant for something else proves nothing. Signatures with `l=` are refused:
anything could have been appended.
"""

import logging
from types import TracebackType

from mtasts.live.dkim_keys import KeyRecords, NoAnswerError
from mtasts.live.dkim_signature import NotValid, signer
from mtasts.live.network import Network
from mtasts.live.vouchers import Vouchers

_SIGNATURES_LIMIT = 5  # each costs a look-up and a hash of the body; honest mails have one to three


class DkimVerifier:
    """Verifies signatures with dkimpy; keys are asked of the resolver of `network`, within a budget of time.

    `timeout` is for one exchange, in seconds; a mail costs at most four of them.
    """

    def __init__(self, network: Network, *, timeout: float = 2.0) -> None:
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
