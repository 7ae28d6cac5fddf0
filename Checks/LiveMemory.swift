// Where the user's memory of examinations lies: beside the user's other state, a folder for each
// working copy, never inside one.

import Diagnostics
import LiveSync
import Support

/// Finds the memory of examinations.
public enum LiveMemory {
    /// The memory of one working copy.
    ///
    /// `AURA_STATE_HOME`, else `state` in `AURA_CONFIG_HOME`, else `$XDG_STATE_HOME/aura`, else
    /// `~/.local/state/aura`. A relative value is ignored.
    public static func store(
        of workspace: Workspace, environment: [String: String] = Surroundings().environment
    ) throws(PlainFailure) -> FindingStore {
        let key = ContentDigest.of(Array(workspace.root.utf8)).hex.prefix(16)
        return FindingStore(folder: "\(try folder(environment))/doctor/\(key)")
    }

    static func folder(_ environment: [String: String]) throws(PlainFailure) -> String {
        func absolute(_ name: String) -> String? {
            environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        if let own = absolute("AURA_STATE_HOME") { return own }
        if let config = absolute("AURA_CONFIG_HOME") { return config + "/state" }
        if let state = absolute("XDG_STATE_HOME") { return state + "/aura" }
        if let home = absolute("HOME") { return home + "/.local/state/aura" }
        throw PlainFailure(
            "state folder", "no variable names an absolute path",
            nextStep: "set AURA_STATE_HOME", exitStatus: .cannotCreate)
    }
}
