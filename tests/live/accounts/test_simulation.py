"""Which identity is simulated, for which caller."""

import pytest

from mtasts.errors import CannotLook
from mtasts.live.accounts import aws
from mtasts.live.accounts.simulation import principal_of, refused
from mtasts.providers.rights import Need
from tests.fakes.iam_server import ROLE, SESSION, iam_server

MAY_READ = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}]}


def test_a_sessions_role_with_its_path() -> None:
    """IAM tells the path that the session's ARN lacks; a user is what it is; root cannot be asked for."""
    user = "arn:aws:iam::111122223333:user/a"
    with iam_server(MAY_READ) as environ:
        client = aws.client("iam", environ)
        assert principal_of(SESSION, client) == ROLE
        assert principal_of(user, client) == user
        with pytest.raises(CannotLook):
            principal_of("arn:aws:iam::111122223333:root", client)
    with iam_server(None) as environ:
        assert principal_of(SESSION, aws.client("iam", environ)) == "arn:aws:iam::111122223333:role/mtasts-prod"


def test_questions_are_answered_one_by_one() -> None:
    """Several of one resource in one call, each with its own answer, in the order of the questions."""
    needs = [
        Need("s3:PutObject", "arn:aws:s3:::a/b", {}, "x"),
        Need("s3:GetObject", "arn:aws:s3:::a/b", {}, "x"),
        Need("s3:GetObject", "arn:aws:s3:::c/d", {}, "x"),
    ]
    with iam_server(MAY_READ) as environ:
        assert refused(needs, ROLE, aws.client("iam", environ)) == (needs[0], needs[2])
