// Faults of a whole group: processes that die or stand still, links that break, delay or swallow,
// clocks that are wrong, branches that change under the agent.

import Drills
import Foundation
import Support
import TortureSuite

/// Does faults and takes them back.
struct Storm {
    let crowd: Crowd
    let tally: Tally
    private let shim: ClockShim?
    /// A link is cut where the Mothership would be killed, so that its memory can be watched.
    var sparesMothership = false

    enum Fault: CaseIterable {
        case killAgent, killMothership, cut, delay, stall, standStill, disable, wrongClock
        case switchBranch, killGit

        var title: String {
            switch self {
            case .killAgent: "kill -9 of an agent"
            case .killMothership: "kill -9 of the Mothership"
            case .cut: "link cut"
            case .delay: "link delayed"
            case .stall: "link swallows everything, then cut"
            case .standStill: "agent stopped (SIGSTOP)"
            case .disable: "sync disabled and enabled"
            case .wrongClock: "agent restarted with a wrong clock"
            case .switchBranch: "branch switched and back"
            case .killGit: "kill -9 of git in a switch"
            }
        }

        /// How often of a hundred.
        var share: Int {
            switch self {
            case .killAgent: 24
            case .killMothership: 6
            case .cut: 16
            case .delay: 12
            case .stall: 12
            case .standStill: 10
            case .disable: 4
            case .wrongClock: 4
            case .switchBranch: 8
            case .killGit: 4
            }
        }

        static func random(using random: inout SeededGenerator) -> Fault {
            var left = Int.random(in: 0..<100, using: &random)
            for fault in allCases {
                left -= fault.share
                if left < 0 { return fault }
            }
            return .cut
        }
    }

    init(_ crowd: Crowd, _ tally: Tally) throws {
        self.crowd = crowd
        self.tally = tally
        if let obstacle = ClockShim.obstacle {
            tally.notRun(Fault.wrongClock.title, because: obstacle)
            shim = nil
        } else {
            shim = try ClockShim(in: crowd.sandbox.folder)
        }
    }

    /// Begins a fault, lets people work on, and ends it.
    ///
    /// - Parameters:
    ///   - spares: the agent of this member is never ended, so that its memory can be watched.
    ///   - meanwhile: edits while the fault lasts.
    func strike(
        _ drawn: Fault, sparing spared: Int, using random: inout SeededGenerator,
        _ meanwhile: (inout SeededGenerator) throws -> Void
    ) throws {
        let fault = drawn == .killMothership && sparesMothership ? .cut : drawn
        let index = Int.random(in: 0..<crowd.members.count, using: &random)
        let member = crowd.members[index]
        let (peer, proxy) = (member.peer, member.proxy)
        let endsProcess = [.killAgent, .disable, .wrongClock].contains(fault)
        if endsProcess, index == spared { return try meanwhile(&random) }
        if fault == .wrongClock, shim == nil { return try meanwhile(&random) }
        tally.injected(fault.title)
        switch fault {
        case .killAgent:
            try peer.killAgent()
            try meanwhile(&random)
            try crowd.revive(peer)
        case .killMothership:
            try crowd.sandbox.killMothership()
            try meanwhile(&random)
            try crowd.sandbox.startMothership()
        case .cut:
            proxy.cut()
            try meanwhile(&random)
        case .delay:
            let milliseconds = Int.random(in: 5...120, using: &random)
            proxy.set { $0.delay = .milliseconds(milliseconds) }
            try meanwhile(&random)
            proxy.set { $0.delay = .zero }
        case .stall:
            proxy.set { ($0.swallowsUpstream, $0.swallowsDownstream) = (true, true) }
            try meanwhile(&random)
            // What was swallowed is missing in the stream, so the connection cannot go on.
            proxy.set { ($0.swallowsUpstream, $0.swallowsDownstream) = (false, false) }
            proxy.cut()
        case .standStill:
            let process = try peer.agentProcess()
            _ = try process.signal(SIGSTOP)
            defer {
                // Gone while it stood still is the next round's affair.
                _ = try? process.signal(SIGCONT)
            }
            try meanwhile(&random)
        case .disable:
            try peer.aura(["live", "sync", "disable"])
            try meanwhile(&random)
            try crowd.revive(peer)
        case .wrongClock: try restart(peer, withWrongClock: &random, meanwhile)
        case .switchBranch: try switchBranch(of: peer, &random, meanwhile)
        case .killGit: try killGit(of: peer, &random, meanwhile)
        }
    }

    /// Git dies somewhere between its first lock and its new HEAD; a person finds out, takes its
    /// locks away and puts the files of the own branch back.
    private func killGit(
        of peer: SandboxPeer, _ random: inout SeededGenerator,
        _ meanwhile: (inout SeededGenerator) throws -> Void
    ) throws {
        let git = crowd.sandbox.git(in: peer.root)
        let killer = Tool("/usr/bin/timeout", environment: git.environment, folder: git.folder)
        let seconds = Double(Int.random(in: 1...12, using: &random)) / 1000
        let result = try killer.run(
            ["--signal=KILL", "\(seconds)", git.executable, "switch", "--quiet", "side"])
        tally.add(result.succeeded ? 0 : 1, "switches that did not end")
        try meanwhile(&random)
        let locks = ["index.lock", "HEAD.lock"].map { peer.path(".git/" + $0) }
        if locks.contains(where: FileAccess.exists) {
            tally.add(1, "locks of git left behind")
            try peer.wait(for: "a pause") { $0.lifecycle == .paused }
            for lock in locks { unlink(lock) }
        }
        // Whatever HEAD says by now: the file as `main` has it, in the index and in the tree.
        try git.require(["checkout", "--quiet", "main", "--", Garden.fixedPath])
        try git.require(["switch", "--quiet", "main"])
    }

    private func restart(
        _ peer: SandboxPeer, withWrongClock random: inout SeededGenerator,
        _ meanwhile: (inout SeededGenerator) throws -> Void
    ) throws {
        guard let shim else { return }
        let days = [-3650, -1, 1, 3650].randomElement(using: &random) ?? 1
        try peer.killAgent()
        // Refused is an answer: a clock that is wrong by years is named, not obeyed.
        let variables = shim.variables(ahead: Int64(days) * 86_400)
        do {
            try peer.enable(with: variables)
            try meanwhile(&random)
            try peer.killAgent()
        } catch let failure as PlainFailure where failure.reason.contains("clock") {
            tally.add(1, "wrong clocks named at the start")
            try meanwhile(&random)
        }
        try crowd.revive(peer)
    }

    private func switchBranch(
        of peer: SandboxPeer, _ random: inout SeededGenerator,
        _ meanwhile: (inout SeededGenerator) throws -> Void
    ) throws {
        let git = crowd.sandbox.git(in: peer.root)
        try git.require(["switch", "--quiet", "side"])
        try meanwhile(&random)
        try git.require(["switch", "--quiet", "main"])
    }
}
