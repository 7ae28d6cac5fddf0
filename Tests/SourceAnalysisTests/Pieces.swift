// A file taken apart by its owners, for the tests that no byte is lost or owned twice.

import SourceAnalysis

/// One part of a file's bytes and the unit that owns it.
struct Piece: Hashable, Sendable {
    /// Index into ``SourceFile/units``.
    let unit: Int
    /// True for what follows a type's members.
    let isTail: Bool
    let range: Range<Int>
}

extension SourceFile {
    /// Every byte of the file exactly once, in order. Pieces may be empty.
    func pieces() -> [Piece] {
        var pieces: [Piece] = []
        var open: [Int] = []
        func close(until parent: Int?) {
            while let last = open.last, last != parent {
                if let tail = units[last].tail {
                    pieces.append(Piece(unit: last, isTail: true, range: tail))
                }
                open.removeLast()
            }
        }
        for (index, unit) in units.enumerated() {
            close(until: unit.parent)
            pieces.append(Piece(unit: index, isTail: false, range: unit.head))
            open.append(index)
        }
        close(until: nil)
        return pieces
    }
}
