// What a starting background process says on its readiness pipe, and what the caller makes of it.

import Foundation
import Support
import Testing

@Suite struct DetachedProcessTests {
    private static let ready =
        #"{"ready":true,"message":"7","exitStatus":0}"#

    /// Starts a shell that runs these words, with its report on descriptor 3.
    private func start(_ script: String, limit: Duration = .seconds(60)) throws -> String {
        let folder =
            FileManager.default.temporaryDirectory.path + "/aura-start-\(UUID().uuidString)"
        defer {
            do { try FileManager.default.removeItem(atPath: folder) } catch { Issue.record(error) }
        }
        return try DetachedProcess.start(
            "/bin/sh", ["-c", script], log: folder + "/log", limit: limit
        ).message
    }

    @Test func wordsThatTheStartGoesOnAreNoReport() throws {
        #expect(try start("echo >&3; echo >&3; echo; echo >&3; echo '\(Self.ready)' >&3") == "7")
    }

    @Test func anEndWithoutAReportIsAFailureThatNamesTheLog() throws {
        let failure = try #require(throws: PlainFailure.self) {
            try start("echo >&3; exit 0")
        }
        #expect(failure.reason == "ended with status 0 while starting")
        #expect(failure.nextStep.contains("/log"))
        let killed = try #require(throws: PlainFailure.self) { try start("kill -9 $$") }
        #expect(killed.reason == "was ended by signal 9 while starting")
        let silent = try #require(throws: PlainFailure.self) {
            try start("sleep 3", limit: .milliseconds(200))
        }
        #expect(silent.reason.hasPrefix("stayed silent for"))
    }

    @Test func aFailureIsToldInItsOwnWords() throws {
        let words = #"{"ready":false,"message":"disk: full","nextStep":"tidy","exitStatus":4}"#
        let failure = try #require(throws: PlainFailure.self) { try start("echo '\(words)' >&3") }
        #expect(failure.reason == "disk: full" && failure.nextStep == "tidy")
        #expect(failure.exitStatus.rawValue == 4)
    }

    @Test func oneThatSaysNoAndStaysIsNotWaitedForForEver() throws {
        let words = #"{"ready":false,"message":"disk: full","exitStatus":4}"#
        let begin = SystemClock().uptime
        let failure = try #require(throws: PlainFailure.self) {
            try start("echo '\(words)' >&3; sleep 600", limit: .seconds(3))
        }
        #expect(failure.reason == "disk: full")
        #expect(SystemClock().uptime - begin < .seconds(60))
    }
}
