// Every drill there is: one a code, read off the catalogues of the registered checks. There is no
// second list that could disagree with the first.

import Checks
import Diagnostics
import Support

/// The rehearsal of one code.
public struct Drill: Sendable {
    public let entry: Catalogue.Entry
    public let fault: Fault

    public var code: String { entry.code }

    /// All drills, in the order of the registry.
    ///
    /// - Throws: ``PlainFailure`` naming each catalogue that no drill file extends.
    public static func all() throws -> [Drill] {
        var drills: [Drill] = []
        var missing: [String] = []
        for check in Registry.all { collect(kind(of: check), into: &drills, &missing) }
        if !drills.contains(where: { $0.entry.bucket == DoctorFinding.bucket }) {
            collect(DoctorFinding.self, into: &drills, &missing)
        }
        guard missing.isEmpty else {
            throw PlainFailure(
                missing.joined(separator: ", "), "can be found and has no drill",
                nextStep: "extend the catalogue in Sources/Drills/<Bucket>Drills.swift")
        }
        return drills
    }

    private static func kind<C: Check>(of check: C) -> any FindingKind.Type { C.Kind.self }

    private static func collect<Kind: FindingKind>(
        _ kind: Kind.Type, into drills: inout [Drill], _ missing: inout [String]
    ) {
        for value in kind.allCases {
            guard let drilled = value as? any Drilled else {
                missing.append(value.rawValue)
                continue
            }
            drills.append(Drill(entry: Catalogue.Entry(value), fault: drilled.fault))
        }
    }

    /// The drills that some words name: codes, buckets, or globs such as `wal.*`.
    ///
    /// - Throws: ``PlainFailure`` with the words that name none.
    public static func named(_ words: [String], among drills: [Drill]) throws -> [Drill] {
        let unknown = words.filter { word in
            !drills.contains { Glob.covers(word, code: $0.code) }
        }
        guard unknown.isEmpty else {
            throw PlainFailure(
                unknown.joined(separator: ", "), "names no code",
                nextStep: "see aura doctor drill --list", exitStatus: .usage)
        }
        return drills.filter { drill in words.contains { Glob.covers($0, code: drill.code) } }
    }
}
