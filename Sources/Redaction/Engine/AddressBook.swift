// Which IPv4 address got which alias. Two addresses that want one alias get two, and none shows a part
// of an address that was seen, so an alias depends on those given out before.
//
// That order must not be one of threads. While texts are redacted at the same time the book is fixed:
// what was foreseen has its alias, and what turns up all the same (somebody wrote it in base64) gets one
// that depends on the fixed part alone.

struct AddressBook {
    private var issued: [UInt32: UInt32] = [:]
    /// A bit for each alias, of public addresses and behind them of private ones.
    private var taken: [UInt64] = []
    /// Six characters in a row of what was seen. An alias with the same ones would show a part of
    /// an address, its own or another's.
    private var pieces = PieceSet()
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
        note(own)
        let alias = free(from: wanted, showing: [])
        take(alias, for: address)
        return alias
    }

    private mutating func note(_ address: DottedAddress) {
        for index in 0..<address.pieceCount { pieces.insert(address.piece(index)) }
    }

    private mutating func take(_ alias: UInt32, for address: UInt32) {
        if taken.isEmpty { taken = Array(repeating: 0, count: (1 << 17) / 64) }
        issued[address] = alias
        taken[Int(alias & 0x1FFFF) >> 6] |= 1 << UInt64(alias & 63)
    }

    private func isTaken(_ alias: UInt32) -> Bool {
        !taken.isEmpty && taken[Int(alias & 0x1FFFF) >> 6] >> UInt64(alias & 63) & 1 != 0
    }

    /// The next alias that is not taken. A network may have shown every piece there is; then any free
    /// alias has to do.
    private func free(from wanted: UInt32, showing own: [UInt64]) -> UInt32 {
        var alias = wanted
        var tries = 0
        while isTaken(alias) || tries < Self.triesMax && shows(alias, own) {
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
            note(DottedAddress(address))
            take(alias, for: address)
        }
    }
}

/// Numbers that are asked for often: an alias in a crowded network is tried some hundred times.
private struct PieceSet {
    /// Zero where nothing is; no piece is zero. Half of them at most are filled.
    private var slots: [UInt64] = Array(repeating: 0, count: 64)
    private(set) var count = 0

    private func slot(_ piece: UInt64) -> Int {
        let shift = UInt64(slots.count.leadingZeroBitCount + 1)
        var slot = Int(truncatingIfNeeded: (piece &* 0x9E37_79B9_7F4A_7C15) >> shift)
        while slots[slot] != 0, slots[slot] != piece { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    func contains(_ piece: UInt64) -> Bool { slots[slot(piece)] == piece }

    mutating func insert(_ piece: UInt64) {
        let place = slot(piece)
        guard slots[place] == 0 else { return }
        slots[place] = piece
        count += 1
        guard count * 2 > slots.count else { return }
        let all = slots
        slots = Array(repeating: 0, count: all.count * 2)
        for piece in all where piece != 0 { slots[slot(piece)] = piece }
    }
}

/// An address in its usual writing, without memory of its own: addresses are written in every line.
struct DottedAddress {
    /// The characters, the last one lowest.
    private var text: UInt128 = 0
    private(set) var count = 0

    init(_ address: UInt32) {
        for shift in [UInt32(24), 16, 8, 0] {
            let octet = Self.octets[Int(address >> shift & 255)]
            text = text << UInt128(8 * octet.count) | UInt128(octet.text)
            count += octet.count
        }
        // No dot behind the last one.
        text >>= 8
        count -= 1
    }

    /// Numbers with a dot behind them.
    private static let octets: [(text: UInt32, count: Int)] = (0...255).map { octet in
        let bytes = Array("\(octet).".utf8)
        return (bytes.reduce(0) { $0 << 8 | UInt32($1) }, bytes.count)
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
