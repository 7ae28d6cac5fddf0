// A bundle while the fault stands: it comes about on a broken system too, and whoever gets the file alone
// gets the bundle's own report, to the byte, with the fault in it.

import Diagnostics
import Glibc
import Support

extension DrillCourse {
    /// What comes and goes by itself may be gone in the moment of a look.
    private static let bundlesMax = 3

    func bundle(_ row: inout DrillRow) throws {
        // What only another user meets is not in a bundle of this one's; checks of third parties are not
        // recorded, and stand under "left out".
        let isElsewhere = stage.look.repairsToo || drill.entry.bucket == DoctorFinding.bucket
        for number in 1...Self.bundlesMax {
            guard let seen = try bundled("drill-\(number).tar.gz", &row) else { return }
            if isElsewhere || seen.allCodes.contains(drill.code) { break }
            // What healed by itself meanwhile, as a token that was renewed, no bundle can tell of.
            guard number == Self.bundlesMax, try stage.report().allCodes.contains(drill.code) else {
                continue
            }
            return row.fail("a bundle does not tell of \(drill.code)", seen: seen)
        }
        row.bundles += 1
    }

    /// The report that two programs get out of a bundle; nil when something is wrong with it, which is
    /// noted.
    private func bundled(_ name: String, _ row: inout DrillRow) throws -> DoctorAnswer? {
        let path = stage.sandbox.folder + "/" + name
        let made = try stage.bundle(to: path)
        guard made.succeeded else {
            row.fail("a bundle ended with \(made.status): \(made.briefly)")
            return nil
        }
        // A leftover goes with the sandbox.
        defer { unlink(path) }
        let tar = Tool("/usr/bin/tar", environment: [:], folder: "/")
        let own = try tar.run(["xzOf", path, "report.json"])
        let elsewhere = stage.sandbox.aura(in: stage.sandbox.folder)
        let again = try elsewhere.run(["doctor", "bundle", path, "--json"])
        guard own.succeeded, !own.output.isEmpty, again.output == own.output else {
            row.fail("the report made of a bundle is not its own: \(again.briefly)")
            return nil
        }
        return try DoctorAnswer(again)
    }
}
