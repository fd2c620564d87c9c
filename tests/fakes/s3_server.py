"""S3 over real HTTP for the tests: moto's server, in a thread."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

_numbers = count()


@contextmanager
def s3_server() -> Iterator[str]:
    """A server on a free port of loopback; its URL. AWS settings of the environment name it meanwhile."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it misses packages of services that are not used
        from moto.server import ThreadedMotoServer
    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield settings["AWS_ENDPOINT_URL"]
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        server.stop()


def new_bucket() -> str:
    """The name of a new, empty bucket."""
    import boto3

    name = f"reports-{os.getpid()}-{next(_numbers)}"
    boto3.client("s3").create_bucket(Bucket=name)
    return name
