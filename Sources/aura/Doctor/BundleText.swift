// How a bundle is told to a person: where it is, what went in, what was masked, what was left out.

import Checks
import Diagnostics
import Foundation
import IssueBundle
import Support
import Synchronization

enum BundleText {
    /// Makes both forms of the report from the files of a recording.
    @Sendable static func report(_ files: [String: String]) throws -> BundleRequest.Report {
        let report = try LiveRecording(files: files).report()
        return BundleRequest.Report(
            json: try JSONRenderer().render(report) + "\n",
            text: LiveProfile.text(of: report, colour: false))
    }

    /// Lines of the masked and of the left-out parts; JSON has all.
    private static let linesMax = 30

    static func lines(of summary: BundleSummary) -> [String] {
        var lines = [summary.proof == nil ? "preview: nothing was written" : "bundle"]
        if let bytes = summary.fileBytes {
            lines.append("  file:      \(summary.path)  (\(ByteText.of(bytes)), for you alone)")
        }
        lines.append(
            "  holds:     \(summary.memberCount) files, \(ByteText.of(summary.bytes)) unpacked")
        for section in summary.sections {
            let name = section.name.padding(toLength: 18, withPad: " ", startingAt: 0)
            let files = section.members == 1 ? "file" : "files"
            lines.append("    \(name) \(section.members) \(files), \(ByteText.of(section.bytes))")
        }
        if summary.proof == nil {
            lines.append("    the proof and the report's texts come with the bundle itself")
        }
        lines += masked(summary) + leftOut(summary)
        if let proof = summary.proof {
            lines.append(
                "  proven:    clean; the finished file was searched for \(proof.planted) planted "
                    + "canaries")
            lines.append(
                "             (\(proof.classes.count) classes in \(proof.encodings.count) wrappings) "
                    + "and \(proof.knownValues) values this machine knows")
            lines.append("  next:      aura doctor bundle \(summary.path)")
        }
        return lines
    }

    private static func masked(_ summary: BundleSummary) -> [String] {
        let counts = summary.classes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard !counts.isEmpty else { return ["  masked:    nothing"] }
        let total = counts.reduce(0) { $0 + $1.value }
        let planted = summary.proof == nil ? "" : ", and \(summary.maskedCanaries) planted ones"
        let head = "  masked:    \(total) values of yours\(planted)"
        let rows = counts.prefix(linesMax).map { "    \($0.value)  \($0.key)" }
        return [head] + rows + rest(counts.count)
    }

    private static func leftOut(_ summary: BundleSummary) -> [String] {
        guard !summary.omissions.isEmpty else { return ["  left out:  nothing"] }
        let rows = summary.omissions.prefix(linesMax).map { omission in
            let size = omission.bytes.map { ", \(ByteText.of($0))" } ?? ""
            let detail = omission.detail.map { ": \(Printable.line($0))" } ?? ""
            return
                "    \(Printable.line(omission.member))  \(omission.reason.rawValue)\(size)\(detail)"
        }
        return ["  left out:"] + rows + rest(summary.omissions.count)
    }

    private static func rest(_ count: Int) -> [String] {
        count > linesMax ? ["    and \(count - linesMax) more; --json lists all"] : []
    }
}

/// One line on standard error that changes, where a person looks at it.
final class ProgressLine: Sendable {
    private let isShown = isatty(STDERR_FILENO) == 1
    private let shown = Mutex<(text: String, at: Duration)>(("", .zero))
    private let started = SystemClock().uptime

    @Sendable func show(_ progress: BundleProgress) {
        guard isShown else { return }
        let now = SystemClock().uptime
        shown.withLock { shown in
            // Ten times a second is as often as anybody reads.
            guard now - shown.at >= .milliseconds(100) else { return }
            let text = words(progress, now - started)
            let blank = String(repeating: " ", count: max(0, shown.text.count - text.count))
            Output.tell("\r\(text)\(blank)")
            shown = (text, now)
        }
    }

    private func words(_ progress: BundleProgress, _ elapsed: Duration) -> String {
        let rate = Double(progress.bytes) / max(0.001, elapsed.seconds)
        let done = "\(progress.stage.rawValue)  \(ByteText.of(progress.bytes))"
        guard let total = progress.total, total > 0 else {
            return "\(done)  \(ByteText.of(Int(rate)))/s"
        }
        let left = rate > 0 ? Double(max(0, total - progress.bytes)) / rate : 0
        return "\(done) of \(ByteText.of(total))  \(ByteText.of(Int(rate)))/s  "
            + "\(Duration.seconds(Int64(left)).brief) left"
    }

    func clear() {
        shown.withLock { shown in
            guard !shown.text.isEmpty else { return }
            let blank = String(repeating: " ", count: shown.text.count)
            Output.tell("\r\(blank)\r")
            shown.text = ""
        }
    }
}
