// Third-party checks for the tests: small programs in a folder of their own.

import Diagnostics
import Foundation
import Glibc
import Support

/// A folder with checks, and a user who trusts some of them.
struct PluginBench {
    let folder: String
    var checks: String { folder + "/checks.d" }
    var trust: TrustStore { TrustStore(folder: folder + "/trusted") }

    init(_ folder: String) throws {
        self.folder = folder
        try FileAccess.makeFolder(checks, mode: 0o700)
    }

    /// Writes a file of the checks' folder and returns its path.
    @discardableResult
    func file(_ name: String, _ text: String, mode: mode_t = 0o700) throws -> String {
        let path = checks + "/" + name
        try FileAccess.replace(path, with: Array(text.utf8), mode: mode)
        return path
    }

    /// A program that describes itself as `name` and runs `detect` in a shell.
    @discardableResult
    func program(
        _ name: String, detect: String, deadline: Int = 2000, trusted: Bool = true
    ) throws -> String {
        let path = try file(
            name,
            """
            #!/bin/sh
            if [ "$1" = describe ]; then cat <<'END'
            {"name":"\(name)","deadline_ms":\(deadline),"depth":"quick","codes":[
             {"code":"\(name).bad","severity":"warn","fix":"manual",
              "meaning":"it is bad","impact":"it stays bad","next_step":"make it good"}]}
            END
            exit 0; fi
            if [ "$1" = plan ]; then echo '{"steps":["look","act"]}'; exit 0; fi
            \(detect)
            """)
        if trusted { try trustNow(path) }
        return path
    }

    func trustNow(_ path: String) throws {
        _ = try trust.trust(path, reserved: [], at: .minute(0))
    }

    var found: ThirdPartyChecks<Pump> {
        ThirdPartyChecks(in: [checks], trust: trust, root: folder, reserved: ["power"])
    }

    func report(timeout: Duration = .seconds(20)) async -> Report {
        let found = found
        return await Examiner.pump.run(
            checks: found.checks, system: Pump(),
            options: ExaminationOptions(timeout: timeout, leftOut: found.leftOut))
    }
}

/// True when a process of this number runs that is not dead already.
func isRunning(_ pid: Int32) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),  // gone
        let close = stat.lastIndex(of: ")")
    else { return false }
    return stat[stat.index(after: close)...].split(separator: " ").first != "Z"
}
