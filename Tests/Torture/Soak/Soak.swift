// Hours of a group at work under faults: at the end the trees are equal or a conflict is open, no
// text that was not shared was overwritten, memory and open files stayed flat, nothing is left.

import Drills
import Foundation
import LiveSync
import Support
import TortureSuite

/// A soak of real processes.
public struct Soak {
    public var executable: String
    public var peers: Int
    public var length: Duration
    public var seed: UInt64
    public var files = 40
    /// Everybody changes everything, so that conflicts come up; else each has files of their own.
    public var isDisputed = true
    /// Leaves a copy of the sandbox behind when a promise broke.
    public var keepsState = false
    /// How long the group may take to agree once nothing breaks any more.
    public var convergenceLimit = Duration.seconds(240)

    public init(executable: String, peers: Int, length: Duration, seed: UInt64) {
        self.executable = executable
        self.peers = peers
        self.length = length
        self.seed = seed
    }

    /// - Parameter tell: takes each line for the reader.
    public func run(_ tally: Tally, _ tell: (String) -> Void) throws {
        let sandbox = try Sandbox(executable: executable)
        do { try run(in: sandbox, tally, tell) } catch {
            keep(sandbox, tell)
            sandbox.close()
            throw error
        }
        if tally.brokenCount > 0 { keep(sandbox, tell) }
        let killed = sandbox.close()
        for pid in killed { tally.broke("process \(pid) did not stop by itself") }
        for pid in try Crowd.processes(in: sandbox.folder) { tally.broke("process \(pid) is left") }
    }

    /// A copy of what is left, for whoever looks into it.
    private func keep(_ sandbox: Sandbox, _ tell: (String) -> Void) {
        guard keepsState else { return }
        let place = sandbox.folder + "-kept"
        // Sockets and files that go away meanwhile make it fail half way, which is enough to read.
        _ = try? Tool("/bin/cp", environment: [:], folder: "/").run(["-a", sandbox.folder, place])
        tell("the sandbox's state is in \(place)")
    }

    private func run(in sandbox: Sandbox, _ tally: Tally, _ tell: (String) -> Void) throws {
        var random = SeededGenerator(seed: seed)
        var marks = Marks()
        let tree = Garden.files(count: files, &marks)
        let names = (0..<peers).map { "peer\($0)" }
        let crowd = try Crowd(sandbox, names: names, files: tree, settings: Garden.settings)
        tell("\(peers) peers and a Mothership are up, \(tree.count) files")
        var work = Work(
            crowd: crowd, marks: marks, tally: tally, isDisputed: isDisputed)
        var storm = try Storm(crowd, tally)
        let clock = SystemClock()
        let start = clock.uptime
        while clock.uptime - start < length {
            // Killed every minute, it never lives long enough to show that it leaks.
            if !storm.sparesMothership, clock.uptime - start >= length / 2 {
                storm.sparesMothership = true
                work.watchesOneMothership = true
            }
            try storm.strike(.random(using: &random), sparing: 0, using: &random) {
                try work.edit(using: &$0)
            }
            try work.edit(using: &random)
            try work.look()
        }
        tell("quiet after \((clock.uptime - start).brief); waiting until all agree")
        try finish(work, tally, tell)
    }

    private func finish(_ work: Work, _ tally: Tally, _ tell: (String) -> Void) throws {
        var work = work
        let crowd = work.crowd
        let clock = SystemClock()
        let start = clock.uptime
        let left = try crowd.converge(limit: convergenceLimit)
        for what in left { tally.broke("not converged: \(what)") }
        tell("agreed after \((clock.uptime - start).brief)")
        let ledger = try Audit(crowd: crowd, tally: tally).run()
        let known = ledger.texts.reduce(into: Set<Int>()) { $0.formUnion(Garden.marks(in: $1)) }
        let stray = ledger.sets.flatMap(\.set.changes).filter { $0.path == Garden.fixedPath }
        if !stray.isEmpty {
            tally.broke("a switch of the branch was pushed as \(stray.count) edits")
        }
        var lost = 0
        for gardener in work.gardeners {
            let missing = try gardener.lost(besides: known)
            lost += missing.count
            for mark in missing.sorted() {
                tally.broke("\(gardener.peer.user)'s save \(mark) is nowhere")
            }
        }
        tally.add(work.gardeners.map(\.outstanding.count).reduce(0, +), "saves still counted on")
        tally.add(lost, "saves lost")
        let open = try crowd.peers.map { try $0.status().conflicts.count }.reduce(0, +)
        tally.add(open, "conflicts open at the end")
        try work.look()
        for line in work.gauge.lines { tell(line) }
        for leak in work.gauge.leaks { tally.broke(leak) }
        let lives = work.gauge.lives(of: Work.lastMothership)
        if work.watchesOneMothership, lives != 1 {
            tally.broke("\(Work.lastMothership) lived \(lives) times, and was spared")
        }
    }
}

/// Everybody's hands, and a look at the processes now and then.
struct Work {
    let crowd: Crowd
    var marks: Marks
    let tally: Tally
    private(set) var gardeners: [Gardener]
    private(set) var gauge = Gauge()
    /// From now on the Mothership is to be one process, and its watch begins anew.
    var watchesOneMothership = false
    static let lastMothership = "Mothership of the second half"

    init(crowd: Crowd, marks: Marks, tally: Tally, isDisputed: Bool) {
        self.crowd = crowd
        self.marks = marks
        self.tally = tally
        let peers = crowd.peers
        gardeners = peers.enumerated().map { index, peer in
            Gardener(peer, isDisputed ? Plot() : Plot(index: index, count: peers.count))
        }
    }

    /// A few saves of a few people.
    mutating func edit(using random: inout SeededGenerator) throws {
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let index = Int.random(in: 0..<gardeners.count, using: &random)
            let act = Gardener.Act.random(using: &random)
            if try gardeners[index].act(act, &marks, using: &random) {
                tally.add(1, act.title)
            }
            pause(milliseconds: Int32.random(in: 0...60, using: &random))
        }
    }

    /// One look at the memory and the open files of every process.
    mutating func look() throws {
        for peer in crowd.peers {
            // Between a kill and the next start there is none.
            guard let process = try? peer.agentProcess(), process.isAlive else { continue }
            gauge.look(at: "agent of \(peer.user)", process.pid)
        }
        gauge.look(
            at: watchesOneMothership ? Self.lastMothership : "Mothership",
            try crowd.sandbox.mothershipProcess().pid)
    }
}
