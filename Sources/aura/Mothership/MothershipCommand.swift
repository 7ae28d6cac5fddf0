// `aura mothership …`: the server process.

import ArgumentParser
import Foundation
import LiveProtocol
import LiveSync
import Mothership
import Support

struct MothershipCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mothership",
        abstract: "Run the server that peers sync through.",
        subcommands: [
            MothershipStart.self, MothershipStop.self, MothershipStatusCommand.self,
            MothershipVerify.self, MothershipRegister.self, TokenCommand.self,
        ])
}

struct HomeOptions: ParsableArguments {
    @Option(
        name: .long, help: "The Mothership's home (default: $AURA_HOME or ~/.aura/mothership).")
    var home: String?

    var path: String {
        home.map(PathName.absolute)
            ?? LocalMothership.home(environment: ProcessInfo.processInfo.environment)
    }
}

struct MothershipStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start the Mothership in the background.")

    @OptionGroup var place: HomeOptions
    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Stay in the foreground until SIGTERM or SIGINT.")
    var foreground = false
    @Option(name: .long, help: "Address to listen on (default: 127.0.0.1).")
    var bind: String?
    @Option(name: .long, help: "Port to listen on; 0 takes a free one (default: 7070).")
    var port: Int?
    @Flag(
        name: .long,
        help: "Encrypt, with a certificate made once unless config.toml names one.")
    var tls = false
    @Flag(name: .long, help: "Listen beyond loopback without encryption.")
    var allowCleartext = false
    @Flag(
        name: .long,
        help: "Make another signing key where it was lost; every peer has to trust it anew.")
    var newKey = false

    func run() async throws {
        let options = StartOptions(
            bind: bind, port: port, tls: tls, allowCleartext: allowCleartext, newKey: newKey)
        if foreground {
            try await MothershipService.runInForeground(home: place.path, options: options)
            return
        }
        let status = try MothershipService.start(
            executable: try DemoCommand.executable(), home: place.path, options: options)
        try output.show(status) { status in
            Output.line("mothership started")
            Output.line("  listening:    \(status.listening)")
            Output.line("  store:        \(status.store)")
            Output.line("  fingerprint:  \(status.instance)")
            if let certificate = status.certificate {
                Output.line("  certificate:  \(certificate)")
            }
            Output.line("  log:          \(place.path)/logs/mothership.log")
            Output.line("  pid:          \(status.pid)")
        }
    }
}

struct MothershipStop: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop the Mothership of this home.")

    @OptionGroup var place: HomeOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let outcome = try MothershipControl.stop(MothershipHome(root: place.path))
        try output.show(outcome) { Output.line($0.text) }
        guard case .stillRunning(let pid, _) = outcome else { return }
        Output.note(
            "aura: see with aura doctor live what holds it, or kill -CONT \(pid) if it sleeps")
        throw ExitCode(ExitStatus.busy.rawValue)
    }
}

struct MothershipStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the Mothership of this home.")

    @OptionGroup var place: HomeOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let home = MothershipHome(root: place.path)
        // A file that the start would refuse must not keep the status from being shown.
        let configuration = try? MothershipConfiguration.load(home.configuration)
        let report = MothershipControl.status(
            home, configuration: configuration ?? MothershipConfiguration())
        try output.show(report) { report in Self.lines(of: report).forEach(Output.line) }
        if report.verdict != .running { throw ExitCode(ExitStatus.findings.rawValue) }
    }

    private static func lines(of report: MothershipStatus) -> [String] {
        var lines = ["mothership:  \(report.verdict.rawValue)", "  home:      \(report.home)"]
        guard case .answered(let status) = report.socket else {
            if case .dead(let record) = report.pid {
                lines.append(
                    "  pid:       \(record.process.pid) is gone, its record is still there")
            }
            return lines + silence(of: report)
        }
        lines += [
            "  pid:       \(status.pid)",
            "  version:   \(status.version)",
            "  uptime:    \(SystemClock().now.since(status.startedAt).brief)",
            "  listen:    \(status.listening)",
            "  store:     \(status.store)",
            "  rooms:     \(status.rooms)",
            "  records:   \(status.records)",
            "  peers:     \(status.peers)",
            "  health:    \(status.health)",
            "  ledger:    \(status.ledger?.words ?? "not read yet")",
            "  key:       \(status.instance)",
        ]
        if let certificate = status.certificate, let end = status.certificateNotAfter {
            let left = end.since(SystemClock().now)
            let life = left > .zero ? "ends in \(left.brief)" : "is over"
            lines.append("  tls:       \(certificate)")
            lines.append("             \(life) (\(end.iso8601))")
        }
        return lines
    }
}

extension MothershipStatusCommand {
    /// What there is of one that gives no answer, and what to do about it.
    private static func silence(of report: MothershipStatus) -> [String] {
        guard case .alive(let record) = report.pid else { return [] }
        let process = record.process
        if process.activity?.isStopped == true {
            return [
                "  pid:       \(process.pid) is stopped by a signal",
                "  next:      kill -CONT \(process.pid), if nobody holds it on purpose",
            ]
        }
        return [
            "  pid:       \(process.pid) runs and gives no answer",
            "  next:      look at the end of \(report.home)/logs/mothership.log",
        ]
    }
}

struct MothershipVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read the whole ledger and say whether every record follows from the last.",
        discussion: "After a start the newest records are read anyway; status shows what they said."
    )

    @OptionGroup var place: HomeOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let statement = try MothershipControl.verify(MothershipHome(root: place.path))
        try output.show(statement) { Output.line("ledger:  \($0.words)") }
        guard !statement.isWhole else { return }
        Output.note("aura: stop the Mothership and restore its store from a backup")
        throw ExitCode(ExitStatus.findings.rawValue)
    }
}

struct MothershipRegister: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Make this repository known to its Mothership.",
        discussion: """
            On the Mothership's own machine its user may; elsewhere it takes a token of role admin.
            """)

    @OptionGroup var place: HomeOptions
    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "A name for people (default: the folder's name).")
    var name: String?

    func run() async throws {
        let workspace = try Workspace.find()
        let registered = try await Enrolment().register(
            workspace, home: place.home.map(PathName.absolute), name: name)
        try output.show(registered) { registered in
            Output.line(
                registered.created ? "registered \(registered.name)" : "already registered")
            Output.line("  repository:  \(registered.repository)")
            Output.line("  room:        \(registered.repository)")
        }
    }
}
