// `aura live logs bundle`: evidence that is safe to publish, in one file.

import ArgumentParser
import Checks
import Diagnostics
import Foundation
import IssueBundle
import LiveSync
import Support

struct LogsBundle: AsyncParsableCommand, Prepared {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "Collect logs, log metadata, settings and the doctor's report, scrubbed.",
        discussion: """
            Secrets are masked, names of people and machines become aliases, source code never goes \
            in. The finished file is read again and searched for everything that must not be in it; \
            when something is found, there is no file and the exit status is 8.
            """)

    enum Part: String, ExpressibleByArgument, CaseIterable { case mothership }

    @OptionGroup var output: OutputOptions
    @Argument(
        help: "Where to write it (default: ./live-debug-TIME.tar.gz).", completion: .file())
    var path: String?
    @Option(name: .long, help: "Leave out what is older, e.g. 2h or 3d.")
    var since: String?
    @Option(name: .long, help: "The most the file may have, e.g. 20M; the newest lines are kept.")
    var maxSize: String?
    @Flag(name: .long, help: "Say what would go in, and write nothing.")
    var preview = false
    @Option(name: .long, help: "Also take in the side of: mothership.")
    var include: [Part] = []
    @Flag(name: .long, help: "Hide paths and names of functions, branches and repositories too.")
    var strict = false
    @Flag(name: .long, help: "Make a new key first, so that aliases match no earlier bundle.")
    var newKey = false
    @Option(name: .long, help: "The time that stands in it: 2026-11-21T04:05:06Z (default: now).")
    var time: String?

    func validate() throws {
        if let time, Timestamp(typed: time) == nil {
            throw ValidationError("--time \(time) is no UTC time; write 2026-11-21T04:05:06Z")
        }
        if let since, Duration(parsing: since) == nil {
            throw ValidationError("--since \(since) is no duration; write 90s, 15m, 2h or 3d")
        }
        if let maxSize, ByteText.parse(maxSize) == nil {
            throw ValidationError("--max-size \(maxSize) is no size; write 500K, 20M or 1G")
        }
    }

    func prepare() { KeptMemory.keepFreed() }

    func run() async throws {
        let workspace = try Workspace.find()
        let now = time.flatMap(Timestamp.init(typed:)) ?? SystemClock().now
        let recording = try await LiveProfile.record(workspace, clock: HeldClock(at: now))
        let bundle = LiveBundle(
            workspace, includesMothership: include.contains(.mothership), time: now)
        var request = try bundle.request(
            to: path ?? "./" + LiveBundle.standardName(now), isPreview: preview, renewsKey: newKey,
            recording: recording.files, report: BundleText.report)
        request.missing += LiveSession(workspace).notRecorded.map {
            Omission("snapshots/\($0).json", .notRecorded)
        }
        request.strict = strict
        request.since = since.flatMap { Duration(parsing: $0) }.map { now + (.zero - $0) }
        request.bytesMax = maxSize.flatMap(ByteText.parse) ?? request.bytesMax
        let summary = try make(request)
        try output.show(summary) { BundleText.lines(of: $0).forEach(Output.line) }
    }

    private func make(_ request: BundleRequest) throws -> BundleSummary {
        StopSignals.listen()
        let line = ProgressLine()
        defer { line.clear() }
        let watch = BundleWatch(progress: line.show, signal: { StopSignals.received })
        return try BundleMaker(request, watch: watch).make()
    }
}
