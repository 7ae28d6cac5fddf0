// Bundles from strangers: what is read of them, and what they cannot do.

import Foundation
import Glibc
import Redaction
import Support
import Testing

@testable import IssueBundle

@Suite struct ReaderTests {
    private func read(_ bytes: [UInt8], limits: ArchiveLimits = .foreign) throws -> BundleContents {
        let scratch = try Scratch()
        try scratch.write("x.tar.gz", bytes)
        let before = try scratch.names
        defer { #expect((try? scratch.names) == before, "something was unpacked") }
        return try BundleReader(scratch.path + "/x.tar.gz", limits: limits).read()
    }

    private func refusal(_ bytes: [UInt8], limits: ArchiveLimits = .foreign) throws -> String {
        let failure = #expect(throws: BundleFailure.self) { try read(bytes, limits: limits) }
        guard case .refused(_, let why)? = failure else {
            Issue.record("\(String(describing: failure))")
            return ""
        }
        return why
    }

    private func bundle(known: KnownValues = KnownValues()) throws -> (Scratch, String) {
        let scratch = try Sample.prepared()
        let request = Sample.request(scratch, known: known)
        _ = try BundleMaker(request, gate: .open, wrappings: [.plain, .base64]).make()
        return (scratch, request.path)
    }

    @Test(arguments: [
        ("../../etc/passwd", "leads elsewhere"), ("/etc/passwd", "leads elsewhere"),
        ("logs/../../x", "leads elsewhere"), ("logs//x", "leads elsewhere"),
        ("logs/\u{1B}[2Jx", "leads elsewhere"), ("logs\\x", "leads elsewhere"),
        ("./x", "leads elsewhere"),
    ])
    func namesThatLeadElsewhereAreRefused(name: String, why: String) throws {
        #expect(try refusal(HandTar.file(name, [1]) + HandTar.end).contains(why))
    }

    @Test(arguments: ["1", "2", "3", "4", "5", "6"] as [Character])
    func whatIsNoRegularFileIsRefused(type: Character) throws {
        let header = HandTar.header("x", bytes: 0, type: type, link: "/etc/passwd")
        #expect(try refusal(header + HandTar.end).contains("no regular file"))
    }

    @Test func aMemberTwiceIsRefused() throws {
        let twice = HandTar.file("a", [1]) + HandTar.file("a", [2]) + HandTar.end
        #expect(try refusal(twice).contains("twice"))
    }

    @Test func absurdSizesAreRefused() throws {
        let huge = HandTar.header("a", bytes: 0, size: "77777777777")
        #expect(try refusal(huge + HandTar.end).contains("too large"))
        var limits = ArchiveLimits.foreign
        limits.membersMax = 3
        let many = (0..<5).flatMap { HandTar.file("\($0)", [1]) }
        #expect(try refusal(many + HandTar.end, limits: limits).contains("too many members"))
    }

    @Test func bombsAreRefused() throws {
        let zeros = [UInt8](repeating: 0, count: 8 << 20)
        let bomb = try HandTar.gzip(HandTar.file("logs/a", zeros) + HandTar.end)
        var limits = ArchiveLimits.foreign
        limits.ratioFrom = 1 << 20
        #expect(try refusal(bomb, limits: limits).contains("far more than it is"))
        limits = .foreign
        limits.bytesMax = 4 << 20
        #expect(try refusal(bomb, limits: limits).contains("too much"))
    }

    @Test func brokenPackingIsRefused() throws {
        let (scratch, path) = try bundle()
        let whole = try FileAccess.read(path)
        for count in [0, 1, 9, 10, 200, whole.count / 2, whole.count - 9] {
            #expect(throws: BundleFailure.self, "\(count) bytes") {
                try read(Array(whole.prefix(count)))
            }
        }
        _ = scratch
    }

    @Test func whatIsNoFileIsRefused() throws {
        let scratch = try Scratch()
        #expect(mkfifo(scratch.path + "/pipe", 0o600) == 0)
        for path in [scratch.path, scratch.path + "/pipe", scratch.path + "/none", "/dev/zero"] {
            #expect(throws: BundleFailure.self, "\(path)") { try BundleReader(path).read() }
        }
    }

    /// Bytes changed, cut, doubled and inserted at random, packed and unpacked: an answer or a
    /// refusal, never a crash.
    @Test func aDamagedBundleIsReadOrRefused() throws {
        let (scratch, path) = try bundle()
        let packed = try FileAccess.read(path)
        let plain = try Command.run("/usr/bin/gzip", ["-d", "-c", path])
        let seed = UInt64(getpid())
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        var refused = 0
        for round in 0..<120 {
            // A plain tar of the first members reaches the inner layers quickly.
            var bytes = round.isMultiple(of: 2) ? packed : Array(plain.prefix(40_960))
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let at = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0...3, using: &generator) {
                case 0: bytes[at] ^= UInt8.random(in: 1...255, using: &generator)
                case 1: bytes.removeSubrange(at..<min(bytes.count, at + 700))
                case 2: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 512)], at: at)
                default: bytes.replaceSubrange(at..<at + 1, with: [0xFF, 0, 0xFF, 0x37])
                }
                if bytes.isEmpty { bytes = [0] }
            }
            do { _ = try read(bytes) } catch is BundleFailure { refused += 1 }
        }
        #expect(refused > 60)
        _ = scratch
    }

    @Test func eachFailingReadIsAnError() throws {
        let (scratch, path) = try bundle()
        let counter = Saboteur()
        _ = try BundleReader(path, limits: .foreign, gate: counter.gate).read()
        for call in counter.calls.indices {
            #expect(throws: BundleFailure.self, "call \(call)") {
                try BundleReader(
                    path, limits: .foreign, gate: Saboteur(failing: call).gate
                ).read()
            }
        }
        _ = scratch
    }

    // MARK: Verifying

    @Test func aSoundBundleIsVerified() throws {
        let secret = "kq8Zx41LmP0aVw7Ty2Kb9"
        let known = KnownValues(secrets: [.init(name: "token", value: secret)])
        let (scratch, path) = try bundle(known: known)
        let reader = BundleReader(path)

        let verification = try reader.verify(try reader.read(), known: known)

        #expect(verification.canaries > 300 && verification.knownValues == 1)
        _ = scratch
    }

    /// Readers of archives stop at the last member; what is sent along behind it does not pass.
    @Test(arguments: ["plain", "packed"])
    func whatStandsBehindTheLastMemberIsFound(_ kind: String) throws {
        let (scratch, path) = try bundle()
        let secret = scratch.path + "/secret"
        try FileAccess.replace(secret, with: Array("AKIAIOSFODNN7EXAMPLE\n".utf8))
        let behind =
            kind == "plain"
            ? try FileAccess.read(secret) : try Command.run("/usr/bin/gzip", ["-c", secret])
        let altered = scratch.path + "/longer.tar.gz"
        try FileAccess.replace(altered, with: try FileAccess.read(path) + behind)
        let reader = BundleReader(altered)
        let contents = try reader.read()

        let failure = #expect(throws: BundleFailure.self) {
            try reader.verify(contents, known: KnownValues())
        }

        #expect("\(failure as Any)".contains("behind"))
    }

    /// Readers of archives show neither fill nor owners; what is sent along there does not pass.
    @Test(arguments: [("owner", 265), ("link", 157), ("end of the head", 500), ("fill", 0)])
    func whatStandsBetweenTheMembersIsFound(what: String, place: Int) throws {
        let (scratch, path) = try bundle()
        var plain = try Command.run("/usr/bin/gzip", ["-d", "-c", path])
        let untouched = scratch.path + "/untouched.tar.gz"
        try FileAccess.replace(untouched, with: try HandTar.gzip(plain))
        let size = try #require(Int(String(decoding: plain[124..<135], as: UTF8.self), radix: 8))
        let start = place > 0 ? place : 512 + size
        try #require(place > 0 || size % 512 > 0)
        plain[start] = UInt8(ascii: "A")
        if place > 0 { plain.replaceSubrange(148..<156, with: HandTar.checksum(of: plain[..<512])) }
        let altered = scratch.path + "/altered.tar.gz"
        try FileAccess.replace(altered, with: try HandTar.gzip(plain))

        for (file, isSound) in [(untouched, true), (altered, false)] {
            let reader = BundleReader(file)
            let contents = try reader.read()
            var failure: BundleFailure?
            do throws(BundleFailure) {
                _ = try reader.verify(contents, known: KnownValues())
            } catch { failure = error }
            let expected = BundleFailure.altered(
                path: file, why: "something stands between its members")
            #expect(failure == (isSound ? nil : expected), "\(what)")
        }
    }

    /// A name that is too long for a head has one of its own, and that is no reason to refuse.
    @Test func aLongNameIsVerified() throws {
        let scratch = try Sample.prepared()
        try scratch.write("logs/" + String(repeating: "name-", count: 40) + ".log", "ready\n")
        let request = Sample.request(scratch)
        _ = try BundleMaker(request, gate: .open, wrappings: [.plain]).make()
        let reader = BundleReader(request.path)

        let verification = try reader.verify(try reader.read(), known: KnownValues())

        #expect(verification.canaries > 100)
    }

    /// A search for nothing finds nothing: a record that tells of less than was planted is no proof, and
    /// one that tells of more must not keep us planting.
    @Test(arguments: ["none", "no sources", "fewer sources", "more", "twice"])
    func aProofThatIsNoneIsNamed(kind: String) throws {
        let (scratch, path) = try bundle()
        let reader = BundleReader(path)
        let contents = try reader.read()
        let proof = try #require(contents.proof)
        let text = try proof.text
        var changed: ProofRecord?
        switch kind {
        case "none": break
        case "no sources": changed = try Self.proof(text, sources: [])
        case "fewer sources": changed = try Self.proof(text, sources: [proof.sources[0]])
        case "more":
            let more = (0..<65).map { CanaryPlan.Source(name: "x\($0)", kind: .log) }
            changed = try Self.proof(text, sources: more)
        default:
            let doubled = text.replacing("\"plain\"", with: "\"plain\", \"plain\"")
            changed = try JSONText.decode(ProofRecord.self, from: doubled)
        }
        let other = BundleContents(
            manifest: contents.manifest, recording: contents.recording, proof: changed,
            report: contents.report, members: contents.members)

        let failure = #expect(throws: BundleFailure.self) {
            try reader.verify(other, known: KnownValues())
        }

        #expect("\(failure as Any)".contains("proof.json"), "\(kind): \(failure as Any)")
        _ = scratch
    }

    private static func proof(
        _ text: String, sources: [CanaryPlan.Source]
    ) throws -> ProofRecord {
        let list = try JSONText.encode(sources)
        let (start, end) = (
            try #require(text.firstRange(of: "\"sources\": [")?.upperBound),
            try #require(text.firstRange(of: "\"classes\"")?.lowerBound)
        )
        let between = text[..<end].lastIndex(of: "]") ?? end
        let changed = text[..<start].dropLast() + list + text[between...].dropFirst()
        return try JSONText.decode(ProofRecord.self, from: String(changed))
    }

    /// Rewrites one member of a bundle with other programs.
    private func altered(_ name: String, _ change: (String) -> String) throws -> (Scratch, String) {
        let (scratch, path) = try bundle()
        let folder = scratch.path + "/unpacked"
        try FileAccess.makeFolder(folder)
        _ = try Command.run("/usr/bin/tar", ["xzf", path, "-C", folder])
        let member = folder + "/" + name
        let text =
            FileAccess.exists(member)
            ? String(decoding: try FileAccess.read(member), as: UTF8.self) : ""
        try FileAccess.makeFolder(PathName.parent(of: member))
        try FileAccess.replace(member, with: Array(change(text).utf8))
        let new = scratch.path + "/altered.tar.gz"
        let names = try FileAccess.names(in: folder)
        _ = try Command.run(
            "/usr/bin/tar",
            ["czf", new, "-C", folder]
                + names.filter { FileAccess.isFolder(folder + "/" + $0) == false }
                + Command.run(
                    "/usr/bin/find", [folder, "-mindepth", "2", "-type", "f", "-printf", "%P\n"]
                )
                .split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) })
        return (scratch, new)
    }

    @Test func aChangedMemberIsNamed() throws {
        let (scratch, path) = try altered("logs/agent.jsonl") { $0 + "more\n" }
        let reader = BundleReader(path)

        let failure = #expect(throws: BundleFailure.self) {
            try reader.verify(try reader.read(), known: KnownValues())
        }

        #expect(failure == .altered(path: path, why: "logs/agent.jsonl is not as it was written"))
        #expect(failure?.exitStatus == .findings)
        _ = scratch
    }

    @Test func anAddedMemberIsNamed() throws {
        let (scratch, path) = try altered("logs/extra.jsonl") { _ in "extra\n" }
        #expect(try BundleReader(path).read().differences == ["logs/extra.jsonl is not listed"])
        _ = scratch
    }

    @Test func aSecretInABundleThatExistsIsNamed() throws {
        let (scratch, path) = try bundle()
        let known = KnownValues(secrets: [.init(name: "room word", value: "\"target\":\"scanner\"")]
        )
        let reader = BundleReader(path)

        let failure = #expect(throws: BundleFailure.self) {
            try reader.verify(try reader.read(), known: known)
        }

        guard case .exposed(let survivor, _)? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(survivor.source == "room word" && failure?.exitStatus == .redactionFailed)
        _ = scratch
    }
}
