"""Troubles by code: what was seen, its usual cause, the fix, and the source of the rule."""

# Met at the MTA-STS and at the TLS-RPT record alike: only the check knows which of them is to be fixed.
OF_EITHER_RECORD = frozenset({"no-record", "several-records"})

# code: (meaning, usual cause, fix, source)
TROUBLES = {
    # DNS
    "dns-trouble": (
        "DNS gave no answer: SERVFAIL, a time-out, a refusal or garbage. That is never the same as \"no record\".",
        "The zone's servers are down or unreachable, its signatures are broken, or the resolver has trouble.",
        "Ask the zone's servers one by one (`dig @SERVER NAME TYPE`), and check DNSSEC; then look again.",
        "RFC 8461 s3.1",
    ),
    "lame-server": (
        "A server named in the zone's NS records does not serve the zone.",
        "The server was retired or never set up, and its NS record was left behind.",
        "Set the zone up there, or take the server out of the NS records (and of the parent's).",
        "RFC 1034 s4.2.2",
    ),
    "server-silent": (
        "One of the zone's authoritative servers did not answer this machine.",
        "It is down, or a firewall keeps direct DNS questions from leaving here.",
        "Look from elsewhere; if it is down, repair it or take it out of the NS records.",
        "RFC 1034 s4.1",
    ),
    "host-absent": (
        "The policy host `mta-sts.<domain>` has no address.",
        "The record was never published, or was removed before the TXT record.",
        "Publish its address records or CNAME; on retiring a domain remove the TXT first, the host last.",
        "RFC 8461 s3.3",
    ),
    "issuer-unknown": (
        "CAA records restrict who may issue, and it is not known here which CAA name the present CA answers to.",
        "A small or private CA.",
        "Compare the CA's documented CAA name with the records by hand.",
        "RFC 8659 s4.2",
    ),
    "domain-from-wildcard": (
        "A wildcard answers for the mail domain, which has no records of its own.",
        "The zone has `*` records above it; the first record below the domain would end their answers for it.",
        "Write at the domain, as its own, every record that the wildcard gives it (MX, addresses, SPF); then publish.",
        "RFC 4592 s2.2.1",
    ),
    "wildcard-ended": (
        "The mail domain has no records, and a wildcard above it does not answer for it either.",
        "Something was published below it, `_mta-sts` perhaps, which made the name exist.",
        "Write at the domain, as its own, the records that the wildcard gives its neighbours.",
        "RFC 4592 s2.2.1",
    ),
    "name-from-wildcard": (
        "A wildcard answers for a name of the publication; no record stands there.",
        "The zone has `*` records for web hosts or SPF.",
        "Nothing to correct: publishing creates the name, and what is created wins over the wildcard.",
        "RFC 4592 s2.2.1",
    ),
    "caa-forbids-amazon": (
        "CAA records keep Amazon from issuing the certificate of a policy host that this project publishes.",
        "The zone names the CAs that it uses, and Amazon is not among them; or a critical property is unknown.",
        "Add CAA `0 issue \"amazon.com\"` beside the others, take out such a property; TTLs have to pass.",
        "RFC 8659 s4",
    ),
    "bad-name": (
        "The name cannot be used in TLS.",
        "An empty or over-long label in the name.",
        "Correct the name in DNS.",
        "RFC 6066 s3",
    ),
    # Reaching
    "not-public": (
        "The address is not one of the public Internet: private, loopback, link-local, documentation and the like. "
        "With --public-only it is left alone, and counts as unknown.",
        "An inside address in public DNS, a placeholder, or a name that is to lead a look into somebody's network.",
        "Publish public addresses; to look from inside on purpose, leave --public-only and MTASTS_PUBLIC_ONLY out.",
        "RFC 6890",
    ),
    "not-looked-at": (
        "A bound of this program left it out, so nothing was learned of it. It counts as unknown.",
        "More MX hosts, addresses or name servers than any domain needs; what lies beyond is not looked at.",
        "Publish fewer; of addresses, look at one family at a time, with --ipv4 and then with --ipv6.",
        "ours",
    ),
    "unreachable-from-here": (
        "This machine has no way there, so nothing was learned of the other side. It counts as unknown.",
        "No IPv6 here, no route, or a firewall of this network (many providers block port 25).",
        "Look from a host that can get there; for MX hosts: `mtasts probe` there, `--probe-evidence FILE` here.",
        "ours",
    ),
    "connection-refused": (
        "The address answered, and nothing listens on the port.",
        "The service is down, or an old address was left in DNS.",
        "Start it, or take the address out of DNS.",
        "RFC 8461 s3.3",
    ),
    "connection-lost": (
        "The connection was closed in the middle.",
        "A crash, a middlebox, or a server that dislikes the client.",
        "See the server's log at the time of the look.",
        "RFC 8461 s3.3",
    ),
    "connection-failed": (
        "The connection failed in another way than refusal or time-out.",
        "See the text of the finding.",
        "See the server's log at the time of the look.",
        "RFC 8461 s3.3",
    ),
    "connect-timeout": (
        "Nothing answered the attempt to connect.",
        "The host is down, or packets are dropped on the way. Where no connection to port 25 ever succeeded in the "
        "run it counts as unknown: the port may be blocked from here.",
        "Try `nc -v HOST PORT` from elsewhere; open the firewall, or take the address out of DNS.",
        "RFC 8461 s3.3",
    ),
    "too-slow": (
        "The connection came up, but the conversation did not end within --timeout.",
        "An overloaded or tarpitting server. Senders wait at most a minute for a policy, some only 4 seconds.",
        "Find what holds it up; the finding names the step.",
        "RFC 8461 s3.3",
    ),
    # Certificates
    "certificate-expired": (
        "The certificate, or an intermediate it needs, is past its last day.",
        "Renewal failed, or the server was not reloaded after it, perhaps at one of several addresses only.",
        "Renew and reload; watch the days left at every address.",
        "RFC 8461 s4.2",
    ),
    "certificate-not-yet-valid": (
        "The certificate's first day is in the future.",
        "A clock that is wrong, at the CA or here.",
        "Check the clocks; reissue.",
        "RFC 8461 s4.2",
    ),
    "certificate-self-signed": (
        "The certificate vouches for itself; senders that enforce refuse it.",
        "The mail server's default certificate, never replaced.",
        "Get one from a public CA for exactly this host name.",
        "RFC 8461 s4.2",
    ),
    "certificate-chain-incomplete": (
        "The server sent its own certificate without the intermediate that issued it. Browsers may fetch it "
        "themselves, senders of mail do not.",
        "The file with the certificate alone was configured instead of the full chain.",
        "Configure the full chain (certbot: fullchain.pem): the server's certificate first, then every intermediate.",
        "RFC 8446 s4.4.2",
    ),
    "certificate-unknown-ca": (
        "The chain ends in a CA that senders do not know.",
        "A private CA, or a public one that has been distrusted.",
        "Get a certificate from a public CA.",
        "RFC 8461 s4.2",
    ),
    "certificate-too-weak": (
        "The key or a signature of the chain is too weak for present TLS libraries.",
        "An RSA key below 2048 bits, or SHA-1.",
        "Reissue with RSA 2048 or ECDSA P-256.",
        "RFC 9325 s4.2",
    ),
    "certificate-not-trusted": (
        "The chain does not verify, for the reason in the text.",
        "See the text of the finding.",
        "Get a certificate from a public CA and send the full chain.",
        "RFC 8461 s4.2",
    ),
    "certificate-wrong-name": (
        "None of the certificate's SAN dNSNames is the host's name. The CN does not count, and `*` stands for exactly "
        "one whole label.",
        "A default certificate (the server does not know the name in SNI), a certificate for the mail domain instead "
        "of the host, or an MX record that names an alias.",
        "Reissue for exactly the policy host's name, or the name in the MX record.",
        "RFC 8461 s4.2, RFC 9525 s6.3",
    ),
    "certificate-unreadable": (
        "The certificate cannot be decoded.",
        "A broken file or a home-made certificate.",
        "Reissue it.",
        "RFC 5280 s4.1",
    ),
    # TLS
    "tls-too-old": (
        "The server speaks only TLS versions that senders no longer accept.",
        "An old mail or web server, or an old configuration.",
        "Allow TLS 1.2 and 1.3.",
        "RFC 8461 s7.2",
    ),
    "tls-garbage": (
        "What came instead of a TLS handshake is not TLS.",
        "A service that speaks clear text on that port, or a middlebox.",
        "Turn TLS on at that port.",
        "RFC 8446 s4",
    ),
    "tls-handshake-failed": (
        "Both sides speak TLS but could not agree, for the reason in the text.",
        "No cipher in common, a demand for a client certificate, or a server that does not know the name in SNI.",
        "Allow the common ciphers and curves; serve the name in SNI or fall back to a default certificate.",
        "RFC 8461 s7.1",
    ),
    # HTTP
    "redirect": (
        "The policy URL answers with a redirect. Senders must not follow it, so they get no policy.",
        "A rule that sends every host or path to www, adds a slash, or changes the case.",
        "Answer 200 on exactly https://mta-sts.<domain>/.well-known/mta-sts.txt.",
        "RFC 8461 s3.3",
    ),
    "http-status": (
        "Only status 200 counts.",
        "A wrong path, a missing file, or a bot filter in front of the host.",
        "Serve the file at /.well-known/mta-sts.txt to every client.",
        "RFC 8461 s3.3",
    ),
    "http-malformed": (
        "The answer is not readable HTTP, or ended before its announced length.",
        "A broken server or proxy.",
        "Look with `curl --http1.1 -v`.",
        "RFC 9112",
    ),
    "media-type": (
        "The media type is not text/plain (charset UTF-8 or US-ASCII, if one is given). Some senders refuse it.",
        "Object storage serves application/octet-stream by default; an HTML page is an error page.",
        "Set Content-Type: text/plain; charset=utf-8.",
        "RFC 8461 s3.3",
    ),
    "content-encoding": (
        "The body came compressed although the request allowed no compression.",
        "A proxy that compresses always.",
        "Turn compression off for this file.",
        "RFC 9110 s12.5.3",
    ),
    "too-large": (
        "The body is larger than the 64 KiB that senders read.",
        "Not the policy file, most often an HTML page.",
        "Serve the policy file only.",
        "RFC 8461 s3.3",
    ),
    # SMTP
    "starttls-refused": (
        "The server offers STARTTLS and then refuses it.",
        "Its certificate or key cannot be read, or it lacks entropy or memory.",
        "See the mail server's log; check paths and permissions of the key.",
        "RFC 3207 s4",
    ),
    "starttls-injection": (
        "Clear text came after the server agreed to STARTTLS and before TLS. A sender that took it would be fooled.",
        "Somebody on the path injects commands, or the server is broken.",
        "Look from elsewhere at once; if it persists, update the mail server.",
        "RFC 3207 s5",
    ),
    "smtp-not-ready": (
        "The server did not serve this client (a 4xx or 5xx greeting or EHLO answer). Nothing was learned of its TLS, "
        "so it counts as unknown.",
        "A block list, a rate limit, or a greeting filter that dislikes the looking machine's address.",
        "Probe from a host with a good reputation: `mtasts probe`.",
        "RFC 5321 s3.1",
    ),
    "smtp-garbage": (
        "What came on port 25 is not SMTP, or never ends.",
        "Another service on that port, or a tarpit.",
        "Point the MX record at the mail server.",
        "RFC 5321 s4.2",
    ),
    # Policy against MX
    "mx-not-in-policy": (
        "No mx pattern of the policy covers this MX host; senders that enforce will not use it.",
        "MX records were changed before the policy, a wildcard was thought to cover more than one label, or a typing "
        "slip.",
        "Publish a policy that names the host; after it is live, change DNS.",
        "RFC 8461 s4.1",
    ),
    "null-mx": (
        "The domain says that it takes no mail at all.",
        "A domain for sending or parking only.",
        "MTA-STS protects nothing here; retire it (mode none), or publish real MX records.",
        "RFC 7505 s3",
    ),
    "implicit-mx": (
        "There is no MX record, so the domain's own address stands in; the policy must name the domain itself.",
        "A small host that receives its own mail.",
        "Nothing to do; an MX record would be clearer.",
        "RFC 5321 s5.1",
    ),
    # DANE
    "tlsa-mismatch": (
        "The MX host has signed TLSA records, and what it presents matches none of them. Senders that do DANE keep the "
        "mail back, in testing and without any policy as well: MTA-STS does not outweigh DANE.",
        "A renewal with a new key or, where the record is for the whole certificate, any renewal; a SHA2-512 record "
        "that is wrong beside a SHA2-256 one that is right, as senders go by the stronger; or a chain without the CA "
        "that a record of usage 2 names.",
        "Publish the record that the finding names beside the others, or put the former key back; remove what matches "
        "nothing after its TTL.",
        "RFC 7672 s2.2, RFC 8461 s2",
    ),
    "tlsa-bogus": (
        "The signatures of the TLSA answer do not verify. Senders that do DANE keep the mail back.",
        "Expired signatures, a broken proof that there is no record, or a DS record that fits no key.",
        "Repair signing of the zone that holds the MX host, or the DS record at its parent.",
        "RFC 7672 s2.1.2",
    ),
    "tlsa-no-answer": (
        "The zone of the MX host is signed, and asking it for TLSA fails. Senders that do DANE keep the mail back: an "
        "attacker who suppresses the records would look the same.",
        "A name server or load balancer that knows A and AAAA only and fails for other types.",
        "Let every name server of the zone answer TLSA questions, if only with a signed \"no such record\".",
        "RFC 7672 s2.1.2",
    ),
    "tlsa-unproven": (
        "There are TLSA records, and the resolver in use does not validate DNSSEC. If they are signed they decide, if "
        "not they are ignored; so it counts as unknown.",
        "The resolver of an ordinary network or container.",
        "Name a validating resolver with --resolver, best one on this machine.",
        "RFC 7672 s2.1.1",
    ),
    "tlsa-unseen": (
        "There are TLSA records, and what they are for was not seen, or not whole. It counts as unknown.",
        "The address could not be looked at, or the evidence file was written by an older `mtasts probe`.",
        "Look from a host that reaches it, or run `mtasts probe` again.",
        "ours",
    ),
    "tlsa-ignored": (
        "The TLSA records are not signed, or the address of their host is not; senders leave them out.",
        "A zone without DNSSEC.",
        "Sign the zone, or take the records away: they do nothing.",
        "RFC 7672 s2.2",
    ),
    "tlsa-unusable": (
        "None of the signed TLSA records can be used for SMTP, so senders that do DANE demand TLS, and authenticate "
        "nobody.",
        "Records made for HTTPS (usages 0 and 1), or copied incompletely.",
        "Publish `3 1 1` with the SHA-256 of the host's key.",
        "RFC 7672 s2.2",
    ),
    "probe-expired": (
        "The MX probes in the evidence file are older than allowed, so they count as unknown.",
        "The job that runs `mtasts probe` has stopped, or the file was not renewed.",
        "Run `mtasts probe` again, or allow more with `verify --evidence-max-age`.",
        "ours",
    ),
    "probe-missing": (
        "The domain, or this address of its MX host, is not in the evidence file, and with one given nothing is probed "
        "from here.",
        "The domain was not named to `mtasts probe`, DNS has changed since, or the probing host lacks the "
        "address family.",
        "Run `mtasts probe` again, for this domain too.",
        "ours",
    ),
    "probe-other-mx": (
        "DNS names other MX hosts than when the evidence was made, so nothing in it counts for the domain.",
        "The MX records were changed since; or somebody answers with other ones now.",
        "Run `mtasts probe` again.",
        "ours",
    ),
    "probe-unsigned": (
        "The evidence file bears no signature, so anybody may have written it. It counts as unknown.",
        "`mtasts probe` ran without --key, or the signature was taken out.",
        "Sign it: `mtasts probe --make-key FILE` once, then `mtasts probe --key FILE`; give the public key in "
        "MTASTS_PROBE_KEYS. A file that you made and carried here yourself: --unsigned-probes.",
        "ours",
    ),
    "probe-key-unknown": (
        "The evidence file is signed with a key that is not one of those configured. It counts as unknown.",
        "A new probing host, a key that was replaced, MTASTS_PROBE_KEYS that is not set; or somebody else's file.",
        "If the key is that of your probing host, add it to MTASTS_PROBE_KEYS or --probe-key.",
        "ours",
    ),
    "probe-forged": (
        "The evidence file names a known key, and the signature is not of what is in it. It counts as unknown.",
        "Somebody changed the file, or its transport damaged it.",
        "Find out who can write it, then run `mtasts probe` again.",
        "ours",
    ),
    "probe-from-future": (
        "The evidence file says that it was made later than now. It counts as unknown, because its age is not known.",
        "The clock of one of the two machines is wrong.",
        "Set both clocks, then run `mtasts probe` again.",
        "ours",
    ),
    "check-failed": (
        "The check itself ended in an error of this program. It counts as unknown.",
        "A bug.",
        "Report it with the output of the same command and --json.",
        "ours",
    ),
    # Records and policy text
    "no-record": (
        "TXT records are there, but none begins with the literal `v=STSv1;` (or `v=TLSRPTv1;`).",
        "Another record at the same name, a wildcard TXT, a slip in the version, or `\\;` copied from a zone file.",
        "Publish exactly `v=STSv1; id=<id>;` at `_mta-sts.`, or `v=TLSRPTv1; rua=mailto:...` at `_smtp._tls.`, without "
        "the quotes and backslashes of a zone file.",
        "RFC 8461 s3.1, RFC 8460 s3",
    ),
    "several-records": (
        "More than one record begins with the version, so senders take none.",
        "An old record was left when the new one was added.",
        "Delete all but one.",
        "RFC 8461 s3.1, RFC 8460 s3",
    ),
    "id-missing": ("The record has no id.", "A slip.", "Add `id=` and up to 32 letters and digits.", "RFC 8461 s3.1"),
    "id-syntax": (
        "The id is not 1 to 32 letters and digits.",
        "A date with `-` or `:`.",
        "Use letters and digits only.",
        "RFC 8461 s3.1",
    ),
    "mode-none": (
        "The policy says `none`: senders deliver as if there were no policy.",
        "The domain is being retired, or the policy was switched off in an emergency.",
        "Publish testing when the domain is to be protected again.",
        "RFC 8461 s8.3",
    ),
}  # fmt: skip
