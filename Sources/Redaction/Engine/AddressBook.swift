// Which IPv4 address got which alias. Two addresses that want one alias get two, and none shows a part
// of an address that was seen, so an alias depends on those given out before.
//
// That order must not be one of threads. While texts are redacted at the same time the book is fixed:
// what was foreseen has its alias, and what turns up all the same (somebody wrote it in base64) gets one
// that depends on the fixed part alone.

struct AddressBook {
    private var issued: [UInt32: UInt32] = [:]
    private var taken: Set<UInt32> = []
    /// Six characters in a row of what was seen. An alias with the same ones would show a part of
    /// an address, its own or another's.
    private var pieces: Set<UInt64> = []
    /// What turned up while the book was fixed; nil while it is not.
    private var strays: [UInt32: UInt32]?

    private static let triesMax = 300
    /// With more pieces hardly an alias is free of them.
    private static let piecesMax = 16_384
    /// `198.18` and what follows it are in every alias.
    private static let sharedPieces = 2
    /// Beyond this many addresses equal aliases are accepted, so that memory stays bounded.
    static let addressesMax = 20_000

    func alias(of address: UInt32) -> UInt32? { issued[address] ?? strays?[address] }

    /// - Parameter wanted: the alias by the key alone; the low 16 bits may change.
    mutating func issue(_ wanted: UInt32, for address: UInt32) -> UInt32 {
        if let known = alias(of: address) { return known }
        guard issued.count < Self.addressesMax else { return wanted }
        let own = DottedAddress(address)
        if strays != nil {
            let alias = free(from: wanted, showing: (0..<own.pieceCount).map(own.piece))
            if let count = strays?.count, count < Self.addressesMax { strays?[address] = alias }
            return alias
        }
        for index in 0..<own.pieceCount { pieces.insert(own.piece(index)) }
        let alias = free(from: wanted, showing: [])
        issued[address] = alias
        taken.insert(alias)
        return alias
    }

    /// The next alias that is not taken. A network may have shown every piece there is; then any free
    /// alias has to do.
    private func free(from wanted: UInt32, showing own: [UInt64]) -> UInt32 {
        var alias = wanted
        var tries = 0
        while taken.contains(alias) || tries < Self.triesMax && shows(alias, own) {
            alias = alias & 0xFFFF_0000 | (alias + 1) & 0xFFFF
            tries += 1
        }
        return alias
    }

    private func shows(_ alias: UInt32, _ own: [UInt64]) -> Bool {
        guard pieces.count < Self.piecesMax else { return false }
        let text = DottedAddress(alias)
        return (Self.sharedPieces..<text.pieceCount).contains { index in
            let piece = text.piece(index)
            return pieces.contains(piece) || own.contains(piece)
        }
    }

    mutating func fix() { strays = [:] }

    /// What turned up keeps its alias. In the order of the addresses: which came first is chance, and
    /// so is which of too many were noted.
    mutating func unfix() {
        guard let found = strays else { return }
        strays = nil
        guard found.count < Self.addressesMax else { return }
        for (address, alias) in found.sorted(by: { $0.key < $1.key }) {
            guard issued.count < Self.addressesMax else { return }
            let own = DottedAddress(address)
            for index in 0..<own.pieceCount { pieces.insert(own.piece(index)) }
            issued[address] = alias
            taken.insert(alias)
        }
    }
}

/// An address in its usual writing, without memory of its own: addresses are written in every line.
struct DottedAddress {
    /// The characters, the last one lowest.
    private var text: UInt128 = 0
    private(set) var count = 0

    init(_ address: UInt32) {
        for shift in [UInt32(24), 16, 8, 0] {
            let octet = UInt8(truncatingIfNeeded: address >> shift)
            if octet > 99 { append(48 + octet / 100) }
            if octet > 9 { append(48 + octet / 10 % 10) }
            append(48 + octet % 10)
            if shift > 0 { append(46) }
        }
    }

    private mutating func append(_ byte: UInt8) {
        text = text << 8 | UInt128(byte)
        count += 1
    }

    var bytes: [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: text >> UInt128(8 * (count - 1 - $0))) }
    }

    /// How often six characters stand in a row.
    var pieceCount: Int { count - 5 }

    func piece(_ index: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: text >> UInt128(8 * (count - 6 - index))) & 0xFFFF_FFFF_FFFF
    }
}
