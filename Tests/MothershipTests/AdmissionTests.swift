// The gate before a room: what is untrusted, what is refused as a whole, and what change by change.

import LiveProtocol
import Mothership
import Support
import Testing

@Suite struct AdmissionTests {
    let ada: TestDevice

    init() throws { ada = try TestDevice(1) }

    func judge(
        _ signed: SignedChangeSet, announced: Int = 1, limits: ServerLimits = ServerLimits()
    ) -> PushAdmission.Outcome {
        PushAdmission.judge(
            signed, announced: announced, device: ada.id, repository: repository, branch: "main",
            limits: limits)
    }

    func untrusted(_ outcome: PushAdmission.Outcome) -> RejectClass? {
        if case .untrusted(let reject, _) = outcome { reject } else { nil }
    }

    func refused(_ outcome: PushAdmission.Outcome) -> [RejectClass]? {
        if case .refused(let result) = outcome { result.rejected.map(\.reject) } else { nil }
    }

    @Test func whatIsNotTheDevicesOwnIsUntrusted() throws {
        let good = try ada.signed(1, [put(1, "one")])
        let stranger = try TestDevice(2)
        #expect(untrusted(judge(try stranger.signed(1, [put(1, "one")]))) == .tokenPeerMismatch)
        let claimed = SignedChangeSet(
            payload: good.payload, signature: try stranger.signed(1, [put(1, "one")]).signature,
            device: ada.id)
        #expect(untrusted(judge(claimed)) == .invalidSignature)
        #expect(untrusted(judge(good, announced: 2)) == .protocolInvalidField)
        #expect(untrusted(judge(good)) == nil && refused(judge(good)) == nil)
    }

    @Test func everyFlippedBitOfAPayloadIsNoticed() throws {
        let good = try ada.signed(1, [put(1, "one")])
        for index in good.payload.indices {
            var payload = good.payload
            payload[index] ^= 1 << (index % 8)
            let bent = SignedChangeSet(
                payload: payload, signature: good.signature, device: ada.id)
            #expect(untrusted(judge(bent)) == .invalidSignature, "byte \(index)")
        }
    }

    @Test func aSetForAnotherRepositoryOrBranchIsRefusedAsAWhole() throws {
        let changes = [put(1, "one"), put(2, "two")]
        let foreign = try ada.key.sign(try ada.set(1, changes, repository: "repo-2"))
        #expect(refused(judge(foreign, announced: 2)) == [.policyViolation, .policyViolation])
        let branch = try ada.signed(2, changes, branch: "topic")
        #expect(refused(judge(branch, announced: 2)) == [.policyViolation, .policyViolation])
    }

    /// An answer names each change of a set; what the other side made long stands in none of it.
    @Test func aRefusalIsNoLongerThanItsChanges() throws {
        let changes = (0..<100).map { put($0, "x") }
        let branch = String(repeating: "b", count: 1 << 16)
        guard
            case .refused(let result) = judge(
                try ada.signed(1, changes, branch: branch), announced: 100)
        else {
            Issue.record("a set for another branch is refused")
            return
        }
        #expect(try JSONText.encode(result).utf8.count < 100 * 256)
    }

    /// Names reach other people's terminals.
    @Test func aNameThatSteersATerminalIsRefused() throws {
        var change = put(1, "one")
        change.qualifiedName = "a\u{1B}[2Jb"
        #expect(refused(judge(try ada.signed(1, [change]))) == [.protocolInvalidField])
        // The joiner of emoji is no control character: such functions have names.
        change.qualifiedName = "m::👩‍💻"
        #expect(refused(judge(try ada.signed(2, [change]))) == nil)
    }

    @Test func limitsHoldAtTheirEdge() throws {
        let limits = ServerLimits(bodyBytes: 10, changesPerPack: 2)
        func outcome(_ changes: [UnitChange]) throws -> PushAdmission.Outcome {
            judge(try ada.signed(1, changes), announced: changes.count, limits: limits)
        }
        #expect(refused(try outcome([put(1, "0123456789")])) == nil)
        #expect(refused(try outcome([put(1, "0123456789a")])) == [.payloadTooLarge])
        #expect(refused(try outcome([put(1, "a"), put(2, "b")])) == nil)
        let three = [put(1, "a"), put(2, "b"), put(3, "c")]
        #expect(
            refused(try outcome(three))
                == [.payloadTooLarge, .payloadTooLarge, .payloadTooLarge])
    }

    @Test func aPutNeedsItsVersionAndTextAndADeletionHasNeither() throws {
        var headless = put(1, "one")
        headless.auraID = nil
        var silent = put(1, "one")
        silent.text = nil
        var wordy = deletion(1, base: 1)
        wordy.text = UnitText(head: [1])
        for change in [headless, silent, wordy] {
            #expect(refused(judge(try ada.signed(1, [change]))) == [.protocolInvalidField])
        }
        #expect(refused(judge(try ada.signed(1, [deletion(1, base: 1)]))) == nil)
    }

    @Test(arguments: [
        "", "/etc/passwd", "..", "../a", "a/../b", "a/./b", "a//b", "a/", "./a", ".git/config",
        ".GIT/config", "sub/.Git/hooks/x", ".git./x", ".git /x", "git~1/x", "GIT~1/x", ".aura/x",
        "a\0b", String(repeating: "x", count: 4097),
    ])
    func aPathThatLeavesTheTreeOrRunsProgramsIsRefused(_ path: String) throws {
        #expect(TreePath.brokenRule(path) != nil)
        let signed = try ada.signed(1, [put(1, "one", path: path)])
        #expect(refused(judge(signed)) == [.pathScopeForbidden])
    }

    @Test(arguments: [
        "a", "a.swift", "Sources/A/b.swift", ".gitignore", ".github/x", "git/x", "..a", "a..b",
        "ä/ö.swift", String(repeating: "x/", count: 2047) + "x",
    ])
    func aPlainPathPasses(_ path: String) {
        #expect(TreePath.brokenRule(path) == nil)
    }
}
