"""Domains (d=) whose key signs the mail of all customers of a provider: such a signature vouches for no organization.

Data, with the reason of each row in words. Whoever can open a mailbox, or an account for sending, has his mail signed
by it; what is below such a domain is of the same provider, and counts the same.
"""

from types import MappingProxyType
from typing import Final

from mtasts.protocol.registrable import is_within

_MAILBOXES: Final = "mailboxes that anybody can open"
_SENDING: Final = "a service that sends for its customers and signs with its own key beside theirs"
_TENANTS: Final = "names that a service gives to each of its customers"

GENERAL_KEYS: Final = MappingProxyType(
    {
        "gmail.com": _MAILBOXES,
        "googlemail.com": _MAILBOXES,
        "gappssmtp.com": _TENANTS,
        "outlook.com": _MAILBOXES,
        "hotmail.com": _MAILBOXES,
        "live.com": _MAILBOXES,
        "msn.com": _MAILBOXES,
        "onmicrosoft.com": _TENANTS,
        "yahoo.com": _MAILBOXES,
        "ymail.com": _MAILBOXES,
        "rocketmail.com": _MAILBOXES,
        "aol.com": _MAILBOXES,
        "icloud.com": _MAILBOXES,
        "me.com": _MAILBOXES,
        "mac.com": _MAILBOXES,
        "comcast.net": _MAILBOXES,
        "mail.ru": _MAILBOXES,
        "bk.ru": _MAILBOXES,
        "inbox.ru": _MAILBOXES,
        "list.ru": _MAILBOXES,
        "yandex.ru": _MAILBOXES,
        "yandex.com": _MAILBOXES,
        "ya.ru": _MAILBOXES,
        "gmx.net": _MAILBOXES,
        "gmx.de": _MAILBOXES,
        "gmx.com": _MAILBOXES,
        "gmx.at": _MAILBOXES,
        "gmx.ch": _MAILBOXES,
        "web.de": _MAILBOXES,
        "mail.com": _MAILBOXES,
        "t-online.de": _MAILBOXES,
        "proton.me": _MAILBOXES,
        "protonmail.com": _MAILBOXES,
        "pm.me": _MAILBOXES,
        "fastmail.com": _MAILBOXES,
        "messagingengine.com": _SENDING,
        "zoho.com": _MAILBOXES,
        "zohomail.com": _MAILBOXES,
        "tutanota.com": _MAILBOXES,
        "tuta.com": _MAILBOXES,
        "posteo.de": _MAILBOXES,
        "mailbox.org": _MAILBOXES,
        "seznam.cz": _MAILBOXES,
        "libero.it": _MAILBOXES,
        "orange.fr": _MAILBOXES,
        "free.fr": _MAILBOXES,
        "laposte.net": _MAILBOXES,
        "qq.com": _MAILBOXES,
        "163.com": _MAILBOXES,
        "126.com": _MAILBOXES,
        "naver.com": _MAILBOXES,
        "amazonses.com": _SENDING,
        "sendgrid.net": _SENDING,
        "sendgrid.com": _SENDING,
        "mailgun.org": _SENDING,
        "mailgun.com": _SENDING,
        "mandrillapp.com": _SENDING,
        "mcsv.net": _SENDING,
        "sparkpostmail.com": _SENDING,
        "mailjet.com": _SENDING,
        "mtasv.net": _SENDING,
        "postmarkapp.com": _SENDING,
        "sendinblue.com": _SENDING,
        "brevo.com": _SENDING,
        "smtp2go.com": _SENDING,
        "salesforce.com": _SENDING,
        "exacttarget.com": _SENDING,
        "hubspotemail.net": _SENDING,
    }
)


def general_key(signer: str) -> str:
    """Why the key of this d= (lower-case A-labels) vouches for nobody in particular, in words; "" where it does."""
    return next((why for domain, why in GENERAL_KEYS.items() if is_within(signer, domain)), "")
