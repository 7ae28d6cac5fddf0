// Saves that rightly push nothing: only comments or layout changed, or what changed is marked
// local-only. Nobody sees why a save did not travel unless it is told.

import LiveProtocol
import Support

extension PeerCore {
    /// Units of a file whose text is not the shared one, by what that means for pushing.
    struct FileDifference: Hashable {
        /// Same meaning, other text.
        var trivia = 0
        /// Other meaning, marked local-only.
        var localOnly = 0
        /// Other meaning: on its way, or held back for a reason of its own.
        var meaning = 0

        var isNone: Bool { self == FileDifference() }
    }

    /// How a file differs from what it shares with others.
    func difference(at path: String) -> FileDifference {
        guard let file = index.files[path], file.exists else { return FileDifference() }
        var difference = FileDifference()
        for unit in file.units {
            let shared = sharedVersion(of: unit.id, in: file)?.auraID
            if unit.isLocalOnly {
                if unit.auraID != shared { difference.localOnly += 1 }
            } else if unit.auraID == nil || unit.auraID != shared {
                difference.meaning += 1
            } else if let text = sharedText(of: unit.id, in: file), text != unit.textDigest {
                difference.trivia += 1
            }
        }
        return difference
    }

    /// The digest of the shared version's exact text; nil when it is not known.
    private func sharedText(of function: FunctionID, in file: LocalFile) -> ContentDigest? {
        if let base = state.bases[function] { return base.textDigest }
        return file.baselineUnit(function)?.textDigest
    }
}

extension PeerAgent {
    /// Keeps the list of paths that a snapshot has to look at, so that it need not look at all.
    func noteDifference(at path: String) {
        if core.difference(at: path).isNone {
            differing.remove(path)
        } else {
            differing.insert(path)
        }
    }

    /// Files that differ and have nothing to push.
    var unpushedFiles: [UnpushedFile] {
        let queued = Set(core.state.outbound.map(\.path))
        let conflicts = Set(core.state.conflicts.lazy.filter(\.isBlocking).map(\.path))
        let waiting = Set(core.state.inbound.flatMap(\.changes).map(\.change.path))
        return differing.sorted().compactMap { path in
            let difference = core.difference(at: path)
            if difference.localOnly > 0 {
                return UnpushedFile(path: path, reason: .localOnly, count: difference.localOnly)
            }
            let isBusy =
                queued.contains(path) || conflicts.contains(path) || waiting.contains(path)
                || difference.meaning > 0
            guard difference.trivia > 0, !isBusy else { return nil }
            return UnpushedFile(path: path, reason: .trivia, count: difference.trivia)
        }
    }
}
