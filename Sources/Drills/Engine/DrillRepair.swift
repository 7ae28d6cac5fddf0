// The second half of a drill: the program's own repair, checked from outside.

import Diagnostics
import Support

extension DrillCourse {
    func repair(_ row: inout DrillRow) throws {
        switch drill.entry.fix {
        case .manual, .none: return
        case .safe, .consent: row.repaired = .notOffered
        }
    }
}
