// Opens what belongs to this user and was closed; everything else about a machine is for a person.

import Diagnostics
import LiveSync

extension HostCheck {
    public func remediate(
        _ finding: Finding<HostFinding>, seenIn snapshot: HostSnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        case .wrongMode:
            let paths = (snapshot.closed ?? []).filter(\.isOwn)
            // Without them there is neither lock nor journal for a repair.
            guard !paths.isEmpty, !paths.contains(where: Self.carriesRepairs) else { return [] }
            return [
                .act(.setModes(paths.map { ModeChange(path: $0.path, mode: $0.neededMode) })),
                .resumeAgent,
            ]
        case .wrongOwner, .diskError, .readOnlyMount, .diskLow, .networkFileSystem, .diskSlow,
            .inodesLow, .descriptorLimit, .inotifyWatches, .inotifyOverflow, .caseFold:
            return []
        }
    }

    private static func carriesRepairs(_ closed: ClosedPath) -> Bool {
        closed.path == ".aura/live" || closed.path.hasPrefix(".aura/live/journal")
    }
}
