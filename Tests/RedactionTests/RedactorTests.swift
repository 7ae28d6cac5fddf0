// The front of the redactor: what goes in, what comes out, what is refused.

import Redaction
import Support
import Testing

@Suite struct RedactorTests {
    @Test func aKnownSecretIsTakenOut() throws {
        let key = try AliasKey(bytes: Array(repeating: 7, count: 32))
        let known = KnownValues(secrets: [.init(name: "device", value: "plum-granite-velvet-9")])
        let redactor = Redactor(policy: RedactionPolicy(key: key), known: known)

        let result = try redactor.redact(Array("a plum-granite-velvet-9 b".utf8), as: .log)

        #expect(String(decoding: result.bytes, as: UTF8.self) == "a REDACTED-known-secret b")
        #expect(result.report.rules == [.knownSecret: 1])
    }

    @Test func aShortKeyIsRefused() {
        #expect(throws: RedactionFailure.keyTooShort(bytes: 3)) {
            try AliasKey(bytes: [1, 2, 3])
        }
    }
}
