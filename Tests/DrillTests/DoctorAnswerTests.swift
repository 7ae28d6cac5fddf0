// What a drill reads out of a report: which codes hang under which.

import Drills
import Support
import Testing

@Suite struct DoctorAnswerTests {
    private func answer(_ findings: [(code: String, under: String?)]) throws -> DoctorAnswer {
        let rows = findings.map { finding in
            let cause = finding.under.map { #","explained_by":"\#($0)""# } ?? ""
            return #"{"code":"\#(finding.code)","severity":"fail","symptom":"seen"\#(cause)}"#
        }
        let text = #"{"overall":"FAIL","checks":[],"findings":[\#(rows.joined(separator: ","))]}"#
        return try DoctorAnswer(ToolResult(status: 1, output: text, errors: ""))
    }

    @Test func aRootHasEverythingBeneathItHoweverFarDown() throws {
        let answer = try answer([
            ("daemon.down", nil), ("mothership.unreachable", "daemon.down"),
            ("wal.backlog-offline", "mothership.unreachable"), ("agent.down", nil),
        ])

        #expect(
            answer.codes(under: "daemon.down") == ["mothership.unreachable", "wal.backlog-offline"])
        #expect(answer.codes(under: "mothership.unreachable").isEmpty, "it is no root")
        #expect(answer.codes(under: "agent.down").isEmpty)
        #expect(answer.codes(under: "agent.silent").isEmpty)
    }

    @Test func aCauseThatIsNotInTheReportIsNone() throws {
        let answer = try answer([
            ("wal.stalled", "agent.down"), ("wal.a", "wal.b"), ("wal.b", "wal.a"),
        ])

        #expect(answer.codes(under: "agent.down").isEmpty)
        #expect(answer.codes(under: "wal.stalled").isEmpty)
    }
}
