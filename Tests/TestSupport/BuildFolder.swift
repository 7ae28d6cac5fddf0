// The other programs of one build, found beside the one that runs.

import Foundation
import Support

/// Where the programs of this build lie.
package enum BuildFolder {
    /// The program under test: beside the test bundle, or in the debug build of this package.
    package static func aura() throws(PlainFailure) -> String {
        let root = PathName.parent(of: PathName.parent(of: PathName.parent(of: #filePath)))
        return try path(of: "aura", orIn: [root + "/.build/debug"])
    }

    /// The folder of this executable, and of the bundle whose tests it runs.
    package static var candidates: [String] {
        let bundles = CommandLine.arguments.filter { $0.contains(".xctest") }
        let own = PathName.link("/proc/self/exe").map { [$0] } ?? []
        return (own + bundles).map(PathName.parent)
    }

    /// The path of a program.
    ///
    /// - Parameter others: folders to look in when it is not beside this one.
    package static func path(
        of program: String, orIn others: [String] = []
    ) throws(PlainFailure) -> String {
        let paths = (candidates + others).map { "\($0)/\(program)" }
        guard let found = paths.first(where: FileAccess.exists) else {
            throw PlainFailure(
                program, "is not beside this program",
                nextStep: "run swift build --product \(program)")
        }
        return found
    }
}
