// Keeps the lines of a log that are new enough. A line without a time belongs to the one before.

import Support

/// A filter for lines as they come, in pieces cut anywhere.
struct LineWindow {
    /// A time stands near the beginning of its line; what comes later is somebody's text.
    private static let headBytesMax = 512

    private let since: [UInt8]?
    private var head: [UInt8] = []
    private var isDecided = false
    private var isIn: Bool
    private(set) var droppedBytes = 0

    /// - Parameter since: nil keeps everything.
    init(since: Timestamp?) {
        self.since = since.map { Array($0.iso8601.utf8) }
        isIn = since == nil
    }

    /// The bytes of the piece, and of what was held back before, that are in the window.
    mutating func take(_ piece: [UInt8]) -> [UInt8] {
        guard since != nil else { return piece }
        var kept: [UInt8] = []
        var rest = piece[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 0x0A).map { $0 + 1 } ?? rest.endIndex
            let part = rest[rest.startIndex..<end]
            rest = rest[end...]
            take(part, to: &kept)
        }
        return kept
    }

    /// What is still held back at the end.
    mutating func finish() -> [UInt8] {
        guard !head.isEmpty else { return [] }
        var kept: [UInt8] = []
        decide(&kept)
        return kept
    }

    private mutating func take(_ part: ArraySlice<UInt8>, to kept: inout [UInt8]) {
        let endsLine = part.last == 0x0A
        if isDecided {
            if isIn { kept += part } else { droppedBytes += part.count }
        } else {
            head += part
            if endsLine || head.count >= Self.headBytesMax { decide(&kept) }
        }
        if endsLine { isDecided = false }
    }

    private mutating func decide(_ kept: inout [UInt8]) {
        if let since, let time = Self.time(in: head) {
            // ISO 8601 in UTC with a fixed width sorts as text.
            isIn = !time.lexicographicallyPrecedes(since)
        }
        if isIn { kept += head } else { droppedBytes += head.count }
        head = []
        isDecided = true
    }

    /// `2026-11-21T04:05:06.789Z` near the beginning of a line.
    private static func time(in line: [UInt8]) -> ArraySlice<UInt8>? {
        let shape = Array("dddd-dd-ddTdd:dd:dd.dddZ".utf8)
        let end = min(line.count, headBytesMax) - shape.count
        guard end >= 0 else { return nil }
        for start in 0...end where line[start] == 0x32 || line[start] == 0x31 {
            let part = line[start..<start + shape.count]
            let fits = zip(part, shape).allSatisfy { byte, expected in
                expected == UInt8(ascii: "d") ? (48...57).contains(byte) : byte == expected
            }
            if fits { return part }
        }
        return nil
    }
}
