// Limits that are in force without being written down. Whoever reads a configuration file later
// cannot see them, and a new release may bring other defaults.

import Support
import TOMLKit

extension MothershipConfiguration {
    /// Names of the limits that a configuration file leaves to their defaults.
    ///
    /// - Returns: nil when there is no such file, so that nobody chose anything.
    public static func implicitLimits(at path: String) throws(ConfigurationFailure) -> [String]? {
        guard FileAccess.exists(path) else { return nil }
        _ = try load(path)
        let bytes: [UInt8]
        do throws(SystemFailure) { bytes = try FileAccess.read(path, limit: 1 << 20) } catch {
            throw ConfigurationFailure(
                file: path, line: nil, reason: error.reason, nextStep: error.nextStep)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        // It was parsed a moment ago; what changed in between leaves nothing written.
        let table = TableHeaders.firstNameless(in: text) == nil ? try? TOMLTable(string: text) : nil
        let written = Set(table?["limits"]?.table?.keys ?? [])
        return ConfigurationReader.keyNames.filter {
            $0.hasPrefix("limits.") && !written.contains(String($0.dropFirst(7)))
        }
    }
}
