// Runs somebody else's program so that it can do no harm to the run: a deadline, SIGTERM and then
// SIGKILL to its whole group, orphans collected, output capped, and an environment of five
// variables.

import CLinux
import Glibc
import Support
import Synchronization

struct ExternalProgram: Sendable {
    typealias Runner = @Sendable (ChildProcess, [UInt8]) throws(ChildFailure) -> ChildResult

    /// More output than this is not an answer.
    static let outputBytesMax = 1 << 20
    private static let grace = Duration.milliseconds(500)

    /// The file to run, and what stands before the verb.
    let path: String
    let arguments: [String]
    /// The folder it runs in.
    let folder: String
    let runner: Runner

    init(
        path: String, arguments: [String] = [], folder: String = "/",
        runner: @escaping Runner = { process, input throws(ChildFailure) in
            try process.run(input: input)
        }
    ) {
        self.path = path
        self.arguments = arguments
        self.folder = folder
        self.runner = runner
    }

    /// Runs the program to its end.
    ///
    /// - Parameter limit: when it is told to stop; all in all it takes three seconds more at most.
    func run(
        _ more: [String] = [], input: String = "", limit: Duration
    ) throws(ChildFailure) -> ChildResult {
        let mark = Orphans.mark()
        var process = ChildProcess(
            path, arguments + more, environment: Self.environment(mark: mark))
        process.deadline = limit
        process.grace = Self.grace
        process.outputLimit = Self.outputBytesMax
        process.folder = folder
        process.endsGroup = true
        Orphans.adopt()
        defer { Orphans.end(mark) }
        return try runner(process, Array(input.utf8))
    }

    /// Nothing of the caller's environment but where its home is: no token, no proxy, no library
    /// path reaches a program of a third party.
    private static func environment(mark: String) -> [String: String] {
        [
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8",
            "TZ": "UTC", "HOME": getenv("HOME").map { String(cString: $0) } ?? "/",
            Orphans.variable: mark,
        ]
    }
}

/// Descendants that left the group of their program.
///
/// A process that makes a session of its own survives the end of its group. When its parent dies
/// it becomes a child of this process, which asked the kernel for that, and it is known by a mark
/// in its environment.
enum Orphans {
    static let variable = "AURA_CHECK_RUN"
    /// A chain of parents and children is ended from the top; deeper ones are left.
    private static let roundsMax = 20
    /// An exec takes less than so many looks.
    private static let untoldRoundsMax = 4

    static func mark() -> String {
        "\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 16))"
    }

    /// How many programs run; orphans are adopted as long as there is one.
    private static let programs = Mutex(0)

    /// Until `end`, orphans among the descendants become children of this process.
    static func adopt() {
        programs.withLock {
            $0 += 1
            _ = aura_adopt_orphans(1)
        }
    }

    /// Ends and collects every child that carries the mark.
    static func end(_ mark: String) {
        collect(mark)
        programs.withLock {
            $0 -= 1
            if $0 == 0 { _ = aura_adopt_orphans(0) }
        }
    }

    private static func collect(_ mark: String) {
        var untold = 0
        for _ in 0..<roundsMax {
            let signs = children().map { ($0, sign(mark, of: $0)) }
            for case (let pid, .carried) in signs {
                kill(pid, SIGKILL)
                var status: Int32 = 0
                // What hangs in the kernel is left behind; what is dead is collected at once.
                for _ in 0..<200 where waitpid(pid, &status, WNOHANG) == 0 { poll(nil, 0, 5) }
            }
            if signs.contains(where: { $0.1 == .carried }) { continue }
            // One that never shows any has none, or is another user's.
            guard signs.contains(where: { $0.1 == .untold }), untold < untoldRoundsMax else {
                return
            }
            untold += 1
            poll(nil, 0, 5)
        }
    }

    private static func children() -> [pid_t] {
        // A process that ends while we look is no child any more.
        let names = (try? FileAccess.names(in: "/proc")) ?? []
        let own = getpid()
        return names.compactMap { pid_t($0) }.filter { state(of: $0)?.parent == own }
    }

    /// Third and fourth field of `stat`; the second, the name, may hold spaces and parentheses.
    private static func state(of pid: pid_t) -> (letter: Substring, parent: pid_t)? {
        guard let stat = ProcFile.read("/proc/\(pid)/stat"), let close = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 1, let parent = pid_t(fields[1]) else { return nil }
        return (fields[0], parent)
    }

    private enum Sign {
        case carried, absent
        /// In the middle of an exec a process shows no environment.
        case untold
    }

    private static func sign(_ mark: String, of pid: pid_t) -> Sign {
        let environment = ProcFile.read("/proc/\(pid)/environ") ?? ""
        if environment.contains("\(variable)=\(mark)") { return .carried }
        guard environment.isEmpty, let letter = state(of: pid)?.letter else { return .absent }
        return letter == "Z" ? .absent : .untold
    }
}
