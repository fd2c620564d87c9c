"""Names of mailboxes as IMAP writes them: modified UTF-7 (RFC 3501 s5.1.3, RFC 9051 appendix A.1)."""

import base64


def mailbox_name(name: str) -> str:
    """A name in ASCII: `Berichte für TLS` becomes `Berichte f&APw-r TLS`, and `&` becomes `&-`."""
    written: list[str] = []
    pending = ""
    for character in name:
        if " " <= character <= "~":
            written.append(_shifted(pending) + ("&-" if character == "&" else character))
            pending = ""
        else:
            pending += character
    return "".join(written) + _shifted(pending)


def _shifted(text: str) -> str:
    if not text:
        return ""
    packed = base64.b64encode(text.encode("utf-16-be", "surrogatepass")).decode().rstrip("=")
    return f"&{packed.replace('/', ',')}-"
