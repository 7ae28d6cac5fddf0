// The fault of bucket `auth`: a link in clear text to another machine.

import Checks

extension AuthFinding: Drilled {
    public var fault: Fault {
        switch self {
        case .cleartextLink:
            .real(in: .alone, beside: ["mothership.name-unresolved"]) { stage in
                try stage.redirect(
                    to: "ws://nowhere.invalid:7070", ["AURA_ALLOW_CLEARTEXT": "1"])
            }
        }
    }
}
