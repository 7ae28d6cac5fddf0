// Limits that are in force without being written down. Whoever reads a configuration file later
// cannot see them, and a new release may bring other defaults.

import LiveProtocol
import Support
import TOMLKit

extension MothershipConfiguration {
    /// Names of the limits that a configuration file leaves to their defaults.
    ///
    /// - Returns: nil when there is no such file, so that nobody chose anything.
    public static func implicitLimits(at path: String) throws(ConfigurationFailure) -> [String]? {
        guard FileAccess.exists(path) else { return nil }
        let bytes: [UInt8]
        do throws(SystemFailure) { bytes = try FileAccess.read(path, limit: 1 << 20) } catch {
            throw ConfigurationFailure(
                file: path, line: nil, reason: error.reason, nextStep: error.nextStep)
        }
        return try missing(in: String(decoding: bytes, as: UTF8.self), of: path).map {
            "\(ConfigurationReader.limitTable).\($0.name)"
        }
    }

    private typealias LimitKey = (name: String, limit: WritableKeyPath<ServerLimits, Int>)

    private static func missing(
        in text: String, of path: String
    ) throws(ConfigurationFailure) -> [LimitKey] {
        let table = try table(of: text, file: path)[ConfigurationReader.limitTable]?.table
        let written = Set(table?.keys ?? [])
        return ConfigurationReader.limitKeys.filter { !written.contains($0.name) }
    }

    /// A configuration file's text with every limit written down, at the value it has now.
    ///
    /// - Throws: ``ConfigurationFailure`` when the file does not parse, or keeps its limits in a form
    ///   that no line can be added to.
    public static func textWithLimits(at path: String) throws -> String {
        let text = String(decoding: try FileAccess.read(path, limit: 1 << 20), as: UTF8.self)
        let limits = try load(path).limits
        let added = try missing(in: text, of: path).map {
            "\($0.name) = \(limits[keyPath: $0.limit])"
        }
        guard !added.isEmpty else { return text }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if let header = lines.firstIndex(where: { $0.filter { $0 != " " }.hasPrefix("[limits]") }) {
            lines.insert(contentsOf: added, at: header + 1)
        } else if added.count == ConfigurationReader.limitKeys.count {
            lines += (lines.last == "" ? [] : [""]) + ["[limits]"] + added + [""]
        } else {
            throw ConfigurationFailure(
                file: path, line: nil, reason: "has its limits outside of a table [limits]",
                nextStep: "write \(added.joined(separator: ", ")) beside them")
        }
        return lines.joined(separator: "\n")
    }
}
