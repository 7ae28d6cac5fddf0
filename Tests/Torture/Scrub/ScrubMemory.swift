// How much memory the redactor takes for inputs that were made to take much. The bound is one of the
// redactor's promises: whatever a log holds, a bundle is made beside a running agent.

import Foundation
import Redaction
import Support
import TortureSuite

/// Inputs without end, of the shapes that cost most.
public enum ScrubShape: String, CaseIterable, Sendable {
    /// Letters and digits without a break.
    case run
    case lines
    /// Every byte an escape, inside of escapes.
    case escapes
    /// No line feed at all.
    case oneLine = "one line"
    /// Lines that could all be parts of one.
    case wrapped

    fileprivate var piece: String {
        switch self {
        case .lines: "2026-05-04T10:20:30.400Z INFO  live::sync token=aB3dE6aB3dE6 from 10.2.3.4\n"
        case .oneLine: "{\"noise\":\"scan tick took 4ms\",\"api_key\":\"77aa88bb99cc\"},"
        case .escapes: "\\\\\\\\u0070\\\\\\\\u0061\\\\u0073\\u0073%2577\\\\\\\"=3D&#x41;"
        case .wrapped: "continues/with+some4words\nand9another1line\n"
        case .run: "dGhpcyBpcyBzZWNyZXQgdGV4dCB0aGF0"
        }
    }
}

public enum ScrubMemory {
    /// Bytes that the process may grow by. With what a program takes before it does anything, that
    /// is less than 64 MiB in all.
    public static let growthMax = 40 << 20

    /// Scrubs `bytes` of each shape; says what it took, and tells the tally of promises broken.
    ///
    /// - Parameter share: how many of the shapes, the quick ones first; nil is all.
    public static func run(
        _ tally: Tally, bytes: Int, share: Int? = nil, say: (String) -> Void
    ) throws {
        for shape in ScrubShape.allCases.prefix(share ?? .max) {
            let before = try figure("VmRSS")
            try forgetPeak()
            try scrub(shape, bytes)
            let most = try figure("VmHWM")
            tally.injected("memory, \(shape.rawValue)")
            say("  \(shape.rawValue): \(most >> 20) MiB at most, \(before >> 20) MiB before")
            if most - before > growthMax {
                tally.broke("\(shape.rawValue): grew by \((most - before) >> 20) MiB")
            }
        }
    }

    /// The kernel's own way to begin a new measurement of the most memory.
    private static func forgetPeak() throws {
        let path = "/proc/self/clear_refs"
        let descriptor = try retrying("open", path) { open(path, O_WRONLY | O_CLOEXEC) }
        defer { close(descriptor) }
        try FileAccess.writeAll(Array("5".utf8), to: descriptor, path: path)
    }

    private static func scrub(_ shape: ScrubShape, _ bytes: Int) throws {
        let redactor = Redactor(
            policy: RedactionPolicy(key: try AliasKey(bytes: [UInt8](repeating: 7, count: 32))))
        var stream = redactor.stream(as: .log)
        let once = Array(shape.piece.utf8)
        let piece = Array(repeatElement(once, count: (64 << 10) / once.count).joined())
        var given = 0
        while given < bytes {
            _ = try stream.feed(piece)
            given += piece.count
        }
        _ = try stream.finish()
    }

    /// A figure of this process in bytes.
    private static func figure(_ name: String) throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        let number = line?.split(whereSeparator: { $0 == " " || $0 == "\t" })
            .compactMap { Int($0) }.first
        guard let number else {
            throw PlainFailure(name, "is not told by the kernel", nextStep: "mount /proc")
        }
        return number << 10
    }
}
