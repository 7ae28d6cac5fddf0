// One look at one path, for the scanner's part of the loop.

/// What a look at a path shows.
enum PathLook {
    case file(ReadSource)
    case missing
    /// Another process holds it; it is looked at again.
    case notNow
    /// It takes no part.
    case never
}

extension PeerAgent {
    func look(at path: String) -> PathLook {
        guard admission.admits(path) else {
            if !admission.stricter.admits(path) { passedOver.insert(path) }
            return .never
        }
        do throws(SourceProblem) {
            return try parts.reader.read(path).map(PathLook.file) ?? .missing
        } catch {
            switch error {
            case .never(let failure as StableReadFailure) where failure.problem == .replaced:
                // As with `x.js` once there is `x.js/index.js`: the file is gone.
                return .missing
            case .notNow(let failure):
                parts.logger.debug(
                    "not read now", metadata: ["path": "\(path)", "why": "\(failure)"])
                return .notNow
            case .never(let failure):
                parts.logger.debug("left out", metadata: ["path": "\(path)", "why": "\(failure)"])
                return .never
            }
        }
    }
}
