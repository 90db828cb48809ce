package storage

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
)

// reserved are the blocks that no picture of the public internet comes from, by the
// IANA special-purpose address registries (RFC 6890 and its successors), but for those
// that netip has a word for.
var reserved = prefixes(
	"0.0.0.0/8",                                         // this network: Linux takes all of it for the host itself
	"100.64.0.0/10",                                     // carrier-grade NAT; also where clouds keep their own services
	"168.63.129.16/32",                                  // Azure's host, at a public address
	"192.0.0.0/24",                                      // IETF protocol assignments
	"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", // documentation
	"192.88.99.0/24", // 6to4 relays
	"198.18.0.0/15",  // benchmarks
	"240.0.0.0/4",    // future use, and broadcast
	"2001::/23",      // IETF protocol assignments, Teredo among them
	"2001:db8::/32",  // documentation
	"2002::/16",      // 6to4: an IPv4 address in disguise
	"3fff::/20",      // documentation
)

var (
	globalUnicast6 = netip.MustParsePrefix("2000::/3")
	nat64          = netip.MustParsePrefix("64:ff9b::/96")
	sixToFour      = netip.MustParsePrefix("2002::/16")
)

func prefixes(all ...string) (parsed []netip.Prefix) {
	for _, p := range all {
		parsed = append(parsed, netip.MustParsePrefix(p))
	}
	return parsed
}

// isPublic reports whether an address is one of the public internet: not this host, not
// a network behind it, not a cloud's metadata service, in whatever dress.
func isPublic(a netip.Addr) bool {
	if a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if nat64.Contains(a) {
		// What an IPv6-only network has for the IPv4 internet: as good as what is inside.
		bytes := a.As16()
		return isPublic(netip.AddrFrom4([4]byte(bytes[12:])))
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Is6() && (!globalUnicast6.Contains(a) || isISATAP(a)) {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// neverDialled are networks that no setting opens: link-local ones, where metadata
// services are, and those that clouds have elsewhere.
var neverDialled = prefixes("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32")

// CheckNetwork reports whether a network that is not public may be opened by a setting.
func CheckNetwork(network netip.Prefix) error {
	for _, never := range neverDialled {
		if never.Overlaps(network) {
			return fmt.Errorf("network %s holds addresses of %s, which is never read from: metadata services are there", network, never)
		}
	}
	return nil
}

// isWithin reports whether an address is in a network that a setting opens. A network
// may translate IPv4 addresses, those of neverDialled among them: what an address wraps
// is judged as well.
func isWithin(networks []netip.Prefix, a netip.Addr) bool {
	if a.Zone() != "" {
		return false
	}
	for _, never := range neverDialled {
		if never.Contains(a.Unmap()) || never.Contains(wrapped(a)) {
			return false
		}
	}
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(a.Unmap()) })
}

// wrapped is the IPv4 address within an IPv6 one, by the end of which the translations
// of RFC 6052 (96 bits before it), 8215, 4291, 2765 and 5214 have it, or behind the first
// 16 bits, as 6to4 (RFC 3056) has it. The zero Addr is none.
func wrapped(a netip.Addr) netip.Addr {
	bytes := a.As16()
	switch {
	case !a.Is6():
		return netip.Addr{}
	case sixToFour.Contains(a):
		return netip.AddrFrom4([4]byte(bytes[2:6]))
	}
	return netip.AddrFrom4([4]byte(bytes[12:]))
}

// isISATAP reports whether the last half of an IPv6 address wraps an IPv4 address
// (RFC 5214, section 6.1).
func isISATAP(a netip.Addr) bool {
	bytes := a.As16()
	return binary.BigEndian.Uint32(bytes[8:12])&^0x03000000 == 0x00005efe
}
