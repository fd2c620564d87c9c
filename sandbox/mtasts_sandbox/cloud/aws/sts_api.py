"""STS: who the caller is, and a role of another account. Forms: AWS STS API reference, read 2026-11."""

from datetime import timedelta
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from mtasts_sandbox.cloud import accounts
from mtasts_sandbox.cloud.cloud import Cloud
from mtasts_sandbox.cloud.context import ACCOUNT, now, stamp

Answer = tuple[int, dict[str, str], str]
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_META = "<ResponseMetadata><RequestId>sandbox</RequestId></ResponseMetadata>"


def answer(cloud: Cloud, key: str, body: bytes) -> Answer:
    """Status, headers and body. `key`: the access key by which the request was signed."""
    asked = {name: values[0] for name, values in parse_qs(body.decode("latin-1")).items()}
    caller = accounts.of_key(key) or ACCOUNT
    match asked.get("Action"):
        case "GetCallerIdentity":
            user = f"arn:aws:sts::{caller}:assumed-role/mtasts/mtasts"
            return _result("GetCallerIdentity", f"<Arn>{user}</Arn><UserId>{key}</UserId><Account>{caller}</Account>")
        case "AssumeRole":
            return _assumed(cloud, asked.get("RoleArn", ""), caller)
        case action:
            return 501, {"content-type": "text/plain"}, f"the sandbox's STS does not do {action}"


def _assumed(cloud: Cloud, arn: str, caller: str) -> Answer:
    account = accounts.account_of_role(cloud, arn)
    if account is None:
        who = f"arn:aws:iam::{caller}:user/sandbox"
        message = f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {escape(arn)}"
        told = f"<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{message}</Message></Error>"
        text = f'<ErrorResponse xmlns="{_NAMESPACE}">{told}<RequestId>sandbox</RequestId></ErrorResponse>'
        return 403, {"content-type": "text/xml"}, text
    key, until = accounts.key_for(account), stamp(now() + timedelta(hours=1))
    credentials = (
        f"<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>sandbox</SecretAccessKey>"
        f"<SessionToken>sandbox</SessionToken><Expiration>{until}</Expiration>"
    )
    return _result("AssumeRole", f"<Credentials>{credentials}</Credentials>")


def _result(action: str, told: str) -> Answer:
    body = f"<{action}Result>{told}</{action}Result>{_META}"
    return 200, {"content-type": "text/xml"}, f'<{action}Response xmlns="{_NAMESPACE}">{body}</{action}Response>'
