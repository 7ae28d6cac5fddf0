// Power cuts that are none of our making: a log on an ext4 file system in an image, which the kernel
// is told to cut off from its disk at a random moment. What the journal brings back at the next mount
// is looked at. The disk that forgets in `PowerCuts` knows more orders; this one knows ext4.
//
// Each cut has mounts of its own (a mount namespace), the image lies in a memory file system in them:
// all of it is gone with the last process that sees it, also when this one is killed.

import Foundation
import Glibc
import Support
import WriteAheadLog

public struct RealCuts: Sendable {
    private let tally: Tally
    private let seed: UInt64
    private let count: Int

    public init(_ tally: Tally, seed: UInt64, count: Int) {
        (self.tally, self.seed, self.count) = (tally, seed, count)
    }

    /// What is under way when the power goes: a verb of the helper, what has run before it, and the
    /// milliseconds in which it does most of what it does.
    private struct Scene {
        var verb: String
        var before: String?
        var milliseconds: Int

        static let all = [
            Scene(verb: "work", before: nil, milliseconds: 80),
            Scene(verb: "lead", before: nil, milliseconds: 80),
            Scene(verb: "open", before: "append", milliseconds: 25),
            Scene(verb: "work", before: "append", milliseconds: 40),
        ]
    }

    public static let title = "real power cut"
    public static let judged = "real power cuts judged"

    public func run() throws {
        if let obstacle = Self.obstacle {
            return tally.notRun("\(Self.title)s", because: obstacle)
        }
        var random = SeededGenerator(seed: seed)
        let arena = try Arena()
        defer { arena.remove() }
        let image = "\(arena.path)/empty"
        if let obstacle = try Self.makeImage(image) {
            return tally.notRun("\(Self.title)s", because: obstacle)
        }
        for number in 0..<count {
            let scene = Scene.all[number % Scene.all.count]
            let moment = Int.random(in: 0...scene.milliseconds * 1000, using: &random)
            if let obstacle = try cut(number, scene, microseconds: moment, image, arena) {
                return tally.notRun(
                    "\(count - number) of \(count) \(Self.title)s", because: obstacle)
            }
        }
    }

    // MARK: What it takes

    private static let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]

    /// What is missing before anything was tried; nil when it may work.
    private static var obstacle: String? {
        if Crasher.path.isEmpty { return "walcrash is not built: swift build --product walcrash" }
        if geteuid() != 0 { return "only root may mount" }
        let places = environment["PATH", default: ""].split(separator: ":")
        let missing = ["unshare", "mount", "umount", "mkfs.ext4"].first { name in
            !places.contains { FileAccess.exists("\($0)/\(name)") }
        }
        return missing.map { "\($0) is not installed" }
    }

    /// An empty file system to begin each cut with; why there is none, or nil.
    private static func makeImage(_ path: String) throws -> String? {
        let file = try retrying("create", path) {
            open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        }
        defer { close(file) }
        try retrying("ftruncate", path) { ftruncate(file, 48 << 20) }
        let result = try ChildProcess("mkfs.ext4", ["-q", "-F", path], environment: environment)
            .run()
        return result.status == 0 ? nil : "mkfs.ext4: \(result.errorText.inOneLine)"
    }

    /// `set -e` and words for the stages: what had not come to `cut` was not done by the log.
    private static let script = """
        set -eu
        walcrash=$1 room=$2 image=$3 out=$4 moment=$5 verb=$6 before=$7
        mount -t tmpfs -o size=160m,mode=0700 none "$room"
        cp --sparse=always "$image" "$room/image"
        mkdir "$room/disk"
        log="$room/disk/wal"
        mount -o loop,noatime "$room/image" "$room/disk"
        if [ -n "$before" ]; then "$walcrash" "$before" "$log" 9 8192 >"$out/before"; fi
        "$walcrash" "$verb" "$log" 4000 16384 >"$out/during" 2>/dev/null &
        writer=$!
        sleep "$moment"
        "$walcrash" cut "$room/disk" "$out/during"
        kill -9 $writer 2>/dev/null || true
        wait $writer 2>/dev/null || true
        umount "$room/disk"
        mount -o loop,noatime "$room/image" "$room/disk"
        keep() { if [ -d "$log" ]; then cp -a "$log" "$out/$1"; else mkdir "$out/$1"; fi; }
        keep after
        if [ -e "$log/MANIFEST" ] || grep -qs "^ack " "$out/before" "$out/during"; then
            "$walcrash" verify "$log" >"$out/verified" 2>&1 || true
        fi
        "$walcrash" open "$log" >"$out/opened-says" 2>&1 || true
        keep opened
        umount "$room/disk"
        echo done
        """

    // MARK: One cut

    /// - Returns: why this machine could not do it; nil when it was done and judged.
    private func cut(
        _ number: Int, _ scene: Scene, microseconds: Int, _ image: String, _ arena: Arena
    ) throws -> String? {
        let (room, out) = ("\(arena.path)/room", "\(arena.path)/out-\(number)")
        try FileAccess.makeFolder(room, mode: 0o700)
        try FileAccess.makeFolder(out, mode: 0o700)
        defer {
            // What cannot be removed costs space until the arena is gone.
            _ = try? FileManager.default.removeItem(atPath: out)
        }
        let moment = String(format: "%d.%06d", microseconds / 1_000_000, microseconds % 1_000_000)
        var process = ChildProcess(
            "unshare",
            [
                "--mount", "--propagation", "private", "/bin/sh", "-c", Self.script, "cut",
                Crasher.path, room, image, out, moment, scene.verb, scene.before ?? "",
            ], environment: Self.environment)
        process.deadline = .seconds(120)
        process.endsGroup = true
        let result = try process.run()
        let stages = String(decoding: result.output, as: UTF8.self).split(separator: "\n")
        guard let answered = stages.lazy.compactMap(Self.bytesAtCut).first else {
            return ([result.errorText] + stages.map(String.init)).joined(separator: "\n").inOneLine
        }
        tally.injected("\(Self.title) in \(scene.verb)")
        let what = "\(Self.title) \(number) in \(scene.verb) after \(moment) s"
        guard stages.last == "done" else {
            tally.broke("\(what): \(result.errorText.inOneLine)")
            return nil
        }
        try look(at: out, answered: answered, what)
        tally.add(1, Self.judged)
        return nil
    }

    /// `cut N`: so many bytes of answers were there before it.
    private static func bytesAtCut(_ line: Substring) -> Int? {
        line.hasPrefix("cut ") ? Int(line.dropFirst(4)) : nil
    }

    /// Nothing acknowledged is lost, nothing is called damage, and the log opens and keeps it.
    ///
    /// What was answered before the cut began counts: an fdatasync that is under way when the kernel
    /// shuts ext4 down may return 0 with its extents still unwritten. Of a power cut nobody is left
    /// to hear that.
    private func look(at out: String, answered: Int, _ what: String) throws {
        let (before, during) = (try lines("\(out)/before"), try lines("\(out)/during", answered))
        if !during.contains(where: { $0.hasPrefix("done") }) {
            tally.add(1, "real power cuts before the work's end")
        }
        let promised = (before + during).compactMap(Crasher.Acknowledged.init(line:))
        let witness = ExternalWitness(acknowledged: promised.map(\.lsn).max())
        if FileAccess.exists("\(out)/after/MANIFEST") || !promised.isEmpty {
            let verdict = try lines("\(out)/verified").first ?? "nothing said"
            if !["verified OK", "verified TORN_TAIL"].contains(verdict) {
                tally.broke("\(what): \(verdict)")
            }
            Acknowledgements.compare(promised, "\(out)/after", what, tally, witness: witness)
        }
        let opened = try lines("\(out)/opened-says")
        if opened.last != "done" || opened.first?.hasSuffix("lost 0") != true {
            tally.broke("\(what), opened again: \(opened)")
        }
        Acknowledgements.compare(
            promised, "\(out)/opened", "\(what), opened again", tally, witness: witness)
    }

    /// The lines of a file that may be missing, of its first bytes or all of it.
    private func lines(_ path: String, _ bytes: Int = .max) throws -> [String] {
        guard FileAccess.exists(path) else { return [] }
        return String(decoding: try FileAccess.read(path).prefix(bytes), as: UTF8.self)
            .split(separator: "\n").map(String.init)
    }
}

extension String {
    /// What a program said, for the middle of a line.
    fileprivate var inOneLine: String {
        let text = split(separator: "\n").joined(separator: "; ")
        return text.isEmpty ? "it said nothing" : text
    }
}
