// The doctor's surfaces as a person and a script use them: options, files, acknowledgements,
// differences, third-party checks, all through the real program.

import Diagnostics
import Drills
import Foundation
import LiveSync
import Support
import Testing

@Suite struct SurfaceTests {
    /// A working copy with findings: its Mothership is gone.
    private func lonely(_ sandbox: Sandbox) throws -> SandboxPeer {
        let source = try ToyRepository.make(in: sandbox)
        try sandbox.startMothership()
        let ada = try sandbox.addPeer("ada", cloning: source)
        try ada.wait(for: "the link") { $0.link.state == .online }
        try sandbox.killMothership()
        try ada.wait(for: "the loss") { $0.link.state == .offline }
        return ada
    }

    /// Where nothing can be told, the exit status still is.
    @Test func aFullDiskBehindTheWordsKeepsTheStatus() async throws {
        try await inSandbox { sandbox in
            let shell = Tool(
                "/bin/sh", environment: sandbox.environment(user: "ada"), folder: sandbox.folder)

            let result = try shell.run(["-c", "\(sandbox.executable) live sync status 2>/dev/full"])

            #expect(result.status == ExitStatus.noWorkspace.rawValue)
        }
    }

    /// Half a report must not pass for a healthy one.
    @Test func aReportThatCouldNotBeWrittenIsNoSuccess() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            try sandbox.startMothership()
            let ada = try sandbox.addPeer("ada", cloning: source)
            try ada.wait(for: "the link") { $0.link.state == .online }
            let shell = Tool(
                "/bin/sh", environment: sandbox.environment(user: "ada"), folder: ada.root)
            let aura = sandbox.executable

            for words in ["live sync status", "live sync status --json", "version"] {
                let full = try shell.run(["-c", "\(aura) \(words) >/dev/full"])
                #expect(full.status == ExitStatus.inputOutput.rawValue, "\(words): \(full.errors)")
                #expect(full.errors.contains("standard output"))
                let closed = try shell.run(["-c", "\(aura) \(words) >&- 2>&- <&-"])
                #expect(closed.status == 0, "\(words)")
            }
            // Who reads one line of an examination that goes on has what they wanted.
            let pipe = try shell.run(["-c", "\(aura) doctor watch --interval 50ms | head -1"])
            #expect(!pipe.output.isEmpty)
        }
    }

    /// Nobody reads on, and the repair is made all the same.
    @Test func aReaderWhoLeavesDoesNotCutARepairOff() async throws {
        try await inSandbox { sandbox in
            let ada = try lonely(sandbox)
            let shell = Tool(
                "/bin/sh", environment: sandbox.environment(user: "ada"), folder: ada.root)

            _ = try shell.run(["-c", "\(sandbox.executable) doctor live --fix 2>&1 | head -1"])

            // The Mothership was started, and no run was left in the middle.
            try ada.wait(for: "the link") { $0.link.state == .online }
            let report = try Self.report(try ada.tryAura(["doctor", "live", "--json"]))
            #expect(!report.findings.contains { $0.code == "doctor.interrupted-run" })
        }
    }

    /// What a person left for later is not repaired behind their back.
    @Test func whatIsAcknowledgedIsNotRepaired() async throws {
        try await inSandbox { sandbox in
            let ada = try lonely(sandbox)
            let report = try Self.report(try ada.tryAura(["doctor", "live", "--json"]))
            let down = try #require(report.findings.first { $0.code == "daemon.down" })
            _ = try ada.tryAura([
                "doctor", "live", "--ack", down.fingerprint.rawValue, "--until", "1d", "--reason",
                "a pause",
            ])

            _ = try ada.tryAura(["doctor", "live", "--fix"])

            #expect(try ada.status().link.state == .offline)
            #expect(try !sandbox.mothershipProcess().isAlive)
        }
    }

    @Test func oneExaminationGoesToManyFormats() async throws {
        try await inSandbox { sandbox in
            let ada = try lonely(sandbox)
            let targets = ReportFormat.allCases.filter { $0 != .text }
                .flatMap { ["--format", "\($0.rawValue):\(sandbox.folder)/out.\($0.rawValue)"] }

            let result = try ada.tryAura(["doctor", "live", "--format", "text"] + targets)

            #expect(result.status == 1)
            #expect(result.output.contains("  mothership:"))
            for format in ReportFormat.allCases where format != .text {
                let text = try FileAccess.read("\(sandbox.folder)/out.\(format.rawValue)")
                #expect(text.count > 40, "\(format)")
            }
            let report = try #require(
                try ReportReader.reports(at: sandbox.folder + "/out.json").first)
            let lines = try ReportReader.reports(at: sandbox.folder + "/out.ndjson")
            #expect(lines == [report])
            #expect(report.findings.contains { $0.code == "daemon.down" })

            let nagios = try ada.tryAura(["doctor", "live", "--format", "nagios"])
            #expect(nagios.status == 2)
            #expect(nagios.output.hasPrefix("LIVE SYNC DOCTOR CRITICAL - daemon.down: "))
        }
    }

    @Test(arguments: [
        ["--only", "nonsense"], ["--skip", "wal.nonsense"], ["--format", "yaml"],
        ["--format", "json", "--format", "text"], ["--timeout", "soon"], ["--budget", "cheap"],
        ["--since", "lately"], ["--ack", "0123456789abcdef"],
        ["--ack", "0123456789abcdef", "--until", "1d", "--reason", "x"],
        ["--depth", "bottomless"], ["--fail-on", "never"],
        ["--format", "json:/tmp/one", "--format", "sarif:/tmp/one"],
        ["--format", "json:-", "--format", "text"],
        ["--watch", "--ack", "0123456789abcdef", "--until", "1d", "--reason", "x"],
    ])
    func misuseIsAUsageError(arguments: [String]) async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            let tool = sandbox.aura(user: "ada", in: source)
            _ = try tool.run(["init", "--mothership", "ws://127.0.0.1:1"])

            let result = try tool.run(["doctor", "live"] + arguments)

            #expect(result.status == 64, "\(result.output)\(result.errors)")
            #expect(!result.errors.isEmpty)
        }
    }

    @Test func aPlanForACodeThatDoesNotExistIsAUsageError() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            let tool = sandbox.aura(user: "ada", in: source)
            _ = try tool.run(["init", "--mothership", "ws://127.0.0.1:1"])

            let misspelt = try tool.run(["doctor", "plan", "--only", "wal.*", "--only", "zz*"])
            let known = try tool.run(["doctor", "plan", "--only", "wal.*"])

            #expect(misspelt.status == 64, "\(misspelt.output)")
            #expect(misspelt.errors.contains("zz*; see aura doctor list"), "\(misspelt.errors)")
            #expect(known.status == 0, "\(known.errors)")
        }
    }

    @Test(arguments: [
        (["--watch"], "aura doctor watch --fix"),
        (["--watch", "--interval", "1s"], "aura doctor watch --fix"),
        (["--format", "sarif"], "examine again"), (["--format", "ndjson"], "examine again"),
        (["--format", "json:/dev/null"], "examine again"), (["--since", "1h"], "examine again"),
        (["--ack", "0123456789abcdef", "--until", "1d", "--reason", "x"], "without --fix"),
    ])
    func whatARepairDoesNotGiveIsAUsageErrorThatSaysWhatDoes(
        arguments: [String], words: String
    ) async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            let tool = sandbox.aura(user: "ada", in: source)
            _ = try tool.run(["init", "--mothership", "ws://127.0.0.1:1"])

            let result = try tool.run(["doctor", "live", "--fix"] + arguments)

            #expect(result.status == 64, "\(result.output)\(result.errors)")
            #expect(result.errors.contains(words), "\(result.errors)")
        }
    }

    @Test func anAcknowledgedFindingNoLongerDecidesAndExplainsItself() async throws {
        try await inSandbox { sandbox in
            let ada = try lonely(sandbox)
            // An outage brings further findings while it lasts: each is acknowledged as it comes.
            var findings: [AnyFinding] = []
            try Waiting.until("everything to be acknowledged") {
                let report = try Self.report(try ada.tryAura(["doctor", "live", "--json"]))
                let open = report.findings.filter {
                    $0.severity >= .warn && $0.acknowledged == nil
                }
                for finding in open {
                    _ = try ada.tryAura([
                        "doctor", "live", "--ack", finding.fingerprint.rawValue, "--until", "7d",
                        "--reason", "known outage",
                    ])
                }
                findings += open
                // Nothing is left that decides.
                return try open.isEmpty
                    && [0, 2].contains(ada.tryAura(["doctor", "live"]).status)
            }

            let down = try #require(findings.first { $0.code == "daemon.down" })
            let text = try ada.tryAura(["doctor", "explain", down.fingerprint.rawValue])
            #expect(text.output.contains("acked:    until"))
            #expect(text.output.contains("## daemon.down"))
            #expect(text.output.contains("since:    "))

            try ada.aura(["doctor", "acks", "--remove", down.fingerprint.rawValue])
            #expect(try ada.tryAura(["doctor", "live"]).status == 1)
            let missing = try ada.tryAura(["doctor", "acks", "--remove", "0123456789abcdef"])
            #expect(missing.status == 64)
        }
    }

    @Test func whatCameAndWentIsToldBySinceAndByDiff() async throws {
        try await inSandbox { sandbox in
            let ada = try lonely(sandbox)
            let (one, two) = (sandbox.folder + "/one.json", sandbox.folder + "/two.json")
            _ = try ada.tryAura(["doctor", "live", "--format", "json:" + one])
            try sandbox.startMothership()
            try ada.wait(for: "the link") { $0.link.state == .online }

            let since = try ada.tryAura(
                ["doctor", "live", "--since", "1h", "--format", "json:" + two, "--format", "text"])
            let diff = try ada.tryAura(["doctor", "diff", one, two])

            #expect(since.output.contains("gone:     daemon.down"))
            #expect(diff.status == 0, "\(diff.output)")
            #expect(diff.output.contains("  fixed:\n      daemon.down"))
            #expect(try ada.tryAura(["doctor", "diff", two]).status == 64)

            let compared = try ada.tryAura(["doctor", "compare", "--peer", one, "--with", two])
            #expect(compared.output.contains("verdict: server"), "\(compared.output)")
        }
    }

    @Test func watchingStreamsReportsUntilASignal() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            let tool = sandbox.aura(user: "ada", in: source)
            _ = try tool.run(["init", "--mothership", "ws://127.0.0.1:1"])
            for (number, code) in [(SIGINT, Int32(130)), (SIGTERM, 143)] {
                let out = sandbox.folder + "/stream-\(number)"
                let watch = try tool.start(
                    ["doctor", "live", "--watch", "--interval", "50ms"], log: out)
                try Waiting.until("two reports") {
                    // Nothing is written yet, or half a report.
                    ((try? ReportReader.reports(at: out)) ?? []).count >= 2
                }
                watch.signal(number)

                #expect(watch.wait() == code)
                let text = String(decoding: try FileAccess.read(out), as: UTF8.self)
                #expect(text.hasSuffix("}\n"), "it ends between two reports")
                #expect(text.split(separator: "\n").last?.contains("\"line\":\"summary\"") == true)
            }
        }
    }

    @Test(arguments: [
        ["live", "--watch", "--json", "--interval", "50ms"],
        ["watch", "--json", "--interval", "50ms"],
    ])
    func aWatchThatIsReadAsJSONIsOneDocumentALine(arguments: [String]) async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            let tool = sandbox.aura(user: "ada", in: source)
            _ = try tool.run(["init", "--mothership", "ws://127.0.0.1:1"])
            let out = sandbox.folder + "/stream"
            let watch = try tool.start(["doctor"] + arguments, log: out)
            defer { watch.signal(SIGKILL) }
            try Waiting.until("a report") {
                // Nothing is written yet.
                ((try? FileAccess.read(out)) ?? []).contains(UInt8(ascii: "\n"))
            }
            watch.signal(SIGTERM)
            #expect(watch.wait() == ExitStatus.terminated.rawValue)

            let text = String(decoding: try FileAccess.read(out), as: UTF8.self)
            for line in text.split(separator: "\n") {
                #expect(line.hasPrefix(#"{"schema":"aura.report","#), "\(line.prefix(80))")
                #expect(line.hasSuffix("}"))
            }
            #expect(text.hasSuffix("\n"))
        }
    }

    private struct Refusal: Decodable {
        struct Facts: Decodable {
            let subject: String
            let reason: String
            let nextStep: String
            let exitStatus: Int32

            private enum CodingKeys: String, CodingKey {
                case subject, reason
                case nextStep = "next_step"
                case exitStatus = "exit_status"
            }
        }
        let error: Facts
    }

    @Test func whatIsRefusedIsOneObjectWhereJSONWasAsked() async throws {
        try await inSandbox { sandbox in
            let tool = sandbox.aura(user: "ada", in: sandbox.folder)

            let nowhere = try tool.run(["live", "sync", "status", "--json"])
            let misuse = try tool.run(["doctor", "live", "--format", "json", "--depth", "none"])
            let plain = try tool.run(["live", "sync", "status"])
            let help = try tool.run(["doctor", "live", "--json", "--help"])

            let error = try JSONText.decode(Refusal.self, from: nowhere.output).error
            #expect(nowhere.status == 66)
            #expect(error.exitStatus == 66)
            #expect(error.reason == "not inside a git repository")
            #expect(error.nextStep.hasPrefix("run git init"))
            #expect(error.subject.isEmpty == false)
            #expect(try JSONText.decode(Refusal.self, from: misuse.output).error.exitStatus == 64)
            #expect(!nowhere.errors.isEmpty, "a person still reads it on standard error")
            #expect(plain.output.isEmpty)
            #expect(help.status == 0)
            #expect(!help.output.contains("\"error\""))
        }
    }

    @Test func aCheckOfTheHouseRunsAfterItWasTrusted() async throws {
        try await inSandbox { sandbox in
            let source = try ToyRepository.make(in: sandbox)
            let tool = sandbox.aura(user: "ada", in: source)
            _ = try tool.run(["init", "--mothership", "ws://127.0.0.1:1"])
            let folder = source + "/.aura/checks.d"
            try FileAccess.makeFolder(folder, mode: 0o755)
            let notes = folder + "/notes"
            try FileAccess.replace(
                notes, with: Array(try Self.exampleOfTheGuide().utf8), mode: 0o755)

            let before = try Self.report(try tool.run(["doctor", "live", "--json"]))
            let trusted = try tool.run(["doctor", "trust", ".aura/checks.d/notes"])
            let after = try Self.report(
                try tool.run(["doctor", "live", "--json", "--only", "notes"]))

            #expect(before.notRun.contains { $0.check == "notes" && $0.because == .notTrusted })
            #expect(trusted.status == 0, "\(trusted.errors)")
            #expect(after.findings.map(\.code) == ["notes.missing"])
            let finding = try #require(after.findings.first)
            let plan = try tool.run(["doctor", "explain", finding.fingerprint.rawValue])
            #expect(plan.output.contains("step:     write NOTES, a line is enough"))
            #expect(try tool.run(["doctor", "list"]).output.contains("notes.missing"))

            try FileAccess.replace(source + "/NOTES", with: [10])
            #expect(try tool.run(["doctor", "live", "--only", "notes"]).status == 0)
            try tool.require(["doctor", "trust", "--revoke", ".aura/checks.d/notes"])
            #expect(try tool.run(["doctor", "live", "--only", "notes"]).status == 64)
        }
    }

    @Test func theAuditFindsOurOwnChecksInOrder() async throws {
        try await inSandbox { sandbox in
            let pair = try Pair(in: sandbox)
            try pair.settle()
            try pair.ada.aura(["live", "sync", "disable"])

            let result = try pair.ada.tryAura(["doctor", "audit", "--json"])

            let audit = try JSONText.decode(Audit.self, from: result.output)
            #expect(audit.findings.isEmpty, "\(audit.findings.map(\.symptom))")
            #expect(audit.rows.count >= 12)
            #expect(audit.rows.allSatisfy { $0.pure == .yes }, "\(result.output)")
        }
    }

    private static func report(_ result: ToolResult) throws -> Report {
        try JSONText.decode(Report.self, from: result.output)
    }

    /// The Python program of the guide, word for word: what it teaches must work.
    private static func exampleOfTheGuide() throws -> String {
        let root = PathName.parent(of: PathName.parent(of: PathName.parent(of: #filePath)))
        let guide = String(
            decoding: try FileAccess.read(root + "/Runbooks/Guides/ThirdPartyChecks.md"),
            as: UTF8.self)
        let lines = guide.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0.hasPrefix("    #!/usr/bin/env python3") })
        return lines[start...].prefix { $0.isEmpty || $0.hasPrefix("    ") }
            .map { $0.dropFirst(4) }.joined(separator: "\n") + "\n"
    }
}
