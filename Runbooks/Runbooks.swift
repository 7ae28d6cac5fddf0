// The pages a person reads at night, carried inside the binary: they must be there when the
// checkout is not.

/// The runbook pages, one per bucket.
public enum Runbooks {
    /// Every page: the bucket's name as in its file, and its text.
    public static let pages: [(name: String, text: String)] = [
        ("Config", text(PackageResources.Config_md)), ("Auth", text(PackageResources.Auth_md)),
        ("Host", text(PackageResources.Host_md)), ("Agent", text(PackageResources.Agent_md)),
        ("Daemon", text(PackageResources.Daemon_md)),
        ("Scanner", text(PackageResources.Scanner_md)),
        ("Mothership", text(PackageResources.Mothership_md)),
        ("WAL", text(PackageResources.WAL_md)),
        ("Conflicts", text(PackageResources.Conflicts_md)),
        ("Impacts", text(PackageResources.Impacts_md)),
        ("Presence", text(PackageResources.Presence_md)),
        ("Integrity", text(PackageResources.Integrity_md)),
        ("Doctor", text(PackageResources.Doctor_md)),
    ]

    /// Pages that belong to no bucket, by the name under which they are asked for.
    private static let guides = [
        "third-party-checks": text(PackageResources.ThirdPartyChecks_md)
    ]

    /// A page about a matter instead of a code.
    public static func guide(_ name: String) -> String? { guides[name] }

    /// The section of a code with its heading, without the blank lines around it; nil when no page
    /// has one.
    public static func section(code: String) -> String? {
        let bucket = code.prefix { $0 != "." }
        guard let page = pages.first(where: { $0.name.lowercased() == bucket }) else { return nil }
        let lines = page.text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(of: "## \(code)") else { return nil }
        let end = lines[(start + 1)...].firstIndex { $0.hasPrefix("## ") } ?? lines.endIndex
        var section = lines[start..<end]
        while section.last?.isEmpty == true { section.removeLast() }
        return section.joined(separator: "\n")
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
