// Which paths take part at this moment: what the settings in force admit, what a settings file that
// was saved since does not exclude, and what git has put into this working copy at all.

import Support

/// The rules of the moment; the same path gets the same answer until they are replaced.
struct AgentScope: Sendable {
    let scope: ScanScope
    /// The root of the working copy, below which other working copies may lie.
    let root: String
    var stricter: StricterSettings
    /// Tracked files that git keeps out of this working copy on purpose: a sparse checkout, or the
    /// bit `skip-worktree`. That they are not there is nobody's deletion.
    var withheld: Set<String> = []

    func admits(_ path: String) -> Bool {
        scope.admits(path) && stricter.admits(path) && !withheld.contains(path)
            && GitRepository.nested(above: path, in: root) == nil
    }
}

extension PeerAgent {
    /// Whoever excludes a file may write a secret into it next: what the settings file says counts
    /// before anything of a file is read or told.
    func refreshAdmission() {
        guard admission.stricter.refresh() else { return }
        applyAdmission()
        // What was passed over is looked at again; what is excluded still stays out.
        deferred.formUnion(passedOver)
        passedOver = []
    }

    /// Whether a path takes part as the settings file stands now.
    func admitsNow(_ path: String) -> Bool {
        refreshAdmission()
        return admission.admits(path)
    }

    /// Asks git what it withholds.
    ///
    /// - Returns: false when git does not answer: nobody knows then whose a missing file is.
    @discardableResult
    func refreshWithheld() -> Bool {
        do throws(GitFailure) {
            let withheld = try parts.repository.command.withheldPaths()
                .filter { !FileAccess.exists("\(admission.root)/\($0)") }
            replaceWithheld(Set(withheld))
            return true
        } catch {
            parts.logger.error("git's list of withheld files cannot be read: \(error)")
            return false
        }
    }

    /// A withheld file that is there takes part again.
    func noticeReturned(_ paths: [String]) {
        guard !admission.withheld.isEmpty else { return }
        let returned = admission.withheld.intersection(paths)
            .filter { FileAccess.exists("\(admission.root)/\($0)") }
        if !returned.isEmpty { replaceWithheld(admission.withheld.subtracting(returned)) }
    }

    private func replaceWithheld(_ withheld: Set<String>) {
        guard withheld != admission.withheld else { return }
        admission.withheld = withheld
        applyAdmission()
    }

    private func applyAdmission() {
        core.admits = admission.admits
        work.append(contentsOf: decide(.retrySetAside))
    }
}
