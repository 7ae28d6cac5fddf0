// A Swift check outside of this package needs the library product `Diagnostics` and nothing else.
//
// The sample package in Tests/ForeignCheck is compiled as it stands against what this build has
// made, which takes seconds; `swift run --package-path Tests/ForeignCheck` takes minutes, because
// it builds the cryptography library again.

import Foundation
import Support
import TestSupport
import Testing

@Suite struct ForeignPackageTests {
    /// What the product `Diagnostics` is made of.
    private static let targets = [
        "Diagnostics", "Support", "CLinux", "Logging", "Crypto", "CryptoBoringWrapper",
        "CCryptoBoringSSL", "CCryptoBoringSSLShims", "CXKCP", "CXKCPShims",
    ]

    @Test func aCheckInAnotherPackageCompilesLinksAndRuns() throws {
        try inScratchFolder { folder in
            let build = try Self.buildFolder()
            let objects = Self.targets.flatMap { Self.objects(below: "\(build)/\($0).build") }
            let list = folder + "/objects"
            try FileAccess.replace(
                list, with: Array(objects.map { "\"\($0)\"\n" }.joined().utf8))
            let tests = PathName.parent(of: PathName.parent(of: PathName.absolute(#filePath)))
            let sample = tests + "/ForeignCheck/Sources/pump-doctor/main.swift"

            try Self.run(
                "swiftc",
                [
                    "-swift-version", "6", "-Onone", "-I", build + "/Modules",
                    "-Xcc", "-fmodule-map-file=\(build)/CLinux.build/module.modulemap",
                    "-module-name", "pump_doctor", sample, "@" + list, "-lstdc++",
                    "-o", folder + "/pump-doctor",
                ])

            let well = try Self.run(folder + "/pump-doctor", [])
            let low = try Self.run(folder + "/pump-doctor", ["1"])
            #expect(well.contains("  pressure:       OK    (5 bar)\n"))
            #expect(low.contains("  pressure.low  (warn)\n"))
            #expect(low.contains("  overall: WARN — open the valve\n"))
        }
    }

    /// The folder with the modules of this build: that of the test bundle.
    private static func buildFolder() throws -> String {
        let found = BuildFolder.candidates.first {
            FileAccess.exists($0 + "/Modules/Diagnostics.swiftmodule")
        }
        return try #require(found, "the test bundle does not lie beside its modules")
    }

    private static func objects(below folder: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []
        return names.filter { $0.hasSuffix(".o") }.sorted().map { "\(folder)/\($0)" }
    }

    @discardableResult
    private static func run(_ program: String, _ arguments: [String]) throws -> String {
        var process = ChildProcess(
            program, arguments, environment: ProcessInfo.processInfo.environment)
        process.deadline = .seconds(300)
        let result = try process.run()
        guard result.status == 0 else {
            throw PlainFailure(
                program, "\(String(decoding: result.output, as: UTF8.self))\(result.errorText)",
                nextStep: "run it by hand")
        }
        return String(decoding: result.output, as: UTF8.self)
    }
}
