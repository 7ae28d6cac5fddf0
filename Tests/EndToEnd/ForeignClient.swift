// Runs the Python clients and compares what they saw with what is documented.

import Drills
import Foundation
import LiveProtocol
import Support
import Testing

/// What a case of the Python client must see.
struct ForeignCase: Sendable {
    let name: String
    let reject: RejectClass?
    let code: CloseCode?
    /// Of the HTTP answer.
    let status: Int?

    init(_ name: String, _ reject: RejectClass?, _ code: CloseCode? = nil, status: Int? = nil) {
        self.name = name
        self.reject = reject
        self.code = code
        self.status = status
    }
}

/// The other implementation.
enum ForeignClient {
    private static let folder = PathName.parent(of: #filePath) + "/Clients"
    private static let python = Tool(
        "/usr/bin/env",
        environment: ProcessInfo.processInfo.environment.merging(
            ["PYTHONDONTWRITEBYTECODE": "1"], uniquingKeysWith: { $1 }), folder: folder)

    /// False where its packages are missing; then nothing was tried, and nothing counts as passed. Where
    /// a change is judged they must be there, and the tests fail instead of being left out.
    static let isThere: Bool = {
        if ProcessInfo.processInfo.environment["AURA_CI"] != nil { return true }
        // A machine without Python throws, and has no packages either.
        return (try? python.require(["python3", "-c", "import wire"])) != nil
    }()

    /// A line of `conformance.py`.
    private struct Seen: Decodable {
        let `case`: String
        let reject: String?
        let code: UInt16?
        let status: Int?
        let detail: String?
        let error: String?
        let healthy: Bool
        let why: String?
    }

    /// Runs a group of cases; each must see what the table says, and all of the table must be seen.
    static func check(_ group: String, in sandbox: Sandbox, room: String = "foreign") throws {
        let result = try python.run(
            [
                "python3", "conformance.py", sandbox.mothershipHome, "\(sandbox.port)", group, room,
            ], limit: .seconds(300))
        let lines = try result.output.split(separator: "\n").map {
            try JSONText.decode(Seen.self, from: String($0))
        }
        let expected = try #require(ForeignCases.groups[group])
        #expect(result.succeeded && lines.map(\.case) == expected.map(\.name), "\(result.errors)")
        for (seen, wanted) in zip(lines, expected) {
            let isAsDocumented =
                seen.error == nil && seen.reject == wanted.reject?.rawValue
                && seen.code == wanted.code?.rawValue && seen.status == wanted.status
            #expect(
                isAsDocumented,
                """
                \(seen.case): saw \(seen.reject ?? "no refusal") code \(seen.code ?? 0) status \
                \(seen.status ?? 0) "\(seen.detail ?? "")" \(seen.error ?? ""), documented is \
                \(wanted.reject?.rawValue ?? "no refusal") code \(wanted.code?.rawValue ?? 0) \
                status \(wanted.status ?? 0)
                """)
            #expect(seen.healthy, "after \(seen.case): \(seen.why ?? "not healthy")")
        }
        if group == "fuzz" { print(lines.compactMap(\.detail).joined(separator: "\n")) }
    }

    struct Exchanged: Decodable {
        /// Changes read from the ledger.
        let seen: Int
        /// Versions of the function among them.
        let versions: Int
        /// Of the version that was pushed.
        let revision: UInt64
    }

    /// Reads a peer's room and pushes one change of a function of it.
    static func exchange(
        _ action: String, _ function: String, _ peer: SandboxPeer, _ sandbox: Sandbox
    ) throws -> Exchanged {
        let result = try python.require([
            "python3", "exchange.py", sandbox.mothershipHome, "\(sandbox.port)",
            try peer.status().repository, action, function,
        ])
        return try JSONText.decode(Exchanged.self, from: result.output)
    }
}
