// Stand-ins for what somebody could be known by. Equal in, equal out; nothing comes back without
// the key; each still parses as what it stands for and lies in a range no rule looks at.

import Crypto
import Foundation
import Synchronization

/// Makes the aliases of one bundle.
///
/// Ranges: `userXXXXXXXX`, `hostXXXXXXXX.example` (RFC 2606), `did:example:`, public IPv4 in 198.18.0.0/16 and
/// private in 198.19.0.0/16 (RFC 2544, routed nowhere), IPv6 in 2001:db8::/32 (RFC 3849), hardware
/// addresses in 02:00:00. Private ones do not become 10.x: a second pass could not tell them.
final class Aliases: Sendable {
    /// A code that has taken the key, to begin each one with.
    private let keyed: HMAC<SHA256>
    /// IPv4 has 16 bits here, so two addresses may want one alias; the second takes the next.
    private let addresses = Mutex(AddressBook())

    /// What was asked for lately: one name stands in every line of a log.
    private let digests = Mutex([[UInt8]: [UInt8]]())
    private static let digestsMax = 4096

    init(key: AliasKey) { keyed = HMAC<SHA256>(key: SymmetricKey(data: key.bytes)) }

    func digest(_ name: String, _ value: [UInt8]) -> [UInt8] {
        let text = Array(name.utf8) + [0] + value
        if let known = digests.withLock({ $0[text] }) { return known }
        var code = keyed
        code.update(data: text)
        let digest = Array(code.finalize())
        digests.withLock { digests in
            if digests.count >= Self.digestsMax { digests.removeAll(keepingCapacity: true) }
            digests[text] = digest
        }
        return digest
    }

    private func hex(_ name: String, _ value: [UInt8], bytes: Int = 4) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: digest(name, value).prefix(bytes).flatMap {
                [digits[Int($0 >> 4)], digits[Int($0 & 15)]]
            }, as: UTF8.self)
    }

    private func folded(_ value: [UInt8]) -> [UInt8] { value.map(Byte.lower) }

    func user(_ name: [UInt8]) -> Replacement {
        .alias(Array("user\(hex("user", folded(name)))".utf8), "user-name")
    }

    /// One alias for `Ember` and `ember.lan`: suffixes that every home network has do not count.
    func host(_ name: [UInt8]) -> Replacement { .alias(hostBytes(name), "host-name") }

    private func hostBytes(_ name: [UInt8]) -> [UInt8] {
        var plain = folded(name)
        for suffix in [".", ".local", ".lan", ".home", ".localdomain"]
        where plain.count > suffix.utf8.count && plain.hasSuffix(suffix) {
            plain.removeLast(suffix.utf8.count)
        }
        return Array("host\(hex("host", plain)).example".utf8)
    }

    func email(local: [UInt8], domain: [UInt8]) -> Replacement {
        let user = "user\(hex("user", folded(local)))"
        return .alias(Array(user.utf8) + [64] + hostBytes(domain), "email")
    }

    func name(_ part: String, _ value: [UInt8]) -> Replacement {
        .alias(Array("\(part)\(hex(part, value))".utf8), part)
    }

    /// The end of an alias that must read as a key of 64 digits.
    static let keyMark = "a11a5000"

    func device(_ value: [UInt8]) -> Replacement {
        if value.count == 64, value.allSatisfy(Byte.isHex) {
            let digits = hex("device", folded(value), bytes: 28)
            return .alias(Array((digits + Self.keyMark).utf8), "device-id")
        }
        return .alias(Array("device-\(hex("device", folded(value), bytes: 6))".utf8), "device-id")
    }

    func ipv4(_ address: UInt32, isPrivate: Bool) -> Replacement {
        .alias(DottedAddress(ipv4Bits(address, isPrivate: isPrivate)).bytes, "ipv4")
    }

    /// `::ffff:10.1.2.3`: the alias of the address inside, in the range for documentation.
    func mapped(_ address: UInt32, isPrivate: Bool) -> Replacement {
        let dotted = DottedAddress(ipv4Bits(address, isPrivate: isPrivate)).bytes
        return .alias(Array("2001:db8::".utf8) + dotted, "ipv6")
    }

    private func ipv4Bits(_ address: UInt32, isPrivate: Bool) -> UInt32 {
        if let known = addresses.withLock({ $0.alias(of: address) }) { return known }
        let wanted = wanted(for: address, isPrivate: isPrivate)
        return addresses.withLock { $0.issue(wanted, for: address) }
    }

    /// The alias of an address by the key alone.
    func wanted(for address: UInt32, isPrivate: Bool) -> UInt32 {
        let octets = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: address >> $0) }
        let network = UInt32(digest("ipv4-network", Array(octets.dropLast()))[0])
        let host = UInt32(digest("ipv4", octets)[0])
        return (isPrivate ? 0xC613_0000 : 0xC612_0000) | network << 8 | host
    }

    /// Gives out the aliases of addresses that are about to be met, in this order, and from then on
    /// none by turn: texts that are redacted at the same time meet addresses in any order.
    func fix(for expected: [ForeseenAddresses]) {
        addresses.withLock { book in
            for (address, wanted) in expected.lazy.flatMap(\.list) {
                _ = book.issue(wanted, for: address)
            }
            book.fix()
        }
    }

    /// Goes back to giving them out by turn.
    func unfix() { addresses.withLock { $0.unfix() } }

    /// Keeps the relation between addresses of one /48 and of one /64.
    func ipv6(_ groups: [UInt16]) -> Replacement {
        let bytes = groups.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        let site = digest("ipv6-site", Array(bytes.prefix(6)))
        let network = digest("ipv6-network", Array(bytes.prefix(8)))
        let host = digest("ipv6", bytes)
        func group(_ bytes: [UInt8], _ at: Int) -> String {
            String(UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1]) | 1, radix: 16)
        }
        let isLinkLocal = groups[0] & 0xFFC0 == 0xFE80
        let head =
            isLinkLocal
            ? "fe80::db8" : "2001:db8:\(group(site, 0)):\(group(network, 0)):\(group(host, 6))"
        let tail = [0, 2, 4].map { group(host, $0) }.joined(separator: ":")
        return .alias(Array("\(head):\(tail)".utf8), "ipv6")
    }

    func hardware(_ bytes: [UInt8], separator: UInt8) -> Replacement {
        let separator = separator == 0 ? "" : String(UnicodeScalar(separator))
        let tail = hex("hardware", bytes, bytes: 3).map(String.init)
        let pairs = stride(from: 0, to: 6, by: 2).map { tail[$0] + tail[$0 + 1] }
        let head = Array(repeating: "00", count: bytes.count - 4)
        return .alias(
            Array((["02"] + head + pairs).joined(separator: separator).utf8), "hardware-address")
    }

    /// `example` is the method the standard of these ids keeps for documentation.
    func decentralized(_ identifier: [UInt8]) -> Replacement {
        .alias(Array("did:example:\(hex("did", identifier, bytes: 6))".utf8), "decentralized-id")
    }
}

extension [UInt8] {
    func hasSuffix(_ text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
    func hasPrefix(_ text: String) -> Bool { starts(with: text.utf8) }
}
