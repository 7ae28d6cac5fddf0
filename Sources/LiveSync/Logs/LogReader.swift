// Reading the agent's logs back: newest lines, matching lines, lines since a point in time.

import Foundation
import Support

/// The agent's log files, oldest line first.
public struct AgentLogs: Sendable {
    private let path: String

    /// - Parameter path: the newest file; rotated ones lie beside it.
    public init(path: String) { self.path = path }

    /// The newest lines, oldest of them first.
    public func tail(_ count: Int) throws(SystemFailure) -> [String] {
        var lines: [String] = []
        for file in RotatingLog.files(of: path) where lines.count < count {
            lines = try Self.lines(of: file).suffix(count - lines.count) + lines
        }
        return lines
    }

    /// Lines that hold `text` literally.
    public func lines(containing text: String) throws(SystemFailure) -> [String] {
        try all().filter { $0.contains(text) }
    }

    /// Lines that match a regular expression.
    ///
    /// - Throws: ``PlainFailure`` when the expression does not parse.
    public func lines(matching expression: String) throws -> [String] {
        let regex: NSRegularExpression
        do { regex = try NSRegularExpression(pattern: expression) } catch {
            throw PlainFailure(
                expression, "is no regular expression",
                nextStep: "leave --regex away to search it literally",
                exitStatus: .usage)
        }
        return try all().filter {
            regex.firstMatch(in: $0, range: NSRange($0.startIndex..., in: $0)) != nil
        }
    }

    /// Lines written at or after `time`. A line without a time belongs to the one before it.
    public func lines(since time: Timestamp) throws(SystemFailure) -> [String] {
        let limit = time.iso8601
        var isIn = false
        return try all().filter { line in
            // ISO 8601 in UTC with fixed width sorts as text; no other form is ever written.
            if let stamp = Self.time(of: line) { isIn = stamp >= limit }
            return isIn
        }
    }

    private func all() throws(SystemFailure) -> [String] {
        var lines: [String] = []
        for file in RotatingLog.files(of: path).reversed() { lines += try Self.lines(of: file) }
        return lines
    }

    private static func lines(of file: String) throws(SystemFailure) -> [String] {
        guard FileAccess.exists(file) else { return [] }
        let text = String(decoding: try FileAccess.read(file), as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }

    private static func time(of line: String) -> String? {
        guard let range = line.range(of: "\"time\":\"") else { return nil }
        let stamp = line[range.upperBound...].prefix(24)
        return stamp.count == 24 && stamp.hasSuffix("Z") ? String(stamp) : nil
    }
}

extension Duration {
    /// Parses `90s`, `15m`, `2h`, `3d`, `250ms`; nil for anything else.
    public init?(parsing text: String) {
        let units: [(suffix: String, milliseconds: Int64)] = [
            ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
        ]
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let value = Int64(text.dropLast(unit.suffix.count)), value > 0 else { continue }
            let (product, overflow) = value.multipliedReportingOverflow(by: unit.milliseconds)
            guard !overflow else { return nil }
            self = .milliseconds(product)
            return
        }
        return nil
    }
}
