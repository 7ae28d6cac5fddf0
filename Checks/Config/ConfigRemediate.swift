// Settings that a person agreed to put in force: sync on, the file as it is now, or the one line
// that is known to be wrong.

import Diagnostics
import LiveSync

extension ConfigCheck {
    public func remediate(
        _ finding: Finding<ConfigFinding>, seenIn snapshot: ConfigSnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        case .syncDisabled: [.startAgent]
        case .drift: [.stopAgent, .resumeAgent]
        case .endpointWrong: endpoint(snapshot).map { changed(.pointAt($0), snapshot) } ?? []
        case .traceLeftOn: changed(.quietLog, snapshot)
        case .limitsImplicit: [.edit(.writeLimits)]
        // What a setting should say is known to whoever wrote it, and which of two folders keeps the
        // device to whoever copied it.
        case .unreadable, .parseError, .unknownKey, .valueInvalid, .clonedIdentity,
            .ignoreListFailed, .wrongHome, .selectiveMismatch, .fileExcluded, .functionLocalOnly,
            .grammarMismatch:
            []
        }
    }

    /// A change of the settings, read by the agent where one runs.
    private func changed(_ edit: LiveEdit, _ snapshot: ConfigSnapshot) -> [LiveStep] {
        snapshot.course == nil ? [.edit(edit)] : [.stopAgent, .edit(edit), .resumeAgent]
    }

    /// The address with the port on which this user's own Mothership listens. Another server at the
    /// old address is for a person: it may be the right one with a new key.
    private func endpoint(_ snapshot: ConfigSnapshot) -> String? {
        guard let course = snapshot.course, course.instance == nil,
            let port = course.server?.record.port, course.server?.isAlive == true,
            course.endpoint.hasSuffix(":\(course.port)")
        else { return nil }
        return course.endpoint.dropLast(String(course.port).utf8.count) + String(port)
    }
}
