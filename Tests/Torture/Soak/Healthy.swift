// A healthy group under load, examined over and over: every alarm is a false one, and a doctor that
// cries wolf is not asked twice. Only the machine itself may be named, with what was measured.

import Drills
import Foundation
import LiveSync
import Support
import TortureSuite

/// Healthy runs of `aura doctor live` while everybody works.
public struct Healthy {
    public var executable: String
    public var runs: Int
    public var seed: UInt64
    public var peers = 3

    public init(executable: String, runs: Int, seed: UInt64) {
        self.executable = executable
        self.runs = runs
        self.seed = seed
    }

    /// - Parameter tell: takes each line for the reader.
    public func run(_ tally: Tally, _ tell: (String) -> Void) throws {
        let sandbox = try Sandbox(executable: executable)
        defer { sandbox.close() }
        var random = SeededGenerator(seed: seed)
        var marks = Marks()
        let files = Garden.files(count: 24, &marks)
        let names = (0..<peers).map { "peer\($0)" }
        let source = try ToyRepository.make(in: sandbox, extra: files)
        try sandbox.startMothership()
        let group = try names.map {
            try sandbox.addPeer($0, cloning: source, settings: Garden.settings)
        }
        for peer in group { try peer.wait(for: "the link") { $0.link.state == .online } }
        // Each has files of its own, so that nothing but health can come of it.
        let paths = files.keys.sorted().filter { Tongue.of($0) != nil && $0 != Garden.fixedPath }
        for round in 1...runs {
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let writer = Int.random(in: 0..<peers, using: &random)
                let own = paths.indices.filter { $0 % peers == writer }.map { paths[$0] }
                guard let path = own.randomElement(using: &random) else { continue }
                try edit(path, of: group[writer], &marks)
                tally.add(1, "saves")
            }
            let peer = group[Int.random(in: 0..<peers, using: &random)]
            judge(try peer.doctor(), of: peer, tally, tell)
            if round.isMultiple(of: 100) { tell("\(round) runs, load \(try load())") }
        }
    }

    private func edit(_ path: String, of peer: SandboxPeer, _ marks: inout Marks) throws {
        let text = try peer.text(path)
        guard var bed = Bed(text, path: path), let last = bed.plants.indices.last else { return }
        bed.plants[last].text = bed.tongue.function(bed.plants[last].name, marks.next())
        try peer.save(path, bed.text)
    }

    private func judge(
        _ answer: DoctorAnswer, of peer: SandboxPeer, _ tally: Tally, _ tell: (String) -> Void
    ) {
        tally.add(1, "runs of doctor live")
        let alarms = answer.body.findings.filter { $0.severity != "info" }
        for alarm in alarms {
            tally.add(1, "\(alarm.severity) \(alarm.code)")
            tell("  \(peer.user) \(alarm.severity) \(alarm.code): \(alarm.symptom)")
            if !alarm.code.hasPrefix("host.") {
                tally.broke("\(alarm.code) on a healthy peer: \(alarm.symptom)")
            }
        }
        let unsure = answer.body.checks.filter {
            !["ok", "info", "warn", "fail"].contains($0.status)
        }
        for check in unsure {
            tally.add(1, "\(check.status) \(check.check)")
            tally.broke("\(check.check) is \(check.status): \(check.detail)")
        }
        let passes = alarms.isEmpty && unsure.isEmpty
        if passes { tally.add(1, "runs without a word") }
        if passes != (answer.status == 0) {
            tally.broke("exit status \(answer.status) after \(answer.brief)")
        }
    }

    private func load() throws -> String {
        let text = try String(contentsOfFile: "/proc/loadavg", encoding: .utf8)
        return text.split(separator: " ").prefix(2).joined(separator: " ")
    }
}
