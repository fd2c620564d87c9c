#!/bin/sh
# moto 5.2.5 with boto3 1.44.5 on Python 3.11: its Route 53 makes a second record set of one name and type beside the first.
#
# Guess: what moto takes, Route 53 takes too, at least where two record sets of one name and type are concerned: it answers
#        "Tried to create resource record set ... but it already exists", in AWS's own words.
# Seen: only for the very same values. With another value CREATE is taken, and the list then has two TXT sets of one name and
#       type, which cannot be in a zone of Route 53 (ChangeResourceRecordSets: CREATE of a set that exists is InvalidChangeBatch).
#       A CNAME beside a TXT is taken as well. So a test on moto passes for a program that Route 53 refuses half-way.
# Meaning for us: the sandbox judges each change batch by its own rules before moto sees it.
# Exit 0: still so. Exit 1: it changed.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "moto[route53]==5.2.5" "boto3==1.44.5" "botocore==1.44.5"
cat >seen.py <<'PY'
import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

with mock_aws():
    client = boto3.client("route53", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    zone = client.create_hosted_zone(Name="a.example", CallerReference="1")["HostedZone"]["Id"]

    def create(kind, value):
        record = {"Name": "h.a.example", "Type": kind, "TTL": 300, "ResourceRecords": [{"Value": value}]}
        batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        try:
            client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "taken"

    print("CREATE of TXT one:", create("TXT", '"one"'))
    print("CREATE of TXT one again:", create("TXT", '"one"'))
    print("CREATE of TXT two beside it:", create("TXT", '"two"'))
    print("CREATE of a CNAME beside both:", create("CNAME", "b.example"))
    listed = client.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    print("record sets at the name:", [each["Type"] for each in listed if each["Name"].startswith("h.")])
PY
venv/bin/python seen.py | tee seen.txt
grep -qx 'CREATE of TXT one again: InvalidChangeBatch' seen.txt
grep -qx 'CREATE of TXT two beside it: taken' seen.txt
grep -qx "record sets at the name: \['CNAME', 'TXT', 'TXT'\]" seen.txt
