package storage

import (
	"net/netip"
	"testing"
)

// A network of one's own that translates IPv4 addresses has those of metadata services
// in it as well, in another dress. They stay shut whatever the settings open.
func TestMetadataServicesInsideOpenedNetworks(t *testing.T) {
	for _, c := range []struct{ network, shut, open string }{
		{"64:ff9b::/96", "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1"},             // NAT64
		{"64:ff9b::/96", "64:ff9b::6464:64c8", "64:ff9b::a00:1"},             // NAT64 of 100.100.100.200
		{"64:ff9b:1::/48", "64:ff9b:1::a9fe:a9fe", "64:ff9b:1::a00:1"},       // local NAT64
		{"fd12:3456::/32", "fd12:3456::a9fe:a9fe", "fd12:3456::a00:1"},       // NAT64 of one's own prefix
		{"2002::/16", "2002:a9fe:a9fe::1", "2002:a00:1::1"},                  // 6to4
		{"2a00::/16", "2a00::5efe:169.254.169.254", "2a00::5efe:10.0.0.1"},   // ISATAP
		{"::/96", "::169.254.169.254", "::10.0.0.1"},                         // IPv4-compatible
		{"::ffff:0:0:0/96", "::ffff:0:169.254.169.254", "::ffff:0:10.0.0.1"}, // IPv4-translated
		{"10.0.0.0/8", "::ffff:169.254.169.254", "::ffff:10.0.0.1"},          // IPv4-mapped
		{"fd12::/16", "fd12::1%eth0", "fd12::1"},                             // a zone
	} {
		networks := []netip.Prefix{netip.MustParsePrefix(c.network)}
		if isWithin(networks, netip.MustParseAddr(c.shut)) {
			t.Errorf("%s opens %s", c.network, c.shut)
		}
		if !isWithin(networks, netip.MustParseAddr(c.open)) {
			t.Errorf("%s does not open %s", c.network, c.open)
		}
	}
}
