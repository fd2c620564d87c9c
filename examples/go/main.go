// MTA-STS and TLS-RPT for two mail domains.
package main

import (
	"example.com/pulumi-mtasts/sdk/go/mtasts"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const zoneOfNet = "0123456789abcdef0123456789abcdef"

func main() {
	pulumi.Run(publish)
}

func publish(ctx *pulumi.Context) error {
	dnsOfNet := mtasts.DnsArgs{Provider: mtasts.DnsProviderCLOUDFLARE, Zone: pulumi.String(zoneOfNet)}
	hosting, err := mtasts.NewPolicyHosting(ctx, "hosting", &mtasts.PolicyHostingArgs{
		HostGroups: mtasts.HostGroupMap{
			"shared": mtasts.HostGroupArgs{
				Domains: mtasts.HostedDomainArray{
					mtasts.HostedDomainArgs{Domain: pulumi.String("example.net"), Dns: dnsOfNet},
				},
			},
		},
	})
	if err != nil {
		return err
	}
	com, err := mtasts.NewMailDomain(ctx, "com", &mtasts.MailDomainArgs{
		Domain:  pulumi.String("example.com"),
		Mx:      pulumi.ToStringArray([]string{"mx1.example.com", "mx2.example.com"}),
		Rua:     pulumi.ToStringArray([]string{"mailto:tls-reports@example.com"}),
		Dns:     mtasts.DnsArgs{Provider: mtasts.DnsProviderROUTE53, Zone: pulumi.String("Z0123456789EXAMPLECOM")},
		Hosting: hosting.Hosting,
	})
	if err != nil {
		return err
	}
	net, err := mtasts.NewMailDomain(ctx, "net", &mtasts.MailDomainArgs{
		Domain:    pulumi.String("example.net"),
		Mx:        pulumi.ToStringArray([]string{"*.mx.example.net"}),
		Rua:       pulumi.ToStringArray([]string{"mailto:tls-reports@example.com"}),
		Dns:       dnsOfNet,
		Hosting:   hosting.Hosting,
		HostGroup: pulumi.String("shared"),
		Mode:      mtasts.ModeTESTING,
		MaxAge:    pulumi.Int(604800),
		Ttl:       pulumi.Int(600),
	})
	if err != nil {
		return err
	}
	ctx.Export("com", com.Records)
	ctx.Export("net", net.Records)
	return nil
}
