// One stream through the redactor.

/// Redacts a stream piece by piece. Pieces may be cut anywhere.
public struct RedactionStream: ~Copyable, Sendable {
    private let redactor: Redactor
    private let kind: ContentKind
    private var held: [UInt8] = []
    private var ended = false

    init(redactor: Redactor, kind: ContentKind) {
        self.redactor = redactor
        self.kind = kind
    }

    /// Takes the next piece and gives what has become certain, which may be nothing yet.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer) throws(RedactionFailure) -> Redacted {
        guard !ended else { throw .streamEnded }
        held.append(contentsOf: bytes)
        return .empty
    }

    public mutating func feed(_ bytes: [UInt8]) throws(RedactionFailure) -> Redacted {
        guard !ended else { throw .streamEnded }
        held += bytes
        return .empty
    }

    /// Gives the rest.
    public mutating func finish() throws(RedactionFailure) -> Redacted {
        guard !ended else { throw .streamEnded }
        ended = true
        var report = RedactionReport()
        var output: [UInt8] = []
        var index = 0
        while index < held.count {
            let rest = held[index...]
            if let secret = redactor.known.secrets.first(where: {
                $0.value.count >= 8 && rest.starts(with: $0.value)
            }) {
                output += Array("REDACTED-known-secret".utf8)
                report.count(.knownSecret, "known-secret")
                index += secret.value.count
            } else {
                output.append(held[index])
                index += 1
            }
        }
        report.count(bytesIn: held.count, bytesOut: output.count)
        return Redacted(bytes: output, report: report)
    }
}
