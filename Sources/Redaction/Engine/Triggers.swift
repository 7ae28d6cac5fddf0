// Where to look at all. Three bytes at a time are hashed into a bitmap of 8 KiB that says whether
// any rule begins like that; only then is anything compared. Most bytes of an ordinary log cost one
// load and one test, and no load waits for the one before it, as an automaton's would.

/// What to do where a literal stands.
enum Action {
    case key
    case vendor(Int)
    case webToken
    case keyBegin
    case keyEnd
    case scheme
    case authScheme
    case home
    case homeWindows
    case tilde
    case number
    case colons
    case dashes
    case decentralized
    case hostSuffix
    case hostPhrase
    case addressName
    case hook
    case flag
    case hunk
    case conflict
    case fence
    case gutter
    case caret
    case traceback
    case trailer
    case userPhrase
    case passwordLine
    case webKey
    case bareDSN
    case driverLogin
    case identifiedBy
    case insert
    case echoed
    case tool(Int)
    case placed(Int)
    case handedOver
    case shownCommand
    case countedText
    case dump
    case secretDocument
    case secretLink
    case spokenCode
    case boundValues
    case written
    case copiedRows
    case marked(Int)
    case listing
    case accountID
    case terminalName
    case nameBefore
    case systemLine
    case programMark
    case accountLine
    case accountHashes
    case processes
    case gitUser
    case directoryName
    case phoneNumber
    case areaNumber
    case sourcePlace
    case peerKey
    case dottedHardware
    case code
    case pgpass
    case query
    case escape
    case quotedPrintable
    case azure
    case recordText
    case reportedSource
    case quotedSource
    case brokenLine
    case shellSource
    case tickedSource
    case cookieRow
    case arrowLine
    case ruledLine
    case placedSource
    case failedLine
    case plainDiff
    case drawnTable
    case thirdArgument
    case gluedFlag
    case terminalLine
    case principal
    case keyComment
    case protocolLine
    case defaultHost
    case quotedHost
    case systemName
    case porcelainName
    case commonName
    case quotedName
    case blamedName
    case told(Int)
    case mountedDisk
    case sshUser
    case deviceRow
    case hostPath
    case hostsLine
    case bankAccount
    case processRow
    case priorityRow
    case openFileRow
    case requestRow
    case neighbour
    case leased
    case domainAccount
    case sharedFolder
    case cloudName
    case loginCall
    case spokenLogin
    case relayLogin
    case peerSecret
    case countedAttempts
    case routerSecret
    case sentPassword
    case typedPassword
    case desktopFlag
    case storedSecret
    case answer(isPassword: Bool)
    case inlineLogin
    case messagingToken
    case podRow
    case nodeRow
    case assignedNode
    case kubeletHost
    case playRow
    case joinedHome
    case userBefore
    case securityID
    case databaseUser
    case setPassword
    case debuggerAnswer
    case labelledField
    case attributeValue
    case variableDefault
    case spokenPassword
    case knownSecret(Int)
    case identity(Int)
}

/// A literal and what it sets off.
struct Trigger {
    let start: Int
    let count: Int
    /// Position within the literal of the three bytes that are hashed.
    let anchor: Int
    /// Whether case matters.
    let exact: Bool
    let action: Action
}

/// The bitmap, and the literals behind its bits.
// Safe to share: the memory is written in `init` only and freed when nobody can read any more.
final class TriggerTable: @unchecked Sendable {
    /// The memory. Valid as long as the table is; a copy costs no counting of references.
    let tables: Tables
    private static let slots = 1 << 16

    struct Tables {
        let bitmap: UnsafeMutablePointer<UInt64>
        /// Where the glances of a slot begin.
        fileprivate let heads: UnsafeMutablePointer<UInt16>
        fileprivate let glances: UnsafeMutablePointer<Glance>
        fileprivate let literals: UnsafeMutablePointer<UInt8>
        fileprivate let triggers: UnsafeMutablePointer<Trigger>
    }

    /// The bytes of a literal round its anchor, which most texts differ from: eight from there on, and
    /// eight before.
    fileprivate struct Glance {
        let after: Pattern
        let before: Pattern
        let trigger: UInt16
        /// Whether nothing else of the literal is left to compare.
        let isWhole: Bool
        let isLast: Bool

        /// - Parameter literal: lower case unless it is exact.
        init(_ literal: [UInt8], anchor: Int, _ trigger: Int, exact: Bool, isLast: Bool) {
            after = Pattern(literal[anchor...], exact: exact)
            let before = literal[..<anchor].suffix(8)
            // The byte before the anchor is the last of its word.
            self.before = Pattern(before, exact: exact, at: 8 - before.count)
            self.trigger = UInt16(trigger)
            isWhole = anchor <= 8 && literal.count - anchor <= 8
            self.isLast = isLast
        }
    }

    /// Some of eight bytes.
    fileprivate struct Pattern {
        private let word: UInt64
        /// Which bits count: none of other bytes, and not those of the case.
        private let mask: UInt64

        init(_ literal: ArraySlice<UInt8>, exact: Bool, at first: Int = 0) {
            var (word, mask): (UInt64, UInt64) = (0, 0)
            for (place, byte) in literal.prefix(8).enumerated() {
                word |= UInt64(byte) << UInt64(8 * (first + place))
                let counts: UInt64 = !exact && Byte.isLetter(byte) ? 0xDF : 0xFF
                mask |= counts << UInt64(8 * (first + place))
            }
            (self.word, self.mask) = (word & mask, mask)
        }

        @inline(__always)
        func holds(_ bytes: UInt64) -> Bool { bytes & mask == word }
    }

    /// A literal as a rule gives it.
    struct Literal {
        var bytes: [UInt8]
        var action: Action
        var exact = false
        /// Which three bytes to hash; the rarest are best.
        var anchor = 0
    }

    /// Takes at most 65 534 literals of three bytes or more; others are left to their callers.
    init(_ list: [Literal]) {
        let usable = list.filter { $0.bytes.count >= 3 }.prefix(65_534)
        let bitmap = UnsafeMutablePointer<UInt64>.allocate(capacity: Self.slots / 64)
        bitmap.initialize(repeating: 0, count: Self.slots / 64)
        let heads = UnsafeMutablePointer<UInt16>.allocate(capacity: Self.slots)
        heads.initialize(repeating: 0, count: Self.slots)
        let length = max(1, usable.map(\.bytes.count).reduce(0, +))
        let literals = UnsafeMutablePointer<UInt8>.allocate(capacity: length)
        let triggers = UnsafeMutablePointer<Trigger>.allocate(capacity: usable.count + 1)
        let glances = UnsafeMutablePointer<Glance>.allocate(capacity: usable.count + 1)
        var used = 0
        var rows: [Int: [Int]] = [:]
        var stored: [[UInt8]] = []
        for (index, literal) in usable.enumerated() {
            let anchor = min(literal.anchor, literal.bytes.count - 3)
            let bytes = literal.exact ? literal.bytes : literal.bytes.map(Byte.lower)
            for (offset, byte) in bytes.enumerated() { literals[used + offset] = byte }
            rows[Self.slot(Self.trigram(literal.bytes[anchor...])), default: []].append(index)
            stored.append(bytes)
            (triggers + index).initialize(
                to: Trigger(
                    start: used, count: bytes.count, anchor: anchor, exact: literal.exact,
                    action: literal.action))
            used += bytes.count
        }
        var place = 0
        for (slot, row) in rows {
            bitmap[slot >> 6] |= 1 << UInt64(slot & 63)
            heads[slot] = UInt16(place)
            // The last literals first: the caller's own come behind those of the rules.
            for index in row.reversed() {
                (glances + place).initialize(
                    to: Glance(
                        stored[index], anchor: triggers[index].anchor, index,
                        exact: triggers[index].exact, isLast: index == row[0]))
                place += 1
            }
        }
        tables = Tables(
            bitmap: bitmap, heads: heads, glances: glances, literals: literals,
            triggers: triggers)
    }

    private static func trigram(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.prefix(3).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) } | 0x20_2020
    }

    deinit {
        tables.bitmap.deallocate()
        tables.heads.deallocate()
        tables.glances.deallocate()
        tables.literals.deallocate()
        tables.triggers.deallocate()
    }

    /// A slot for three bytes with bit 5 set, which makes letters lower case.
    @inline(__always) static func slot(_ trigram: UInt32) -> Int {
        Int((trigram &* 0x9E37_79B1) >> 16)
    }

}

extension TriggerTable.Tables {
    /// Whether any literal looks as if it stood at `index`.
    ///
    /// - Parameter slot: of the trigram there; its bit is set.
    @inline(__always)
    func mayMatch(_ text: Text, at index: Int, slot: Int) -> Bool {
        var glance = UnsafePointer(glances + Int(heads[slot]))
        let word = UnsafeRawPointer(text.base + index).loadUnaligned(as: UInt64.self)
        while !glance.pointee.after.holds(word)
            || !glance.pointee.before.holds(before(text, index))
        {
            if glance.pointee.isLast { return false }
            glance += 1
        }
        return true
    }

    /// The eight bytes before `index`; zeros stand before the text.
    @inline(__always)
    private func before(_ text: Text, _ index: Int) -> UInt64 {
        let base = UnsafeRawPointer(text.base)
        guard index < 8 else {
            return base.loadUnaligned(fromByteOffset: index - 8, as: UInt64.self)
        }
        return base.loadUnaligned(as: UInt64.self) << UInt64(8 * (8 - index))
    }

    /// Calls `found` with the start and end of every literal whose anchor stands at `index`.
    ///
    /// - Parameter trigram: its bit is set.
    @inline(__always)
    func matches(
        _ text: Text, at index: Int, trigram: UInt32,
        found: (_ start: Int, _ end: Int, _ action: Action) -> Void
    ) {
        var glance = UnsafePointer(glances + Int(heads[TriggerTable.slot(trigram)]))
        let word = UnsafeRawPointer(text.base + index).loadUnaligned(as: UInt64.self)
        while true {
            if glance.pointee.after.holds(word), glance.pointee.before.holds(before(text, index)) {
                let trigger = triggers[Int(glance.pointee.trigger)]
                let start = index - trigger.anchor
                if start >= 0, start + trigger.count <= text.count,
                    glance.pointee.isWhole || stands(trigger, text, start)
                {
                    found(start, start + trigger.count, trigger.action)
                }
            }
            if glance.pointee.isLast { return }
            glance += 1
        }
    }

    @inline(__always)
    private func stands(_ trigger: Trigger, _ text: Text, _ start: Int) -> Bool {
        let literal = literals + trigger.start
        let bytes = text.base + start
        for offset in 0..<trigger.count {
            let byte = trigger.exact ? bytes[offset] : Byte.lower(bytes[offset])
            if byte != literal[offset] { return false }
        }
        return true
    }
}
