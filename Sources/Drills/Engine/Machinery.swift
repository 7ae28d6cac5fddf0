// What this machine offers a drill, tried once. What is missing is said; a drill that needs it then
// counts as not run.

import Foundation
import Glibc
import Support
import Synchronization

/// The abilities of this machine.
public enum Machinery {
    private static let tried = Mutex<[Need: String?]>([:])

    /// Why a need cannot be met; nil when it can.
    ///
    /// - Parameter isPatient: whether drills of several minutes are wanted.
    public static func obstacle(to need: Need, isPatient: Bool = false) -> String? {
        if need == .patience { return isPatient ? nil : "takes minutes; ask for it with --slow" }
        return tried.withLock { tried in
            if let known = tried[need] { return known }
            let found = attempt(need)
            tried[need] = .some(found)
            return found
        }
    }

    private static func attempt(_ need: Need) -> String? {
        switch need {
        case .mounting:
            return works(
                "/usr/bin/unshare",
                ["-m", "/bin/sh", "-c", "/bin/mount -t tmpfs -o size=1m none /mnt"],
                "may not mount a file system of its own (root only)")
        case .immutableFiles:
            let file = FileManager.default.temporaryDirectory.path + "/aura-flag-\(UUID())"
            defer { unlink(file) }
            guard FileManager.default.createFile(atPath: file, contents: nil) else {
                return "the temporary folder takes no file"
            }
            if let problem = works(
                "/usr/bin/chattr", ["+i", file], "may not make a file immutable (root only)")
            {
                return problem
            }
            return works("/usr/bin/chattr", ["-i", file], "cannot make a file mutable again")
        case .systemCallFaults:
            return works(
                "/usr/bin/strace",
                ["-f", "-q", "-o", "/dev/null", "-e", "inject=sync:retval=0", "/bin/true"],
                "may not trace a process with strace")
        case .otherProgram:
            return works(Stranger.interpreter, ["-c", ""], "has no second program to run")
        case .droppedPrivileges:
            return works(
                Stage.Look.plainUser[0], Array(Stage.Look.plainUser.dropFirst()) + ["/bin/true"],
                "may not drop privileges (root only)")
        case .processLimits:
            return works("/usr/bin/prlimit", ["--version"], "cannot change limits of a process")
        case .patience: return nil
        }
    }

    private static func works(
        _ program: String, _ arguments: [String], _ complaint: String
    ) -> String? {
        guard FileAccess.exists(program) else {
            return "\(PathName.last(of: program)) is not installed"
        }
        do {
            let tool = Tool(program, environment: [:], folder: "/")
            return try tool.run(arguments, limit: .seconds(60)).succeeded ? nil : complaint
        } catch {
            return complaint
        }
    }
}
