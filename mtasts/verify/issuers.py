"""The CAA domain of a certificate's issuer, for the CAs that policy hosts really use.

The CAA identifiers are those of the CAs' own certification practice statements. A CA that is not listed is not known,
which is said, never guessed.
"""

from mtasts.protocol.directory_name import organization

# organisation (O= of the issuer, lower case) -> CAA issuer domains it accepts
_DOMAINS = {
    "let's encrypt": {"letsencrypt.org"},
    "amazon": {"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"},
    "google trust services": {"pki.goog"},
    "google trust services llc": {"pki.goog"},
    "digicert inc": {"digicert.com", "digicert.ne.jp", "www.digicert.com", "symantec.com", "geotrust.com",
                     "rapidssl.com", "thawte.com"},
    "digicert, inc.": {"digicert.com", "www.digicert.com"},
    "sectigo limited": {"sectigo.com", "comodo.com", "comodoca.com", "usertrust.com", "trust-provider.com"},
    "zerossl": {"sectigo.com", "zerossl.com"},
    "globalsign nv-sa": {"globalsign.com"},
    "entrust, inc.": {"entrust.net", "affirmtrust.com"},
    "godaddy.com, inc.": {"godaddy.com", "starfieldtech.com"},
    "starfield technologies, inc.": {"starfieldtech.com", "godaddy.com"},
    "ssl corporation": {"ssl.com"},
    "buypass as-983163327": {"buypass.com", "buypass.no"},
    "actalis s.p.a.": {"actalis.it"},
    "harica": {"harica.gr"},
    "hellenic academic and research institutions ca": {"harica.gr"},
    "swisssign ag": {"swisssign.com", "swisssign.net", "swissign.com", "swisssign.ch"},
    "certum": {"certum.pl", "certum.eu"},
    "asseco data systems s.a.": {"certum.pl", "certum.eu"},
    "microsoft corporation": {"microsoft.com"},
    "cloudflare, inc.": {"digicert.com"},
}  # fmt: skip


def caa_domains(issuer: str) -> frozenset[str] | None:
    """The CAA domains of the CA with this RFC 4514 issuer name, or None for a CA that is not listed."""
    found = _DOMAINS.get(organization(issuer).lower())
    return None if found is None else frozenset(found)
