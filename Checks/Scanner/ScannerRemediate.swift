// A scanner that does not see any more is started anew with its agent; each start reads every file.

import Diagnostics

extension ScannerCheck {
    public func remediate(
        _ finding: Finding<ScannerFinding>, seenIn snapshot: ScannerSnapshot
    ) -> [LiveStep] {
        switch finding.kind {
        case .stalled, .watcherDeaf, .missedChange, .canaryDirMissing:
            // An agent does not start while a file stands where it makes a folder.
            (snapshot.blockedFolders ?? []).map { .moveAside($0) } + [.stopAgent, .resumeAgent]
        case .indexLock: snapshot.leftLock.map { [.act(.setIndexLockAside($0))] } ?? []
        case .slowTick, .parseError, .scopeTooBroad, .cacheCold, .triviaOnly, .noAdapter,
            .deferredOverflow, .paused, .fileTooLarge, .fileClosed:
            []
        }
    }
}
