// Checks that are programs of their own: what they may say, and what they cannot do.

import Foundation
import Glibc
import Support
import Testing

@testable import Diagnostics

@Suite(.serialized) struct ExternalTests {
    @Test func aProgramAnswersLikeAnyOtherCheck() async throws {
        try await withScratchFolder { folder in
            let bench = try PluginBench(folder)
            try bench.program(
                "fan",
                detect: """
                    grep -q '"verb":"detect"' || exit 9
                    cat <<'END'
                    {"witness":{"examined":3,"unit":"fans"},"detail":"3 fans","findings":[
                     {"code":"fan.bad","symptom":"fan 2 stands still","severity":"fail",
                      "subjects":[{"kind":"path","value":"/fan/2"}],
                      "evidence":[{"label":"rpm","kind":"count","value":0,"scrub":"plain"}]}],
                     "facts":[{"label":"heat","kind":"count","value":71,"scrub":"plain"}]}
                    END
                    """)

            let report = await bench.report()

            let row = try #require(report["fan"])
            let finding = try #require(report.findings.first)
            #expect(row.status == .fail && row.detail == "3 fans")
            #expect(row.facts == [Evidence("heat", .count(71))])
            #expect(finding.code == "fan.bad" && finding.severity == .fail)
            #expect(finding.meaning == "it is bad" && finding.nextStep == "make it good")
            #expect(
                finding.fingerprint == Fingerprint(code: "fan.bad", subjects: [.path("/fan/2")]))
            #expect(report.codes == ["fan.bad"])
            #expect(try bench.found.checks[0].plan(for: finding) == ["look", "act"])
            if Python.has("jsonschema") {
                let json = try JSONRenderer().render(report)
                #expect(try Python.validate([json], against: ReportSchema.text) == "valid 1")
            }
        }
    }

    @Test func whatIsNotTrustedDoesNotRunAndIsNamed() async throws {
        try await withScratchFolder { folder in
            let bench = try PluginBench(folder)
            try bench.program("fan", detect: "touch \(folder)/ran", trusted: false)
            try bench.file("README", "no check", mode: 0o600)

            let report = await bench.report()

            #expect(report.notRun == [NotRun(check: "fan", because: .notTrusted)])
            #expect(report.checks.isEmpty)
            #expect(!FileAccess.exists(folder + "/ran"))
        }
    }

    /// Only one of them would run, and nobody would miss the other.
    @Test func aNameThatATrustedNeighbourHasIsRefused() async throws {
        try await withScratchFolder { folder in
            let bench = try PluginBench(folder)
            let first = try bench.program("disk", detect: "exit 2")
            let text = String(decoding: try FileAccess.read(first), as: UTF8.self)
            let second = try bench.file("disk2", text)

            let failure = #expect(throws: PlainFailure.self) { try bench.trustNow(second) }
            #expect(failure?.reason.contains("the name disk is taken by \(first)") == true)
            #expect(failure?.exitStatus == .refused)
            #expect(bench.trust.distrust(first))
            try bench.trustNow(second)
        }
    }

    @Test(arguments: ["bytes", "mode"])
    func whatChangedIsTrustedNoLongerAndSaysSo(what: String) async throws {
        try await withScratchFolder { folder in
            let bench = try PluginBench(folder)
            let path = try bench.program("fan", detect: "touch \(folder)/ran")
            if what == "bytes" {
                let text = String(decoding: try FileAccess.read(path), as: UTF8.self)
                try bench.file("fan", text + "\n#\n")
            } else {
                chmod(path, 0o755)
            }

            let changed = await bench.report()
            try bench.trustNow(path)
            _ = await bench.report()

            let row = try #require(changed["fan"])
            #expect(row.status == .unknown && changed.exitStatus == .undetermined)
            #expect(
                row.detail.hasSuffix("when it was trusted")
                    || row.detail.hasSuffix("since it was trusted"))
            #expect(row.nextStep == "read it, then run aura doctor trust \(path)")
            #expect(FileAccess.exists(folder + "/ran"), "trusted again it runs")
        }
    }

    @Test func whatOthersCanChangeCannotBeTrusted() throws {
        try inScratchFolder { folder in
            let bench = try PluginBench(folder)
            let path = try bench.program("fan", detect: "true", trusted: false)
            func reason() -> String? {
                (#expect(throws: PlainFailure.self) { try bench.trustNow(path) })?.reason
            }

            chmod(path, 0o722)
            #expect(reason() == "can be changed by others")
            chmod(path, 0o600)
            #expect(reason() == "is not executable")
            chmod(path, 0o700)
            chmod(bench.checks, 0o777)
            #expect(reason() == "lies in a folder that others can change")
            chmod(bench.checks, 0o700)
            symlink(path, bench.checks + "/link")
            #expect(throws: PlainFailure.self) { try bench.trustNow(bench.checks + "/link") }
            try bench.trustNow(path)
            #expect(bench.trust.distrust(path) && !bench.trust.distrust(path))
            #expect(bench.found.checks.isEmpty)
        }
    }

    @Test(arguments: [
        (#"{"name":"power","codes":[]}"#, "the name power is taken"),
        (#"{"name":"Fan","codes":[]}"#, "the name"), (#"{"name":"fan","codes":[]}"#, "no code"),
        (#"{"name":"fan"}"#, "does not describe itself"), ("", "does not describe itself"),
        (
            #"{"name":"fan","codes":[{"code":"wal.x","severity":"warn","meaning":"m","impact":"i","next_step":"n"}]}"#,
            "wal.x"
        ),
        (
            #"{"name":"fan","codes":[{"code":"fan.x","severity":"warn","fix":"safe","meaning":"m","impact":"i","next_step":"n"}]}"#,
            "fix safe"
        ),
        (
            #"{"name":"fan","codes":[{"code":"fan.x","severity":"warn","meaning":"","impact":"i","next_step":"n"}]}"#,
            "empty"
        ),
    ])
    func aWrongDescriptionIsRefused(text: String, word: String) throws {
        try inScratchFolder { folder in
            let bench = try PluginBench(folder)
            let path = try bench.file("fan", "#!/bin/sh\necho '\(text)'\n")

            let failure = #expect(throws: PlainFailure.self) {
                try bench.trust.trust(path, reserved: ["power"], at: .minute(0))
            }

            #expect(failure?.reason.contains(word) == true, "\(failure?.reason ?? "")")
            #expect(failure?.exitStatus == .refused)
        }
    }

    @Test(
        arguments: [
            ("exit 3", Status.crashed, "doctor.check-crashed"),
            ("kill -SEGV $$", .crashed, "doctor.check-crashed"),
            ("echo nonsense", .crashed, "doctor.check-crashed"),
            ("yes | head -c 3000000", .crashed, "doctor.check-crashed"),
            (
                #"echo '{"findings":[{"code":"x","symptom":"s"}]}'"#, .crashed,
                "doctor.check-crashed"
            ),
            (
                #"echo '{"facts":[{"label":"A B","kind":"count","value":1,"scrub":"plain"}]}'"#,
                .crashed, "doctor.check-crashed"
            ),
            ("echo '{}'", .unknown, "doctor.vacuous-ok"),
            (#"echo '{"unavailable":{"reason":"dark","next_step":"light"}}'"#, .unknown, nil),
            (
                #"echo '{"witness":{"examined":1,"unit":"x"},"findings":[{"code":"fan.odd","symptom":"s"}]}'"#,
                .warn, "doctor.code-undeclared"
            ),
        ] as [(String, Status, String?)])
    func whatAProgramDoesWrongIsAVisibleResult(
        detect: String, status: Status, code: String?
    ) async throws {
        try await withScratchFolder { folder in
            let bench = try PluginBench(folder)
            try bench.program("fan", detect: detect)

            let report = await bench.report()

            #expect(report["fan"]?.status == status, "\(report["fan"]?.detail ?? "")")
            if let code {
                #expect(report.codes.contains(code))
            } else {
                #expect(report.codes == [])
            }
        }
    }

    @Test func aHangingProgramIsEndedWithEverythingItStarted() async throws {
        try await withScratchFolder { folder in
            let bench = try PluginBench(folder)
            // It ignores SIGTERM; one child stays in its group, one leaves for a session of its own.
            try bench.program(
                "fan",
                detect: """
                    trap '' TERM
                    sleep 600 & echo $! > \(folder)/near
                    setsid sh -c 'echo $$ > \(folder)/far; exec sleep 600' &
                    while :; do sleep 600; done
                    """, deadline: 700)

            let report = await bench.report()

            #expect(report["fan"]?.status == .timeout)
            #expect(report.codes == ["doctor.check-timeout"])
            for name in ["near", "far"] {
                let text = String(decoding: try FileAccess.read("\(folder)/\(name)"), as: UTF8.self)
                let pid = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
                #expect(!isRunning(pid), "\(name)")
            }
        }
    }

    @Test func aProgramThatEndsLeavesNothingBehind() async throws {
        try await withScratchFolder { folder in
            let bench = try PluginBench(folder)
            try bench.program(
                "fan",
                detect: """
                    sleep 600 >/dev/null 2>&1 & echo $! > \(folder)/near
                    setsid sh -c 'echo $$ > \(folder)/far; exec sleep 600' >/dev/null 2>&1 &
                    while ! [ -s \(folder)/far ]; do :; done
                    echo '{"witness":{"examined":1,"unit":"x"}}'
                    """)

            #expect(await bench.report()["fan"]?.status == .ok)
            for name in ["near", "far"] {
                let text = String(decoding: try FileAccess.read("\(folder)/\(name)"), as: UTF8.self)
                let pid = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
                #expect(!isRunning(pid), "\(name)")
            }
        }
    }

    @Test func theRunEndsInTimeAlsoWithAHangingProgram() async throws {
        try await withScratchFolder { folder in
            let bench = try PluginBench(folder)
            try bench.program("fan", detect: "trap '' TERM; sleep 600", deadline: 30_000)

            let report = await bench.report(timeout: .seconds(4))

            #expect(report["fan"]?.status == .timeout)
            #expect(try #require(report.durationMilliseconds) <= 4400)
        }
    }

    @Test func onlyFiveVariablesReachAProgram() async throws {
        setenv("AURA_TEST_SECRET", "hunter2", 1)
        try await withScratchFolder { folder in
            let bench = try PluginBench(folder)
            try bench.program(
                "fan",
                detect: """
                    env > \(folder)/env; pwd > \(folder)/pwd
                    echo '{"witness":{"examined":1,"unit":"x"}}'
                    """)
            _ = await bench.report()

            let lines = String(decoding: try FileAccess.read(folder + "/env"), as: UTF8.self)
                .split(separator: "\n").map { String($0.prefix { $0 != "=" }) }
            #expect(
                Set(lines).subtracting(["PWD", "SHLVL", "_", "OLDPWD"])
                    == ["PATH", "LANG", "TZ", "HOME", "AURA_CHECK_RUN"])
        }
    }

    @Test func aChildThatNothingCanEndIsSaid() async throws {
        let program = ExternalProgram(path: "/bin/true") { _, _ throws(ChildFailure) in
            throw try Self.unkillable()
        }
        let description = ExternalDescription(
            name: "fan",
            codes: [
                ExternalDescription.Code(
                    code: "fan.bad", severity: .warn, meaning: "m", impact: "i", nextStep: "n")
            ])
        let check = ExternalCheck<Pump>(description, .program(program), root: "/")

        let report = await Examiner.pump.run(check)

        #expect(report.codes == ["doctor.child-unkillable"])
        #expect(report["fan"]?.state == .unknown)
        #expect(report.exitStatus == .undetermined)
        #expect(report.findings.first?.evidence.contains(Evidence("pid", .count(4711))) == true)
    }

    /// A failure as a run would throw it.
    private static func unkillable() throws(ChildFailure) -> ChildFailure {
        ChildProcess("/bin/true", [], environment: [:]).failure(.unkillable(pid: 4711))
    }

    @Test func aProgramsProcessorTimeIsItsChecks() async throws {
        try await withScratchFolder { folder in
            let bench = try PluginBench(folder)
            try bench.program(
                "fan",
                detect: """
                    i=0; while [ $i -lt 600000 ]; do i=$((i+1)); done
                    echo '{"witness":{"examined":1,"unit":"x"}}'
                    """, deadline: 20_000)
            let text = String(decoding: try FileAccess.read(bench.checks + "/fan"), as: UTF8.self)
            let path = try bench.file(
                "fan", text.replacing("\"depth\"", with: "\"processor_ms\":1,\"depth\""))
            try bench.trustNow(path)

            #expect(await bench.report(timeout: .seconds(60)).codes == ["doctor.over-budget"])
        }
    }
}

@Suite struct PluginTests {
    @Test(
        arguments: [
            ("echo 'LOAD OK - 0.3 | load1=0.3;5;10;0'", Status.ok, []),
            ("echo 'LOAD WARNING - 6 | load1=6;5;10;0'; exit 1", .warn, ["load.warning"]),
            ("echo 'LOAD CRITICAL - 11'; exit 2", .fail, ["load.critical"]),
            ("echo 'LOAD UNKNOWN - no idea'; exit 3", .unknown, []),
            ("exit 127", .unknown, []),
        ] as [(String, Status, [String])])
    func aMonitoringPluginIsACheck(
        script: String, status: Status, codes: [String]
    ) async throws {
        try await withScratchFolder { folder in
            let bench = try PluginBench(folder)
            let plugin = folder + "/check_load"
            try FileAccess.replace(plugin, with: Array("#!/bin/sh\n\(script)\n".utf8), mode: 0o755)
            let path = try bench.file(
                "load.check",
                "name = \"load\"\nrun = [\"\(plugin)\", \"-w\", \"5\"]\nnext = \"run top\"\n",
                mode: 0o600)
            try bench.trustNow(path)

            let report = await bench.report()

            #expect(report["load"]?.status == status)
            #expect(report.codes == codes)
            if !codes.isEmpty { #expect(report.findings.first?.nextStep == "run top") }
        }
    }

    @Test func aChangedPluginIsNoLongerTrusted() async throws {
        try await withScratchFolder { folder in
            let bench = try PluginBench(folder)
            let plugin = folder + "/check_load"
            try FileAccess.replace(plugin, with: Array("#!/bin/sh\necho ok\n".utf8), mode: 0o755)
            try bench.trustNow(
                try bench.file("load.toml", "name = \"load\"\nrun = [\"\(plugin)\"]\n", mode: 0o600)
            )
            #expect(await bench.report()["load"]?.status == .ok)

            try FileAccess.replace(plugin, with: Array("#!/bin/sh\nexit 0\n".utf8), mode: 0o755)

            #expect(await bench.report()["load"]?.detail.contains("which changed") == true)
        }
    }

    @Test(arguments: [
        "", "name = \"load\"", "run = [\"/bin/true\"]", "name = \"Load\"\nrun = [\"/bin/true\"]",
        "name = \"load\"\nrun = [\"true\"]", "name = \"load\"\nrun = []",
        "name = \"load\"\nrun = [\"/bin/true\"]\nshell = \"x\"", "name load",
        "name = load\nrun = [\"/bin/true\"]",
    ])
    func aWrongManifestNamesItsLine(text: String) {
        #expect(throws: PlainFailure.self) { try PluginManifest(parsing: text, from: "m") }
    }

    @Test func performanceDataBecomesFacts() {
        let output = PluginOutput(
            "DISK OK - fine | /=5MB;1;2 'a b'=3s time=250ms;;;0 n=7 x=1.5 pct=12% bad=U 9=1 n=8")

        #expect(output.text == "DISK OK - fine")
        #expect(
            output.facts == [
                Evidence("n__", .bytes(5_242_880)), Evidence("a_b", .duration(.seconds(3))),
                Evidence("time", .duration(.milliseconds(250))), Evidence("n", .count(7)),
                Evidence("x", .text("1.5")), Evidence("pct", .text("12%")),
                Evidence("n_9", .count(1)),
            ])
    }
}
