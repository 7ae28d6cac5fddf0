// Bytes that went through the redactor, and what was done to them.

/// Bytes from which secrets were taken. Only this module can make one, so whoever accepts nothing
/// else cannot be handed raw bytes.
public struct Redacted: Sendable, Equatable {
    public private(set) var bytes: [UInt8]
    public private(set) var report: RedactionReport

    /// Nothing at all, to append to.
    public static let empty = Redacted(bytes: [], report: RedactionReport())

    /// Adds what came after; the reports add up.
    public mutating func append(_ next: Redacted) {
        if bytes.isEmpty { bytes = next.bytes } else { bytes += next.bytes }
        report.add(next.report)
    }
}
