// The main job, shown on a real tree with real processes: a function saved on one side arrives on
// the other, and three real faults are named by the doctor. Nothing here is canned: every line is
// what a program printed, and a wrong answer ends the demo with an error.

import Foundation
import Glibc
import LiveSync
import Support

/// The demonstration behind `aura demo`.
public struct Demo {
    private let sandbox: Sandbox
    private let source: String
    private let tell: (String) -> Void

    /// - Parameters:
    ///   - executable: the `aura` to run.
    ///   - source: a git repository to clone.
    ///   - tell: takes each line for the user.
    public init(executable: String, source: String, tell: @escaping (String) -> Void) throws {
        sandbox = try Sandbox(executable: executable)
        self.source = source
        self.tell = tell
    }

    /// Runs all steps and cleans up.
    ///
    /// - Throws: ``PlainFailure`` at the first step that does not do what it should.
    public func run() throws {
        do {
            try steps()
        } catch {
            let kept = sandbox.folder + "-logs"
            keepLogs(in: kept)
            sandbox.close()
            tell("the sandbox's logs are kept in \(kept)")
            throw error
        }
        let killed = sandbox.close()
        guard killed.isEmpty else {
            throw PlainFailure(
                "demo", "\(killed.count) processes did not stop by themselves",
                nextStep: "report this defect")
        }
        tell("")
        tell("cleaned up: every process stopped, \(sandbox.folder) removed")
    }

    private func steps() throws {
        tell("cloning \(source) for ada and ben, starting a Mothership between them")
        let tree = try SourceTree(at: source, scratch: sandbox.folder)
        try sandbox.startMothership()
        let ada = try sandbox.addPeer("ada", cloning: tree.path)
        let ben = try sandbox.addPeer("ben", cloning: tree.path)
        let edit = try SourceEdit.find(in: ada.root, paths: try tree.files(of: sandbox))
        for peer in [ada, ben] {
            try peer.wait(for: "the link to come up") { $0.link.state == .online }
        }
        try showArrival(of: edit, from: ada, at: ben)
        try showReport("\n$ aura doctor live", of: ada, expecting: [])
        try killTheMothership(ada)
        try editBothSides(edit, ada, ben)
        try flipABit(in: ada)
    }

    private func showArrival(
        of edit: SourceEdit, from ada: SandboxPeer, at ben: SandboxPeer
    ) throws {
        tell("\nada saves \(edit.function) in \(edit.path)")
        let bytes = edit.bytes(step: 1)
        let clock = SystemClock()
        let start = clock.uptime
        try ada.save(edit.path, bytes)
        try ben.wait(for: edit.path, toBe: bytes)
        let taken = (clock.uptime - start).seconds * 1000
        tell("ben's file has it after \(String(format: "%.1f", taken)) ms, byte for byte")
        try ada.wait(for: "the push to be acknowledged") { $0.wal.pendingOut == 0 }
    }

    private func killTheMothership(_ ada: SandboxPeer) throws {
        let process = try sandbox.mothershipProcess()
        try sandbox.killMothership()
        tell("\nfault 1: the Mothership (pid \(process.pid)) was killed with SIGKILL")
        try ada.wait(for: "the loss of the link to be noticed") { $0.link.state == .offline }
        try showReport("$ aura doctor live", of: ada, expecting: ["daemon.down"])
    }

    private func editBothSides(
        _ edit: SourceEdit, _ ada: SandboxPeer, _ ben: SandboxPeer
    ) throws {
        tell("\nfault 2: while apart, both edit \(edit.function); then the Mothership is back")
        try ada.save(edit.path, edit.bytes(step: 2))
        try ben.save(edit.path, edit.bytes(step: 3))
        for peer in [ada, ben] {
            try peer.wait(for: "the edit to be queued") { $0.wal.pendingOut > 0 }
        }
        try sandbox.startMothership()
        for peer in [ada, ben] { try peer.aura(["live", "sync", "push"]) }
        try Waiting.until("one side to have a conflict") {
            try ada.status().conflicts.count + ben.status().conflicts.count == 1
        }
        let later = try ada.status().conflicts.isEmpty ? ben : ada
        let earlier = later.user == ada.user ? ben : ada
        tell("\(later.user) came later and keeps both versions:")
        try showReport(
            "$ aura doctor live   (\(later.user))", of: later, expecting: ["conflicts.unresolved"])
        let mine = try later.read(edit.path)
        guard mine == edit.bytes(step: later.user == ada.user ? 2 : 3) else {
            throw PlainFailure(
                edit.path, "\(later.user)'s own edit was overwritten",
                nextStep: "report this defect")
        }
        try settle(edit, later: later, earlier: earlier)
    }

    /// The later side takes the other version, and the two files are one again.
    private func settle(_ edit: SourceEdit, later: SandboxPeer, earlier: SandboxPeer) throws {
        guard let conflict = try later.status().conflicts.first else {
            throw PlainFailure("conflict", "vanished by itself", nextStep: "report this defect")
        }
        try later.aura(["live", "conflicts", "resolve", conflict.id, "--take", "remote"])
        try later.wait(for: edit.path, toBe: try earlier.read(edit.path))
        tell("\(later.user) takes \(earlier.user)'s version: both files are equal again")
    }

    private func flipABit(in peer: SandboxPeer) throws {
        // A clean stop seals the segment; the agent then goes on in the next one.
        try peer.aura(["live", "sync", "disable"])
        try peer.enable()
        try peer.wait(for: "the link to come up") { $0.link.state == .online }
        let segment = try sealedSegment(of: peer)
        var bytes = try FileAccess.read(segment)
        // The first record begins at 4096 and its payload 40 bytes later.
        let offset = 4096 + 48
        bytes[offset] ^= 0x10
        try retrying("chmod", segment) { chmod(segment, 0o600) }
        let descriptor = try retrying("open", segment) { open(segment, O_WRONLY | O_CLOEXEC) }
        defer { close(descriptor) }
        try retrying("write", segment) {
            bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress! + offset, 1, off_t(offset))  // offset < count
            }
        }
        tell("\nfault 3: one bit flipped at byte \(offset) of \(PathName.last(of: segment))")
        try showReport(
            "$ aura doctor live", of: peer, expecting: ["integrity.checksum-mismatch"])
    }

    private func sealedSegment(of peer: SandboxPeer) throws -> String {
        let folder = peer.workspace.walFolder
        let sealed = try FileAccess.names(in: folder).filter { $0.hasPrefix("segment-") }
        guard let first = sealed.first else {
            throw PlainFailure(folder, "has no segment", nextStep: "report this defect")
        }
        return folder + "/" + first
    }

    /// What is so in a real tree, without anything being wrong with the sync: some files do not parse,
    /// and after some seconds the report says so.
    private static let ofTheTree: Set<String> = ["scanner.parse-error"]

    /// Runs the doctor, shows what it printed, and compares the codes of its JSON form.
    private func showReport(
        _ title: String, of peer: SandboxPeer, expecting codes: [String]
    ) throws {
        let text = try peer.tryAura(["doctor", "live"])
        tell(title)
        tell(text.output)
        let json = try peer.tryAura(["doctor", "live", "--json"])
        let report = try JSONText.decode(ReportCodes.self, from: json.output)
        let found = Set(report.findings.filter { $0.severity != "info" }.map(\.code))
        let missing = codes.filter { !found.contains($0) }
        guard missing.isEmpty else {
            throw PlainFailure(
                "the report of \(peer.user)",
                "lacks \(missing.joined(separator: ", ")); it has \(found.sorted())",
                nextStep: "report this defect")
        }
        let strange = found.subtracting(Self.ofTheTree)
        let isWell = found.isEmpty ? report.overall == "OK" : strange.isEmpty
        guard !codes.isEmpty || isWell else {
            throw PlainFailure(
                "the report of \(peer.user)", "is not healthy: \(strange.sorted())",
                nextStep: "read the findings above")
        }
    }

    private func keepLogs(in folder: String) {
        let manager = FileManager.default
        // Keeping logs is a courtesy; the failure that is on its way matters more.
        try? manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for peer in sandbox.peers {
            // As above.
            try? manager.copyItem(
                atPath: peer.workspace.logFolder, toPath: "\(folder)/\(peer.user)")
        }
        // As above.
        try? manager.copyItem(
            atPath: sandbox.mothershipHome + "/logs", toPath: folder + "/mothership")
    }
}

/// The part of a report the demo compares.
struct ReportCodes: Decodable {
    struct Entry: Decodable {
        let code: String
        let severity: String
    }

    let overall: String
    let findings: [Entry]
}

/// A tree to demonstrate on: a git repository, or a folder that becomes one in the sandbox.
struct SourceTree {
    let path: String

    init(at source: String, scratch: String) throws {
        guard let real = PathName.resolved(source), FileAccess.isFolder(real) else {
            throw PlainFailure(
                source, "is no readable folder", nextStep: "name a folder with source code",
                exitStatus: .usage)
        }
        if FileAccess.exists(real + "/.git") {
            path = real
            return
        }
        path = scratch + "/source"
        try FileManager.default.copyItem(atPath: real, toPath: path)
        let git = Tool(
            "/usr/bin/git", environment: ProcessInfo.processInfo.environment, folder: path)
        try git.require(["init", "--quiet", "--initial-branch=main"])
        try git.require(["add", "--all"])
        try git.require([
            "-c", "user.name=demo", "-c", "user.email=demo@localhost", "commit", "--quiet",
            "--message=Demo",
        ])
    }

    func files(of sandbox: Sandbox) throws -> [String] {
        // Scripts in dot folders can be edited as well, but a product's own code shows more.
        try sandbox.git(in: path).require(["ls-files"]).output.split(separator: "\n")
            .map(String.init).filter { !$0.hasPrefix(".") }
    }
}
