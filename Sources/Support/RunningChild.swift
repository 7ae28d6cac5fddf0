// A started program and the sockets that lead to it.

import CLinux
import Glibc

/// A child process in a group of its own. `end()` stops the group and collects the child.
package struct RunningChild: Sendable {
    /// A process that is still there this long after SIGKILL hangs in the kernel.
    private static let killWait = Duration.seconds(2)
    /// A program that is written for longer than this is not just being saved.
    private static let busyWait = Duration.seconds(1)

    package let pid: pid_t
    /// Descriptors; -1 once closed.
    package private(set) var input: Int32
    package private(set) var output: Int32
    package private(set) var error: Int32
    /// What the program and the children it waited for used; known after its end.
    package private(set) var processor = Duration.zero
    private let endsGroup: Bool
    private var waitStatus: Int32?

    package init(_ process: ChildProcess) throws(ChildFailure) {
        let executable = try process.executable()
        var ours: [Int32] = []
        var theirs: [Int32] = []
        defer { for descriptor in Set(theirs) { close(descriptor) } }
        do throws(SystemFailure) {
            for _ in 0..<(process.log == nil ? 3 : 1) {
                let pair = try Self.pair()
                ours.append(pair[0])
                theirs.append(pair[1])
            }
            if let log = process.log {
                let file = try retrying("open", log) {
                    open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
                }
                theirs += [file, file]
            }
        } catch {
            for socket in ours { close(socket) }
            throw process.failure(.system(error.code))
        }
        var pid = pid_t()
        let code = Self.spawnOnceFree(&pid, executable, process, standard: theirs)
        guard code == 0 else {
            for socket in ours { close(socket) }
            throw process.failure(code == ENOENT ? .notFound : .system(code))
        }
        self.pid = pid
        endsGroup = process.endsGroup
        for socket in ours { _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK) }
        (input, output, error) = ours.count == 3 ? (ours[0], ours[1], ours[2]) : (ours[0], -1, -1)
    }

    private static func pair() throws(SystemFailure) -> [Int32] {
        var pair: [Int32] = [-1, -1]
        try retrying("socketpair", "child") {
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair)
        }
        return pair
    }

    /// A program is busy while somebody writes it, and a moment longer when the writer started
    /// another program meanwhile: that one holds the file until it is itself.
    private static func spawnOnceFree(
        _ pid: inout pid_t, _ executable: String, _ process: ChildProcess, standard: [Int32]
    ) -> Int32 {
        let end = SystemClock().uptime + busyWait
        while true {
            let code = spawn(&pid, executable, process, standard: standard)
            guard code == ETXTBSY, SystemClock().uptime < end else { return code }
            pause(milliseconds: 2)
        }
    }

    private static func spawn(
        _ pid: inout pid_t, _ executable: String, _ process: ChildProcess, standard: [Int32]
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, socket) in standard.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, socket, Int32(number))
        }
        aura_spawn_closing_from(&actions, Int32(standard.count))
        if let folder = process.folder {
            aura_spawn_in_folder(&actions, folder)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals that this process blocks or ignores must not stay so in the child.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        let arguments = CStrings([process.program] + process.arguments)
        let environment = CStrings(process.environment.map { "\($0.key)=\($0.value)" })
        return withExtendedLifetime((arguments, environment)) {
            posix_spawn(
                &pid, executable, &actions, &attributes, arguments.pointers, environment.pointers)
        }
    }

    /// Not after its end was seen: its number may be another program's by then.
    package mutating func signal(_ number: Int32) {
        if !hasExited { kill(pid, number) }
    }

    /// Sends bytes to the child; false when it takes no more or the time is up.
    package func send(_ bytes: [UInt8], until end: Duration) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard Self.wait(input, POLLOUT, until: end) else { return false }
            let sent = rest.withUnsafeBytes {
                Glibc.send(input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent > 0 {
                rest = rest.dropFirst(sent)
            } else if errno != EAGAIN && errno != EINTR {
                return false
            }
        }
        return true
    }

    /// Waits for a descriptor; false when the time is up.
    package static func wait(_ descriptor: Int32, _ event: Int32, until end: Duration) -> Bool {
        while true {
            let left = end - SystemClock().uptime
            if left <= .zero { return false }
            var polled = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            let ready = poll(&polled, 1, Int32(min(left.milliseconds + 1, 60_000)))
            if ready > 0 { return true }
            if ready < 0 && errno != EINTR { return false }
        }
    }

    /// Appends what can be read now; false at the end.
    package func receive(_ socket: KeyPath<RunningChild, Int32>, into bytes: inout [UInt8]) -> Bool
    {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count = read(self[keyPath: socket], &chunk, chunk.count)
        if count > 0 { bytes += chunk[..<count] }
        return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))
    }

    package mutating func closeInput() { Self.closeOnce(&input) }
    package mutating func closeOutput() { Self.closeOnce(&output) }
    package mutating func closeError() { Self.closeOnce(&error) }

    private static func closeOnce(_ descriptor: inout Int32) {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    package var hasExited: Bool {
        mutating get {
            if waitStatus != nil { return true }
            if endsGroup { endGroupOfTheDead() }
            var status: Int32 = 0
            var usage = rusage()
            let collected = wait4(pid, &status, WNOHANG, &usage)
            if collected == pid {
                waitStatus = status
                processor = Self.duration(usage.ru_utime) + Self.duration(usage.ru_stime)
            }
            // Somebody else collected it: its code is unknown, which is not success.
            if collected < 0 && errno == ECHILD { waitStatus = 0xFF00 }
            return waitStatus != nil
        }
    }

    /// Ends what a dead leader left in its group. The leader is not collected yet, so its number
    /// still belongs to this group and to no other.
    private func endGroupOfTheDead() {
        var info = siginfo_t()
        let isDead =
            waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0
            && info.si_signo == SIGCHLD
        if isDead { kill(-pid, SIGKILL) }
    }

    private static func duration(_ time: timeval) -> Duration {
        .seconds(Int64(time.tv_sec)) + .microseconds(Int64(time.tv_usec))
    }

    package var exitCode: Int32 {
        guard let waitStatus else { return -1 }
        let signal = waitStatus & 0x7F
        return signal == 0 ? (waitStatus >> 8) & 0xFF : 128 + signal
    }

    /// Stops the child and its group if it still runs, collects it and closes the sockets.
    ///
    /// - Parameter grace: time between SIGTERM and SIGKILL; nil is SIGKILL at once.
    /// - Returns: false when it is still there two seconds after SIGKILL; it is left behind.
    @discardableResult
    package mutating func end(grace: Duration? = nil) -> Bool {
        closeInput()
        closeOutput()
        closeError()
        if hasExited { return true }
        if let grace {
            kill(-pid, SIGTERM)
            if waitForExit(within: grace) { return true }
        }
        kill(-pid, SIGKILL)
        kill(pid, SIGKILL)
        return waitForExit(within: Self.killWait)
    }

    /// Waits for its end; false when it still runs after `limit`.
    package mutating func waitForExit(within limit: Duration) -> Bool {
        let handle = aura_pidfd_open(pid)
        guard handle >= 0 else { return hasExited }
        defer { close(handle) }
        _ = Self.wait(handle, POLLIN, until: SystemClock().uptime + limit)
        return hasExited
    }
}

/// An array of C strings that ends in nil, as `exec` wants it.
private final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() {
            (pointers + index).initialize(to: strdup(string))
        }
        (pointers + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}
