// A whole bundle, from sources that are made up to the finished file.

import Foundation
import Glibc
import Redaction
import Support
import Synchronization
import Testing

@testable import IssueBundle

@Suite struct BundleTests {
    /// With every class of canary in a few wrappings: those are other tests' matter.
    private func make(
        _ request: BundleRequest, gate: CallGate = .open, watch: BundleWatch = BundleWatch(),
        canBeNameless: Bool = true, workers: Int = 2
    ) throws -> BundleSummary {
        try BundleMaker(
            request, watch: watch, gate: gate, canBeNameless: canBeNameless,
            wrappings: [.plain, .base64], workers: workers
        ).make()
    }

    @Test func aBundleHoldsWhatItListsAndNothingElse() throws {
        let scratch = try Sample.prepared()
        let request = Sample.request(scratch)

        let summary = try make(request)

        let members = try Sample.members(request.path)
        let expected = [
            "config/live.toml", "environment.json", "logs/agent.1.jsonl", "logs/agent.jsonl",
            "manifest.json", "proof.json", "report.json", "report.txt",
            "snapshots/examination.json", "snapshots/wal.json", "wal/records.jsonl",
        ]
        #expect(members.keys.filter { !$0.hasPrefix("proof/") }.sorted() == expected)
        #expect(summary.memberCount == members.count)
        let manifest = try JSONText.decode(
            Manifest.self, from: try #require(members[Manifest.name]))
        #expect(
            manifest.members.map(\.path) == members.keys.filter { $0 != Manifest.name }.sorted())
        for member in manifest.members {
            let content = try #require(members[member.path])
            #expect(member.digest == .of(content) && member.bytes == content.count)
        }
        let proof = try JSONText.decode(
            ProofRecord.self, from: try #require(members[ProofRecord.name]))
        #expect(proof.planted > 300 && proof.classes.count > 40)
        #expect(try scratch.names.sorted() == ["live.toml", "logs", "out.tar.gz"])
    }

    /// Scrubbed, a file may be called as a folder is: nobody could unpack both.
    @Test func noMemberLiesInAnother() throws {
        let scratch = try Sample.prepared()
        let token = { (letter: String) in "ghp_" + String(repeating: letter + "7", count: 18) }
        for name in [token("a"), token("b"), token("c") + "/part.log", token("d") + "/part.log"] {
            try scratch.write("logs/" + name, "ready\n")
        }
        let request = Sample.request(scratch)

        _ = try make(request)

        let names = Set(try Sample.members(request.path).keys)
        #expect(names.count { $0.hasSuffix("part.log") || $0.contains("part.log~") } == 2)
        for name in names {
            #expect(!names.contains { $0.hasPrefix(name + "/") }, "\(name)")
        }
    }

    /// Each letter of such a name is six bytes of a member's: one file must not cost the bundle.
    @Test func aNameThatNoReaderTakesIsLeftOutAndListed() throws {
        let scratch = try Sample.prepared()
        let name = "logs/" + String(repeating: "é", count: 100)
        try scratch.write(name, "ready\n")
        let request = Sample.request(scratch)

        let summary = try make(request)

        #expect(summary.omissions.map(\.reason) == [.longName])
        #expect(try BundleReader(request.path).read().manifest.omissions.count == 1)
    }

    @Test func equalStatesGiveEqualBytes() throws {
        let scratch = try Sample.prepared()
        let (one, two) = (
            Sample.request(scratch, name: "1.gz"), Sample.request(scratch, name: "2.gz")
        )
        var other = Sample.request(scratch, name: "3.gz")
        other.key = [UInt8](repeating: 9, count: 32)

        _ = try (make(one), make(two), make(other))

        #expect(try scratch.read("1.gz") == scratch.read("2.gz"))
        #expect(try scratch.read("1.gz") != scratch.read("3.gz"))
    }

    @Test func theReportIsMadeOfWhatTheBundleHolds() throws {
        let scratch = try Sample.prepared()
        var request = Sample.request(scratch)
        request.recording["mail.json"] = "{\"note\": \"mail to ada.lovelace@engine.org\"}"
        let seen = Mutex<[String: String]>([:])
        request.report = { files in
            seen.withLock { $0 = files }
            return .init(json: "{}\n", text: "")
        }

        _ = try make(request)

        let contents = try BundleReader(request.path).read()
        #expect(contents.recording == seen.withLock { $0 })
        #expect(contents.recording["mail.json"]?.contains("lovelace") == false)
    }

    @Test func secretsOfTheSourcesAreNotInIt() throws {
        let scratch = try Sample.prepared()
        let secret = "kq8Zx41LmP0aVw7Ty2Kb9"
        try scratch.write("logs/token.jsonl", Sample.logLine(1, "using \(secret) now"))
        try scratch.write("live.toml", "[live]\nroom = \"main\"\npet = \"\(secret)\"\n")
        let known = KnownValues(secrets: [.init(name: "admin token", value: secret)])
        let request = Sample.request(scratch, known: known)

        let summary = try make(request)

        for (name, content) in try Sample.members(request.path) {
            let text = String(decoding: content, as: UTF8.self)
            #expect(!text.contains(secret), "\(name)")
        }
        #expect((summary.rules[RedactionRule.knownSecret.rawValue] ?? 0) > 0)
        #expect(summary.proof?.knownValues == 1)
    }

    @Test func whatIsNoTextIsLeftOutAndListed() throws {
        let scratch = try Sample.prepared()
        let tar = HandTar.file("token", Array("token".utf8)) + HandTar.end
        try scratch.write("logs/old.tar.gz", try HandTar.gzip(tar))
        try scratch.write(
            "logs/zeros.gz", try HandTar.gzip([UInt8](repeating: 0x41, count: 8 << 20)))
        try scratch.write("logs/cut.gz", try HandTar.gzip(Array(Sample.logs(90).utf8)).dropLast(40))
        try scratch.write("logs/old.zip", Array("PK\u{3}\u{4}token".utf8))
        #expect(mkfifo(scratch.path + "/logs/pipe", 0o600) == 0)
        #expect(symlink("/etc/shadow", scratch.path + "/logs/link") == 0)
        let request = Sample.request(scratch)

        let summary = try make(request)

        let reasons = Dictionary(
            summary.omissions.map { ($0.member, $0.reason) }, uniquingKeysWith: { $1 })
        #expect(
            reasons == [
                "logs/old.tar.gz": .packed, "logs/zeros.gz": .packed, "logs/cut.gz": .packed,
                "logs/old.zip": .packed, "logs/pipe": .fifo, "logs/link": .link,
            ])
        let manifest = try BundleReader(request.path).read().manifest
        #expect(Set(manifest.omissions) == Set(summary.omissions))
    }

    @Test func aPackedLogIsScrubbedLikeAnyOther() throws {
        let scratch = try Sample.prepared()
        let text = Sample.logs(40) + Sample.logLine(41, "mail ada.lovelace@engine.org")
        try scratch.write("logs/agent.2.jsonl.gz", try HandTar.gzip(Array(text.utf8)))
        let request = Sample.request(scratch)

        let summary = try make(request)

        let member = try #require(try Sample.members(request.path)["logs/agent.2.jsonl.gz"])
        let lines = String(decoding: member, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 41 && lines.first == Sample.logLine(0).split(separator: "\n").first)
        #expect(!lines.contains { $0.contains("lovelace") } && summary.omissions.isEmpty)
    }

    @Test func spaceIsAskedForBeforeItIsUsed() throws {
        let scratch = try Sample.prepared()
        let descriptor = open(scratch.path, O_RDONLY)
        defer { close(descriptor) }
        try Room.require(1, on: descriptor, path: scratch.path, gate: .open)
        let failure = #expect(throws: SystemFailure.self) {
            try Room.require(1 << 60, on: descriptor, path: scratch.path, gate: .open)
        }
        #expect(failure?.code == ENOSPC)
    }

    @Test func aSourceThatIsNotThereIsListed() throws {
        let scratch = try Scratch()

        let summary = try make(Sample.request(scratch))

        #expect(summary.omissions.map(\.reason) == [.absent])
    }

    @Test func aSourceThatBreaksIsLeftOutUnlessItIsNeeded() throws {
        let scratch = try Sample.prepared()
        var request = Sample.request(scratch)
        let broken = BundleSource(
            "broken", as: .json,
            .made { emit in
                try emit("half.json", Array("{".utf8))
                throw PlainFailure("pump", "stuck", nextStep: "kick it")
            })
        request.sources.append(broken)

        let summary = try make(request)

        #expect(summary.omissions == [Omission("broken/half.json", .notMade, detail: "stuck")])
        #expect(try Sample.members(request.path)["broken/half.json"] == nil)

        request.path += ".2"
        request.sources[request.sources.count - 1].isRequired = true
        let failure = #expect(throws: BundleFailure.self) { try make(request) }
        #expect(failure == .notCollected(member: "broken/half.json", why: "stuck"))
        #expect(!FileAccess.exists(request.path))
    }

    @Test func olderLinesAndFilesStayOut() throws {
        let scratch = try Sample.prepared()
        var times = [timeval](repeating: timeval(tv_sec: 1_000_000, tv_usec: 0), count: 2)
        #expect(utimes(scratch.path + "/logs/agent.1.jsonl", &times) == 0)
        var request = Sample.request(scratch)
        request.since = Timestamp(rawValue: Sample.time.rawValue - 3_600_000 + 30_000)

        let summary = try make(request)

        let members = try Sample.members(request.path)
        let lines = try #require(members["logs/agent.jsonl"]).split(separator: 0x0A)
        #expect(lines.count == 20)
        #expect(members["logs/agent.1.jsonl"] == nil)
        let dropped = Sample.logs(30).utf8.count
        #expect(
            summary.omissions.map(\.member) == ["logs/agent.1.jsonl", "logs/agent.jsonl"]
                && summary.omissions.allSatisfy { $0.reason == .older }
                && summary.omissions.last?.bytes == dropped, "\(summary.omissions)")
    }

    @Test func theNewestLinesAreKeptWhenThereIsLittleRoom() throws {
        let scratch = try Scratch()
        var generator = SeededGenerator(seed: 3)
        let noise = (0..<6000).map { number in
            let word = (0..<24).map { _ in String(Int.random(in: 0...9, using: &generator)) }
            return Sample.logLine(number, word.joined())
        }
        try scratch.write("logs/agent.jsonl", noise.joined())
        var request = Sample.request(scratch)
        let whole = try #require(try make(request).fileBytes)
        request.path += ".2"
        request.bytesMax = whole - whole / 4

        let summary = try make(request)

        #expect(try #require(summary.fileBytes) <= request.bytesMax)
        #expect(summary.omissions.contains { $0.reason == .tooLarge })
        let kept = try #require(try Sample.members(request.path)["logs/agent.jsonl"])
        let text = String(decoding: kept, as: UTF8.self)
        #expect(
            text.hasPrefix("{\"level\"")
                && text.hasSuffix(
                    "5999\",\"target\":\"scanner\",\"time\":\"\(Timestamp(rawValue: Sample.time.rawValue - 3_600_000 + 5_999_000).iso8601)\"}\n"
                ))
        #expect(try BundleReader(request.path).read().differences.isEmpty)
    }

    @Test func whatCannotBeMadeSmallEnoughIsAnError() throws {
        let scratch = try Sample.prepared()
        var request = Sample.request(scratch)
        request.bytesMax = 2000

        #expect(throws: BundleFailure.self) { try make(request) }

        #expect(!FileAccess.exists(request.path))
    }

    @Test func aPreviewCountsAndWritesNothing() throws {
        let scratch = try Sample.prepared()
        try scratch.write("logs/mail.jsonl", Sample.logLine(1, "mail ada.lovelace@engine.org"))
        let before = try scratch.names
        var request = Sample.request(scratch)
        request.isPreview = true
        // Nothing at all may be written there.
        #expect(chmod(scratch.path, 0o500) == 0)
        defer { chmod(scratch.path, 0o700) }

        let summary = try make(request)

        #expect(try scratch.names == before)
        #expect(summary.proof == nil && summary.fileBytes == nil)
        #expect(summary.rules[RedactionRule.email.rawValue] == 1)
        #expect(summary.sections.map(\.name) == ["config", "logs", "snapshots", "top", "wal"])
    }

    @Test func aSignalEndsTheWorkAndLeavesNothing() throws {
        let scratch = try Sample.prepared()
        let request = Sample.request(scratch)
        let asked = Mutex(0)
        for limit in [1, 3, 8, 15, 40] {
            asked.withLock { $0 = 0 }
            let watch = BundleWatch(signal: {
                asked.withLock { asked -> Int32? in
                    asked += 1
                    return asked > limit ? SIGTERM : nil
                }
            })
            let failure = #expect(throws: BundleFailure.self) {
                try make(request, watch: watch)
            }
            #expect(failure?.exitStatus == .terminated)
            #expect(!FileAccess.exists(request.path))
        }
        #expect(try scratch.names == ["live.toml", "logs"])
    }

    /// Every call that touches the world fails once; there is a whole bundle or none. A share here, all of
    /// them with `AURA_FULL=1`.
    @Test(arguments: [true, false])
    func eachFailingCallLeavesAWholeBundleOrNone(canBeNameless: Bool) throws {
        let scratch = try Sample.prepared()
        let secret = "ada.lovelace@engine.org"
        try scratch.write("logs/b.jsonl", Sample.logLine(1, "mail \(secret)"))
        try scratch.write("logs/c.gz", try HandTar.gzip(Array("mail \(secret)\n".utf8)))
        let request = Sample.request(scratch)
        let counter = Saboteur()
        // On one thread: the n-th call is always the same.
        _ = try make(request, gate: counter.gate, canBeNameless: canBeNameless, workers: 1)
        let whole = try FileAccess.read(request.path)
        unlink(request.path)
        // Of each kind of call the first, the last and some between: many are made by one line.
        let calls = Set(counter.calls).sorted().flatMap { operation in
            let places = counter.calls.indices.filter { counter.calls[$0] == operation }
            return places.count < 4 || Share.isFull
                ? places : [places[0], places[places.count / 2], places[places.count - 1]]
        }

        for call in calls {
            let saboteur = Saboteur(failing: call, code: [EIO, ENOSPC, ENOMEM, EACCES][call % 4])
            let what = "call \(call): \(counter.calls[call])"
            do {
                let summary = try make(
                    request, gate: saboteur.gate, canBeNameless: canBeNameless, workers: 1)
                #expect(!summary.omissions.isEmpty, "\(what)")
                #expect(try BundleReader(request.path).read().differences.isEmpty, "\(what)")
                let members = try Sample.members(request.path).values
                #expect(
                    !members.contains { String(decoding: $0, as: UTF8.self).contains(secret) },
                    "\(what)")
                unlink(request.path)
            } catch let failure as BundleFailure {
                #expect(failure.exitStatus != .success, "\(what)")
            }
            #expect(try scratch.names == ["live.toml", "logs"], "\(what)")
        }
        #expect(whole.count > 1000 && calls.count > 20)
        #expect(
            Set(counter.calls).isSuperset(of: [
                "read", "write", "scrub", "unpack", "allocate", "decode", "statvfs", "fsync",
            ]))
    }
}
