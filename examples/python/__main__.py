"""MTA-STS and TLS-RPT for two mail domains."""

import pulumi
import pulumi_mtasts as mtasts

DNS_OF_NET = mtasts.DnsArgs(provider=mtasts.DnsProvider.CLOUDFLARE, zone="0123456789abcdef0123456789abcdef")

hosting = mtasts.PolicyHosting(
    "hosting",
    host_groups={
        "shared": mtasts.HostGroupArgs(domains=[mtasts.HostedDomainArgs(domain="example.net", dns=DNS_OF_NET)])
    },
)

com = mtasts.MailDomain(
    "com",
    domain="example.com",
    mx=["mx1.example.com", "mx2.example.com"],
    rua=["mailto:tls-reports@example.com"],
    dns=mtasts.DnsArgs(provider=mtasts.DnsProvider.ROUTE53, zone="Z0123456789EXAMPLECOM"),
    hosting=hosting.hosting,
)

net = mtasts.MailDomain(
    "net",
    domain="example.net",
    mx=["*.mx.example.net"],
    rua=["mailto:tls-reports@example.com"],
    dns=DNS_OF_NET,
    hosting=hosting.hosting,
    host_group="shared",
    mode=mtasts.Mode.TESTING,
    max_age=604800,
    ttl=600,
)

pulumi.export("com", com.records)
pulumi.export("net", net.records)
