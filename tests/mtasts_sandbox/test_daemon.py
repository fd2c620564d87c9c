"""The daemon's life: started, found, killed, started again with all it held, and gone without a trace."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import boto3
import dns.message
import dns.query
import pytest
from botocore.exceptions import ClientError

from mtasts.errors import CannotLook
from mtasts_sandbox import client
from mtasts_sandbox.control import ask, socket_path
from mtasts_sandbox.folder import PORTS, Settings, holder, read_settings, state_folder, take_lock
from mtasts_sandbox.zones import zones_of
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.signals import with_sigint


@pytest.fixture
def folder(tmp_path):
    """A state folder; whatever runs on it is stopped at the end."""
    state = tmp_path / "state"
    yield state
    client.down(state)


@pytest.fixture
def sandbox(folder):
    """A running sandbox with two zones."""
    running, started = client.up(folder, ephemeral=True)
    assert started
    running.add_zones([("example.com", "route53", "ZCOM"), ("example.net", "cloudflare", "cfnet")])
    return running


def answers(sandbox, name, kind="TXT"):
    query = dns.message.make_query(name, kind)
    response = dns.query.udp(query, "127.0.0.1", port=sandbox.ports["dns"], timeout=PATIENCE)
    return sorted(str(record) for rrset in response.answer for record in rrset)


def aws(sandbox, service):
    environment = sandbox.environment()
    return boto3.client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_REGION"],
    )


def test_up_serves_and_down_leaves_nothing(folder):
    """All ports answer while it runs; then no process, no socket, no port; `down` again is fine."""
    # Ports that nobody else is given, so that they are free afterwards.
    sandbox, _ = client.up(folder, ports={name: free_port() for name in PORTS})
    assert set(sandbox.ports) == set(PORTS)
    assert holder(folder) == sandbox.pid
    for name, port in sandbox.ports.items():
        if name != "smtp":  # mail servers have addresses of their own
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
    assert client.down(folder) is True
    assert holder(folder) is None
    assert not socket_path(folder).exists()
    assert not Path(f"/proc/{sandbox.pid}").exists()
    for port in sandbox.ports.values():
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port), PATIENCE)
    assert client.down(folder) is False


def test_a_second_up_finds_the_first(sandbox, folder):
    """The same process; asked for other ports it says so and leaves it as it is."""
    again, started = client.up(folder)
    assert (again.pid, started) == (sandbox.pid, False)
    again, started = client.up(folder, ports={"dns": sandbox.ports["dns"], "https": 0})
    assert (again.pid, started) == (sandbox.pid, False)
    with pytest.raises(CannotLook, match="runs already, without dns port 1, 50 names per certificate"):
        client.up(folder, ports={"dns": 1}, certificate_names=50)


def test_two_that_start_at_once_are_one(folder, monkeypatch):
    """Whoever loses the race finds the winner, also when that takes its time until it answers."""
    # The first look of each of three finds nobody, nor do the first looks of two that lost.
    too_early, find = iter(range(5)), client.find
    monkeypatch.setattr(client, "find", lambda state: find(state) if next(too_early, None) is None else None)
    found = []
    threads = [threading.Thread(target=lambda: found.append(client.up(folder, ephemeral=True))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({sandbox.pid for sandbox, _ in found}) == 1
    assert len(found) == 3


def test_who_only_looks_keeps_nobody_from_starting(folder):
    """Whoever asks again and again whether a sandbox runs holds its lock again and again."""
    take_lock(folder).close()
    enough = threading.Event()

    def look() -> None:
        while not enough.is_set():
            holder(folder)

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(50):
            take_lock(folder).close()
    finally:
        enough.set()
    for looker in lookers:
        looker.join()
    with take_lock(folder), pytest.raises(CannotLook, match="another sandbox runs on"):
        take_lock(folder)


def test_a_daemon_that_has_just_taken_the_lock_is_waited_for(folder):
    """Until it has written its number: nobody takes it for a process 0, which would be everybody."""
    with take_lock(folder) as lock:
        lock.truncate(0)
        writes = threading.Timer(0.1, lambda: (lock.write("4711"), lock.flush()))
        writes.start()
        assert holder(folder) == 4711
        writes.join()


def test_two_sandboxes_are_two_clouds(sandbox, tmp_path):
    """With folders and ports of their own, they hold nothing in common."""
    other, _ = client.up(tmp_path / "other", ephemeral=True)
    try:
        sandbox.set_records("t.example.com", "TXT", ["here"])
        other.add_zone("example.com", "route53", "ZCOM")
        assert (answers(sandbox, "t.example.com"), answers(other, "t.example.com")) == (['"here"'], [])
        assert not set(sandbox.ports.values()) & set(other.ports.values())
    finally:
        client.down(tmp_path / "other")


@pytest.mark.parametrize("name", ["dns", "https", "smtp", "aws", "cloudflare", "api"])
def test_a_port_in_use_is_named(folder, name):
    """With what wanted it, and how to choose another; nothing is left running."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotLook) as error:
            client.up(folder, ports={name: port}, ephemeral=True)
    assert f"port {port}" in error.value.message
    assert "in use" in error.value.message
    assert f"--{name}-port" in error.value.hint
    assert holder(folder) is None


def test_a_folder_that_cannot_be_used_is_named(tmp_path):
    """A file in its place, and damaged state."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(CannotLook, match=str(tmp_path / "file")):
        client.up(tmp_path / "file" / "state", ephemeral=True)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "state.sqlite").write_bytes(b"x" * 5000)
    with pytest.raises(CannotLook, match="the sandbox's state cannot be used") as error:
        client.up(tmp_path / "damaged", ephemeral=True)
    assert error.value.hint == "`mtasts sandbox reset` forgets it"
    client.reset(tmp_path / "damaged")
    client.up(tmp_path / "damaged", ephemeral=True)
    client.down(tmp_path / "damaged")


def test_a_long_path_has_its_socket_elsewhere(tmp_path):
    """A unix socket's path has a limit; the folder's has not."""
    folder = tmp_path / ("x" * 120)
    assert socket_path(folder).parent != folder
    sandbox, _ = client.up(folder, ephemeral=True)
    assert client.running(folder).pid == sandbox.pid
    client.down(folder)
    assert not socket_path(folder).exists()


def test_a_start_is_remembered(folder):
    """Ports and quota of the last start hold for the next; what is asked for now wins; rubbish counts as nothing."""
    port = free_port()
    client.up(folder, ephemeral=True, ports={"dns": port}, certificate_names=50)
    client.down(folder)
    sandbox, _ = client.up(folder)
    assert sandbox.ports["dns"] == port
    assert sandbox.status()["settings"]["certificate_names"] == 50
    client.down(folder)
    other = free_port()
    assert client.up(folder, ports={"dns": other})[0].ports["dns"] == other
    client.down(folder)
    (folder / "settings.json").write_text("{}[")
    assert read_settings(folder) == Settings()


def test_the_cloud_survives_down_and_up(sandbox, folder):
    """Records and every version of an object, with its id and time: the bucket is the ledger."""
    sandbox.set_records("t.example.com", "TXT", ["kept"])
    sandbox.set_records("t.example.net", "TXT", ["kept too"])
    sandbox.add_mail("mx1.example.com", count=2)
    web = sandbox.add_web("pages.example.com", b"version: STSv1\r\n", hosts=["mta-sts.example.com"])
    s3 = aws(sandbox, "s3")
    s3.create_bucket(Bucket="ledger")
    s3.put_bucket_versioning(Bucket="ledger", VersioningConfiguration={"Status": "Enabled"})
    for number in ("1", "2"):
        s3.put_object(Bucket="ledger", Key="k", Body=f"text {number}".encode(), Metadata={"id": number})
    before = versions(s3)
    authority = (folder / "ca.pem").read_bytes()
    client.down(folder)
    again, started = client.up(folder)
    assert started
    assert answers(again, "t.example.com") == ['"kept"']
    assert answers(again, "t.example.net") == ['"kept too"']
    assert answers(again, "mx1.example.com", "A") == ["127.0.1.1", "127.0.1.2"]
    assert answers(again, "pages.example.com", "A") == [web]
    socket.create_connection((web, again.ports["https"]), PATIENCE).close()
    s3 = aws(again, "s3")
    assert versions(s3) == before
    assert [s3.head_object(Bucket="ledger", Key="k", VersionId=each[0])["Metadata"]["id"] for each in before] == [
        "2",
        "1",
    ]
    assert (folder / "ca.pem").read_bytes() == authority


def versions(s3):
    found = s3.list_object_versions(Bucket="ledger")["Versions"]
    return [(each["VersionId"], each["LastModified"], each["IsLatest"], each["ETag"]) for each in found]


def test_a_killed_daemon_loses_nothing_it_answered(sandbox, folder):
    """SIGKILL at any moment: all calls that were answered are there, and the next `up` needs no help."""
    answered = []

    def write() -> None:
        for number in range(10_000):
            try:
                sandbox.set_records(f"t{number}.example.com", "TXT", [str(number)])
            except CannotLook:
                return
            answered.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    while len(answered) < 50:
        assert writer.is_alive()
        time.sleep(0.01)
    os.kill(sandbox.pid, signal.SIGKILL)
    writer.join()
    assert client.find(folder) is None
    again, started = client.up(folder)
    assert started
    assert again.status()["holds"]["names with records"] >= len(answered)
    assert [answers(again, f"t{number}.example.com") for number in answered[-3:]] == [
        [f'"{number}"'] for number in answered[-3:]
    ]


def test_a_stale_pid_is_nobody(folder):
    """A lock file that a killed daemon left names a process that may be anybody's: it is never touched."""
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        folder.mkdir()
        (folder / "daemon.lock").write_text(str(sleeper.pid))
        assert holder(folder) is None
        assert client.down(folder) is False
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_daemon_that_hangs_is_stopped_all_the_same(sandbox, folder, monkeypatch):
    """When it does not end by itself, `down` ends it by force."""
    monkeypatch.setattr(client, "_STOP_SECONDS", 0.5)
    os.kill(sandbox.pid, signal.SIGSTOP)
    monkeypatch.setattr(client, "ask", lambda path, request, timeout=1.0: ask(path, request, 0.2))
    assert client.down(folder) is True
    assert holder(folder) is None


def test_reset_forgets_what_it_holds_but_not_its_zones(sandbox, folder):
    """Running or not: records, buckets and the engine's state are gone, zones (while it runs) and authority stay."""
    sandbox.set_records("t.example.com", "TXT", ["x"])
    aws(sandbox, "s3").create_bucket(Bucket="ledger")
    sandbox.fault("edge-down")
    (folder / "pulumi" / "state").write_text("x")
    authority = (folder / "ca.pem").read_bytes()
    assert client.reset(folder) is True
    assert answers(sandbox, "t.example.com") == []
    status = sandbox.status()
    assert {zone["name"] for zone in status["zones"]} == {"example.com", "example.net"}
    assert (status["holds"]["buckets"], status["faults"]) == (0, [])
    assert list((folder / "pulumi").iterdir()) == []
    gone = [event for event in sandbox.events() if event["kind"] == "gone"]
    assert [(event["name"], event["value"]) for event in gone] == [("t.example.com", "txt")]
    sandbox.set_records("t.example.com", "TXT", ["y"])
    client.down(folder)
    assert client.reset(folder) is False
    again, _ = client.up(folder)
    assert again.status()["zones"] == []
    assert again.events() == []
    assert (folder / "ca.pem").read_bytes() == authority


def test_the_environment_is_all_that_others_need(sandbox, folder):
    """Names that the engine, boto3 and our clients read, each with this sandbox's value."""
    environment = sandbox.environment()
    ports = sandbox.ports
    assert environment["PULUMI_DEBUG_PROVIDERS"] == f"aws:{ports['aws']},cloudflare:{ports['cloudflare']}"
    assert environment["PULUMI_BACKEND_URL"] == f"file://{folder}/pulumi"
    assert environment["MTASTS_RESOLVER"] == f"127.0.0.1:{ports['dns']}"
    assert Path(environment["MTASTS_CA_FILE"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert environment["MTASTS_CONNECT_TO"].split()[0] == f":443::{ports['https']}"
    assert environment["MTASTS_SANDBOX_DIR"] == str(folder)
    assert all(isinstance(value, str) for value in environment.values())


def test_boto3_changes_what_clients_see(sandbox):
    """Route 53 through AWS's API: published, logged, refused in AWS's words; CloudFront and ACM are read-only."""
    route53 = aws(sandbox, "route53")
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    assert (zone["Id"], zone["Name"]) == ("/hostedzone/ZCOM", "example.com.")
    record = {"Name": "d.example.com", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"drift"'}]}
    for action, expected in (("CREATE", ['"drift"']), ("DELETE", [])):
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId="ZCOM", ChangeBatch=batch)
        assert answers(sandbox, "d.example.com") == expected
    assert [event["kind"] for event in sandbox.events()] == ["txt", "gone"]
    with pytest.raises(ClientError, match=r"Tried to delete .* but it was not found"):
        route53.change_resource_record_sets(HostedZoneId="ZCOM", ChangeBatch=batch)
    assert aws(sandbox, "cloudfront").list_distributions()["DistributionList"].get("Items", []) == []
    assert aws(sandbox, "acm").list_certificates()["CertificateSummaryList"] == []
    with pytest.raises(ClientError, match="501"):
        aws(sandbox, "acm").request_certificate(DomainName="example.com")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        aws(sandbox, "s3").list_objects_v2(Bucket="nothing")


NONSENSE = [
    (b"\n", "not a request"),
    (b"{}\n", "not a request"),
    (b'{"op": "no-such"}\n', "not a request"),
    (b"[" * 5000 + b"\n", "not a request"),
    (b"\xff\xfe\n", "not a request"),
    (b'{"op": "zone"}\n', "zone: KeyError"),
    (b'{"op": "zone", "zones": [["a..b", "route53", "Z"]]}\n', "'a..b' is not a name"),
    (b'{"op": "zone", "zones": [["example.org", "route54", "Z"]]}\n', "'route54' is not a DNS provider"),
    (b'{"op": "zone", "zones": [["example.org", "route53", "Z/../.."]]}\n', "is not a zone id"),
    (b'{"op": "fault", "name": "slow", "value": "much"}\n', "fault: ValueError"),
    (b'{"op": "record", "name": "t.example.com", "type": "TXT", "ttl": "x"}\n', "record: ValueError"),
]


def test_whatever_is_said_to_it_gets_an_answer(sandbox):
    """A request that makes no sense is refused in a line, and the next one is answered."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(socket_path(sandbox.state_dir)))
        said = connection.makefile("rb")
        for request, part in NONSENSE:
            connection.sendall(request)
            refused = json.loads(said.readline())
            assert refused["ok"] is False
            assert part in refused["error"]
        connection.sendall(b'{"op": "status"}\n')
        assert json.loads(said.readline())["ok"] is True


def test_the_api_survives_rubbish(sandbox):
    """Bytes that are no HTTP, a body without end, a method nobody knows: that connection only."""
    for rubbish in (b"\0" * 100, b"GET\r\n\r\n", b"PUT /b/k HTTP/1.1\r\ncontent-length: -5\r\n\r\n", b"x" * 200_000):
        with socket.create_connection(("127.0.0.1", sandbox.ports["api"]), 5) as connection:
            connection.settimeout(5)
            try:
                connection.sendall(rubbish)
                connection.shutdown(socket.SHUT_WR)
                connection.recv(1000)
            except OSError:
                pass
    assert aws(sandbox, "s3").list_buckets()["Buckets"] == []


def test_records_may_have_names_that_hosts_may_not(sandbox):
    """Underscores and a wildcard in front; a U-label becomes an A-label; nonsense is told."""
    for name, asked in (
        ("_smtp._TLS.example.com", "_smtp._tls.example.com"),
        ("s1._domainkey.example.com", "s1._domainkey.example.com"),
        ("*.example.com", "*.example.com"),
        ("bücher.example.com", "xn--bcher-kva.example.com"),
    ):
        sandbox.set_records(name, "TXT", ["x"])
        assert answers(sandbox, asked) == ['"x"']
    for name in ("a_b.example.com", "_.example.com", "a..example.com", "x." * 200 + "example.com", "", "_mta-sts"):
        with pytest.raises(CannotLook):
            sandbox.set_records(name, "TXT", ["x"])


def test_where_the_state_is(tmp_path):
    """--dir, then $MTASTS_SANDBOX_DIR, then the user's state folder."""
    assert state_folder(tmp_path, {"MTASTS_SANDBOX_DIR": "/x"}) == tmp_path
    assert state_folder(None, {"MTASTS_SANDBOX_DIR": "/x", "XDG_STATE_HOME": "/s"}) == Path("/x")
    assert state_folder(None, {"XDG_STATE_HOME": "/s"}) == Path("/s/mtasts/sandbox")
    assert state_folder(None, {}) == Path("~/.local/state/mtasts/sandbox").expanduser()


def test_nothing_runs_says_how_to_start(folder):
    """The way out is in the hint."""
    with pytest.raises(CannotLook, match=f"no sandbox runs on {folder}") as error:
        client.running(folder)
    assert error.value.hint == "`mtasts sandbox up` starts it"


def policy(domain, provider, zone):
    return f"domain: {domain}\nmode: testing\nmx: [mx1.{domain}]\ndns: {{provider: {provider}, zone: '{zone}'}}\n" + (
        "tls_rpt: {rua: ['mailto:t@example.com']}\n"
    )


def write(folder, stack, *domains):
    (folder / stack).mkdir(parents=True)
    for domain, provider, zone in domains:
        (folder / stack / f"{domain}.yaml").write_text(policy(domain, provider, zone))


def test_zones_of_the_policies(tmp_path):
    """One for each zone id in all stacks, named by what its domains end in."""
    write(tmp_path, "prod", ("a.example.com", "route53", "Z1COM"), ("b.example.com", "route53", "Z1COM"))
    write(tmp_path, "staging", ("example.net", "cloudflare", "0" * 32), ("shop.example.net", "cloudflare", "0" * 32))
    (tmp_path / "empty").mkdir()
    assert zones_of(tmp_path) == [
        ("example.com", "route53", "Z1COM"),
        ("example.net", "cloudflare", "0" * 32),
    ]


def test_domains_that_cannot_share_a_zone_are_told(tmp_path):
    """Two organisations under one zone id is a mistake in the YAML."""
    write(tmp_path, "prod", ("example.com", "route53", "Z1COM"), ("example.org", "route53", "Z1COM"))
    with pytest.raises(CannotLook, match=r"zone Z1COM is named for example\.com and example\.org"):
        zones_of(tmp_path)


def test_a_ctrl_c_while_the_daemon_is_being_started_leaves_none(folder, monkeypatch):
    """Between its start and the moment in which its starter knows of it."""
    started = []

    def start(*words, **more):
        started.append(popen(*words, **more))
        signal.raise_signal(signal.SIGINT)
        return started[0]

    popen = subprocess.Popen
    monkeypatch.setattr(client.subprocess, "Popen", start)
    with with_sigint(), pytest.raises(KeyboardInterrupt):
        client.up(folder, ephemeral=True)
    (daemon,) = started
    assert daemon.returncode == -signal.SIGKILL
