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

    /// The words of the report, and those of the status line, behind a key that mostly tells a host.
    @Test(arguments: [
        "OK", "SKIP", "UNKNOWN", "WARN", "FAIL", "INFO", "SKIPPED", "CRASHED", "TIMED OUT",
        "online", "offline", "degraded",
    ])
    func howAMachineIsStays(word: String) throws {
        let text = "  mothership:     \(word)  (ws offline, last seen 4s ago)\n"
        #expect(try Bench.redact(text, as: .text) == text)
    }

    /// The next quote may be far away, in somebody else's line.
    @Test(arguments: [
        "2026-03-11T00:00:01.000Z DEBUG frame {\"token\":\"foxDen77abfoxDen77ab",
        "{\"ts\":\"x\",\"token\":\"foxDen77abfoxDen77ab",
    ])
    func aRecordThatWasCutOffEndsThere(broken: String) throws {
        let next =
            "2026-03-11T00:00:02.000Z INFO  live::sync scan tick dirty=3 took=4ms\n"
            + "2026-03-11T00:00:03.000Z INFO  live::sync note \"fine\" n=3\n"
        let output = try Bench.redact(broken + "\n" + next)
        #expect(!output.contains("foxDen77ab"))
        #expect(output.hasSuffix("\n" + next))
    }

    @Test func aTextThatWasFoldedUnderHeadsGoesOn() throws {
        let head = "2026-03-11T00:00:01.000Z INFO  live::sync "
        try Line(
            head + "frame {\"token\":\"foxDen77ab\n" + head + "larchQz55cd\"}\n",
            gone: "foxDen77ab", "larchQz55cd"
        ).check()
    }
}
