// How a rehearsal in a test goes: healthy, the situation made for real, its one root named,
// put back, healthy again.

import Drills
import Foundation
import Support
import Testing

enum Situation {
    /// How long a report may take to say what it should. It takes seconds on an idle machine; on one
    /// that builds and tests beside, each look alone takes as long.
    static let patience = Duration.seconds(300)

    /// Short limits for what a test makes happen, and none that a loaded machine breaks by itself.
    private static let limits = [
        ("mothership_down_fail", "1s"), ("own_beat_warn", "10s"), ("own_beat_fail", "20s"),
        ("peer_stale", "3s"), ("queue_stalled_warn", "1s"), ("apply_stalled", "1s"),
        ("ack_lost", "1s"), ("disk_slow", "20s"), ("mothership_slow", "5s"),
        ("scanner_slow_warn", "5s"), ("scanner_stalled", "60s"),
    ]

    /// - Parameter thresholds: lines of the table that count more than the usual ones.
    static func settings(_ thresholds: String = "") -> [String: String] {
        let own = Set(thresholds.split(separator: "\n").map { $0.prefix { $0 != " " } })
        let usual = limits.filter { !own.contains($0.0[...]) }.map { "\($0.0) = \"\($0.1)\"" }
        return [
            "doctor.thresholds": (usual + ["scanner_canaries_lost = 3", thresholds])
                .joined(separator: "\n"),
            "live.presence": "heartbeat_s = 1\nwindow_s = 3",
            "live.scan": "tick_ms = 200",
        ]
    }

    /// Makes a situation and takes it back, between two healthy reports.
    static func rehearse(
        _ root: String, at peer: SandboxPeer, doctor: (() throws -> DoctorAnswer)? = nil,
        make: () throws -> Void, back: () throws -> Void
    ) throws {
        let doctor = doctor ?? { try peer.doctor() }
        try awaitHealth("before \(root)", doctor)
        try make()
        let answer = try awaitRoot(root, doctor)
        let severity = answer.body.findings.first { $0.code == root }?.severity
        #expect(answer.status == (severity == "info" ? 0 : 1), "\(answer.text)")
        try back()
        try awaitHealth("after \(root)", doctor)
    }

    static func awaitHealth(
        _ when: String, _ doctor: () throws -> DoctorAnswer
    ) throws {
        var answer: DoctorAnswer?
        do {
            try Waiting.until("health \(when)", limit: patience) {
                let now = try doctor()
                answer = now
                return now.allCodes.isEmpty && now.body.overall == "OK" && now.status == 0
            }
        } catch {
            Issue.record("not healthy \(when): \(answer?.text ?? "no report")")
            throw error
        }
    }

    /// Running a repair twice is running it once. A look that came too late for a busy machine is
    /// made again; whatever it finds, it may not change anything.
    static func expectNothingLeft(_ words: [String], at peer: SandboxPeer) throws {
        var last: ToolResult?
        do {
            try Waiting.until("a second repair to find nothing", limit: patience) {
                let again = try peer.tryAura(words)
                last = again
                return again.output.contains("nothing was changed") && again.status == 0
            }
        } catch {
            Issue.record("it found something: \(last?.output ?? "")\(last?.errors ?? "")")
            throw error
        }
    }

    /// Waits until exactly this code is at the root of everything that is reported.
    @discardableResult
    static func awaitRoot(
        _ root: String, _ doctor: () throws -> DoctorAnswer
    ) throws -> DoctorAnswer {
        var last: DoctorAnswer?
        do {
            try Waiting.until("the root \(root)", limit: patience) {
                let answer = try doctor()
                last = answer
                return answer.everyRoot == [root]
            }
        } catch {
            Issue.record("not the only root, \(root): \(last?.text ?? "no report")")
            throw error
        }
        guard let last else { throw PlainFailure(root, "has no report", nextStep: "see above") }
        return last
    }
}

extension SandboxPeer {
    /// Puts a file back as git has it.
    func checkout(_ path: String, in sandbox: Sandbox) throws {
        try sandbox.git(in: root).require(["checkout", "--quiet", "--", path])
    }

    /// The report as another environment sees it.
    func doctor(with variables: [String: String], of sandbox: Sandbox) throws -> DoctorAnswer {
        var tool = sandbox.aura(user: user, in: root)
        tool.environment.merge(variables) { $1 }
        let result = try tool.run(["doctor", "live", "--json"])
        return try DoctorAnswer(result)
    }
}
