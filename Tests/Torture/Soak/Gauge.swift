// Memory and open files of a process over its life, read from /proc: what leaks, grows.

import Foundation

/// What a process holds at one moment.
public struct Holding: Sendable, Equatable {
    public let residentBytes: Int
    public let descriptors: Int

    /// Nil when the process is gone.
    public static func of(_ pid: Int32) -> Holding? {
        // Files in /proc vanish with their process, which is the answer.
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) }),
            let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
        else { return nil }
        return Holding(residentBytes: pages * Int(getpagesize()), descriptors: open.count)
    }

    var brief: String { "\(residentBytes >> 20) MiB, \(descriptors) descriptors" }
}

/// The longest life of each process that was watched, from its first look to its last.
struct Gauge {
    private struct Life {
        var pid: Int32
        var first: Holding
        var last: Holding
        var looks = 1
    }

    /// A process that holds this much more at the end than at the start of its watch leaks. Caches
    /// and the allocator's arenas fill in the first minutes, which is why it is not zero.
    static let growthBytesMax = 48 << 20
    static let growthFactorMax = 1.5
    /// A few connections and files come and go.
    static let descriptorsMax = 12

    private var lives: [String: [Life]] = [:]

    mutating func look(at name: String, _ pid: Int32) {
        guard let now = Holding.of(pid) else { return }
        var known = lives[name] ?? []
        if let last = known.indices.last, known[last].pid == pid {
            known[last].last = now
            known[last].looks += 1
        } else {
            known.append(Life(pid: pid, first: now, last: now))
        }
        lives[name] = known
    }

    /// How many processes had this name.
    func lives(of name: String) -> Int { lives[name]?.count ?? 0 }

    private var longest: [(name: String, life: Life)] {
        lives.compactMap { name, all in all.max { $0.looks < $1.looks }.map { (name, $0) } }
            .sorted { $0.0 < $1.0 }
    }

    var lines: [String] {
        longest.map { name, life in
            "\(name): first \(life.first.brief); last \(life.last.brief) (\(life.looks) looks)"
        }
    }

    /// What grew beyond its bound.
    var leaks: [String] {
        longest.compactMap { name, life in
            let bound = max(
                Int(Double(life.first.residentBytes) * Self.growthFactorMax),
                life.first.residentBytes + Self.growthBytesMax)
            let isSmall =
                life.last.residentBytes <= bound
                && life.last.descriptors <= life.first.descriptors + Self.descriptorsMax
            return isSmall
                ? nil : "\(name) grew from \(life.first.brief) to \(life.last.brief)"
        }
    }
}
