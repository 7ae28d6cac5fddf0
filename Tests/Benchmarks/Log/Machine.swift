// On what the figures were taken.

import Foundation
import Support

public enum Machine {
    /// Processor, cores, kernel and the file system below `folder`.
    public static func description(of folder: String) -> [String] {
        let model =
            text("/proc/cpuinfo").split(separator: "\n")
            .first { $0.hasPrefix("model name") }?.split(separator: ":").last.map(String.init) ?? ""
        let kernel = text("/proc/sys/kernel/osrelease").trimmingCharacters(in: .newlines)
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return [
            "\(cores) cores,\(model), Linux \(kernel), \(fileSystem(of: folder)) below \(folder)"
        ] + load
    }

    /// How busy the machine is with everything on it.
    public static var load: [String] { ["load \(text("/proc/loadavg").prefix(14))"] }

    private static func fileSystem(of folder: String) -> String {
        let mounts = text("/proc/self/mounts").split(separator: "\n").map {
            $0.split(separator: " ")
        }
        let holding = mounts.filter { parts in
            parts.count > 2 && (parts[1] == "/" || (folder + "/").hasPrefix(parts[1] + "/"))
        }
        return holding.max { $0[1].count < $1[1].count }.map { String($0[2]) } ?? "unknown"
    }

    private static func text(_ path: String) -> String {
        // A line that cannot be read is left out of the heading.
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}
