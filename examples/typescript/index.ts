import * as mtasts from "@pulumi/mtasts";

const hosting = new mtasts.PolicyHosting("hosting", {
    hostGroups: {
        shared: {
            domains: [
                {
                    domain: "example.net",
                    dns: { provider: mtasts.DnsProvider.CLOUDFLARE, zone: "0123456789abcdef0123456789abcdef" },
                },
            ],
        },
    },
});

const domain = new mtasts.MailDomain("com", {
    domain: "example.com",
    mx: ["mx1.example.com", "mx2.example.com"],
    rua: ["mailto:tls-reports@example.com"],
    dns: { provider: mtasts.DnsProvider.ROUTE53, zone: "Z0123456789EXAMPLECOM" },
    hosting: hosting.hosting,
});

const shared = new mtasts.MailDomain("net", {
    domain: "example.net",
    mx: ["*.mx.example.net"],
    rua: ["mailto:tls-reports@example.com"],
    dns: { provider: mtasts.DnsProvider.CLOUDFLARE, zone: "0123456789abcdef0123456789abcdef" },
    hosting: hosting.hosting,
    hostGroup: "shared",
    mode: mtasts.Mode.TESTING,
    maxAge: 604800,
    ttl: 600,
});

export const com = domain.records;
export const net = shared.records;
