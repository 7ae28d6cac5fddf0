// Ordinary values that stand near words of secrets, and lines behind one that was cut off.

import Testing

@Suite struct OrdinaryNameTests {
    @Test(arguments: [
        "ERROR no such key: wal.larch.30\n", "WARN no such key: rooms\n",
        "token rejected; traceparent=00-a2912b141c5f703e6e6b3977fd6ded9d-b43707e527e00690-01\n",
        "token expired 5s ago hlc=1715697180399-4782-a87e1b97\n",
        "token rejected: expired 71s ago; if-none-match: W/\"2817-JmEhE2UalIPkgTLg0vknGCgVk6T\"\n",
    ])
    func whatIsNoSecretStays(text: String) throws {
        #expect(try Bench.redact(text) == text)
    }
}
