// Code, registry, runbook and test of a bucket belong together; these rules compare them both
// ways. All are pure: they take what was read and say which file to write.

import Diagnostics
import Support

/// What the rules compare.
struct Quartets: Sendable {
    /// The buckets of the registered checks, in order.
    let registered: [Bucket]
    let entries: [Catalogue.Entry]
    let files: [SourceFile]

    /// Everything that does not fit.
    var breaches: [Breach] {
        folderBreaches + registryBreaches + runbookBreaches + manifestBreaches + testBreaches
    }

    /// Folders below `Checks`, and the files in each.
    var folders: [String: [String]] {
        var folders: [String: [String]] = [:]
        for file in files where file.isUnder("Checks") {
            guard let folder = Floors.bucket(of: file) else { continue }
            folders[folder, default: []].append(
                String(file.path.dropFirst("Checks/\(folder)/".count)))
        }
        return folders
    }

    /// The name under which a bucket has its files: `WAL` for `wal`.
    private func folder(of bucket: Bucket) -> String? {
        folders.keys.first { $0.lowercased() == bucket.rawValue }
    }

    private func text(of path: String) -> String? { files.first { $0.path == path }?.text }

    var folderBreaches: [Breach] {
        let missing = registered.filter { folder(of: $0) == nil }.map {
            Breach("Checks/", "make the folder of bucket \($0)")
        }
        return missing + folders.sorted { $0.key < $1.key }.flatMap(fileBreaches)
    }

    private func fileBreaches(folder: String, names: [String]) -> [Breach] {
        let needed: Set = ["\(folder)Finding.swift", "\(folder)Detect.swift"]
        let allowed = needed.union(["\(folder)Remediate.swift"])
        let missing = needed.subtracting(names).sorted().map {
            Breach("Checks/\(folder)/\($0)", "write it")
        }
        let strange = Set(names).subtracting(allowed).sorted().map {
            Breach(
                "Checks/\(folder)/\($0)", "fold it into \(allowed.sorted().joined(separator: ", "))"
            )
        }
        return missing + strange
    }

    var registryBreaches: [Breach] {
        let path = "Checks/Registry.swift"
        guard let registry = files.first(where: { $0.path == path }) else {
            return [Breach(path, "write the one list of checks")]
        }
        let words = registry.codeLines.flatMap { $0.split { !$0.isLetter && !$0.isNumber } }
        return folders.keys.sorted().flatMap { folder -> [Breach] in
            let count = words.count { $0 == "\(folder)Check" }
            var breaches: [Breach] = []
            if count != 1 {
                breaches.append(Breach(path, "list \(folder)Check() once, not \(count) times"))
            }
            if !registered.contains(where: { $0.rawValue == folder.lowercased() }) {
                breaches.append(
                    Breach(path, "no registered check has bucket \(folder.lowercased())"))
            }
            return breaches
        }
    }

    var runbookBreaches: [Breach] {
        let buckets = Set(entries.map(\.bucket))
        // Guides are about a matter, not about a bucket.
        let pages = files.filter {
            $0.isUnder("Runbooks") && !$0.isUnder("Runbooks/Guides") && $0.path.hasSuffix(".md")
        }
        let missing = buckets.sorted().filter { page(of: $0, in: pages) == nil }.map {
            Breach("Runbooks/", "write the page of bucket \($0)")
        }
        return missing
            + pages.flatMap { page -> [Breach] in
                let bucket = Bucket(rawValue: String(page.name.dropLast(3)).lowercased())
                guard buckets.contains(bucket) else {
                    return [Breach(page.path, "no catalogue has bucket \(bucket)")]
                }
                return Runbook(page).breaches(against: entries.filter { $0.bucket == bucket })
            }
    }

    private func page(of bucket: Bucket, in pages: [SourceFile]) -> SourceFile? {
        pages.first { String($0.name.dropLast(3)).lowercased() == bucket.rawValue }
    }

    /// Each page has its resource line, and each resource line its page.
    var manifestBreaches: [Breach] {
        let manifest = text(of: "Package.swift") ?? ""
        let listed = manifest.matches(of: /\.embedInCode\("([^"]+)"\)/).map { String($0.1) }
        let present = files.filter { $0.isUnder("Runbooks") && $0.path.hasSuffix(".md") }
            .map { String($0.path.dropFirst("Runbooks/".count)) }
        let unlisted = Set(present).subtracting(listed).sorted().map {
            Breach("Package.swift", "add .embedInCode(\"\($0)\") to target Runbooks")
        }
        let absent = Set(listed).subtracting(present).sorted().map {
            Breach("Runbooks/\($0)", "write it, or take its resource line out of Package.swift")
        }
        return unlisted + absent
    }

    /// Each code is a literal in some test: the one that makes its fault.
    var testBreaches: [Breach] {
        let tests = files.filter { $0.isUnder("Tests") && !$0.isUnder("Tests/HouseRules") }
        return entries.filter { entry in
            !tests.contains { $0.text.contains("\"\(entry.code)\"") }
        }.map { Breach("Tests/", "write a test that makes the fault of \($0.code)") }
    }

    /// Every relation points at a code that exists.
    var relationBreaches: [Breach] {
        entries.flatMap { entry in
            entry.explains.filter { pattern in
                !entries.contains { $0.code != entry.code && Glob.covers(pattern, code: $0.code) }
            }.map { Breach("Checks/", "\(entry.code) explains \($0), which no catalogue holds") }
        }
    }
}

/// A page for people: `# Bucket`, then a section `## code` for every code.
struct Runbook {
    static let parts = ["Meaning", "Impact", "Diagnosis", "Repair", "If it comes back"]
    /// Shorter is a heading with nothing under it, said in a word or two.
    static let partLengthMin = 12

    private let path: String
    private var sections: [(code: String, line: Int, lines: [Substring])] = []

    init(_ file: SourceFile) {
        path = file.path
        for (index, line) in file.lines.enumerated() {
            if line.hasPrefix("## ") {
                let code = line.dropFirst(3).filter { $0 != "`" && !$0.isWhitespace }
                sections.append((code, index + 1, []))
            } else if !sections.isEmpty {
                sections[sections.count - 1].lines.append(line)
            }
        }
    }

    func breaches(against entries: [Catalogue.Entry]) -> [Breach] {
        let missing = entries.filter { entry in !sections.contains { $0.code == entry.code } }
            .map { Breach(path, "write the section \"## \($0.code)\"") }
        return missing
            + sections.enumerated().flatMap { index, section -> [Breach] in
                guard let entry = entries.first(where: { $0.code == section.code }) else {
                    return [Breach(path, section.line, "\(section.code) is in no catalogue")]
                }
                if sections[..<index].contains(where: { $0.code == section.code }) {
                    return [Breach(path, section.line, "\(section.code) has two sections")]
                }
                return breaches(of: section.lines, at: section.line, for: entry)
            }
    }

    private func breaches(
        of lines: [Substring], at line: Int, for entry: Catalogue.Entry
    ) -> [Breach] {
        var breaches: [Breach] = []
        let head = lines.first { !$0.allSatisfy(\.isWhitespace) } ?? ""
        let said = head.filter { $0 != "`" && $0 != "*" && $0 != "_" }
        if said.trimmed != entry.classLine {
            breaches.append(
                Breach(path, line, "\(entry.code): the first line must be \(entry.classLine)"))
        }
        for part in Self.parts where text(of: part, in: lines).count < Self.partLengthMin {
            breaches.append(Breach(path, line, "\(entry.code): write **\(part)**"))
        }
        return breaches
    }

    /// What stands behind `**Part**`, up to the next part.
    private func text(of part: String, in lines: [Substring]) -> String {
        guard let start = lines.firstIndex(where: { $0.hasPrefix("**\(part)**") }) else {
            return ""
        }
        let rest = lines[(start + 1)...].prefix { line in
            !Self.parts.contains { line.hasPrefix("**\($0)**") }
        }
        let first = lines[start].dropFirst(part.count + 4)
        return ([first] + rest).joined(separator: " ").trimmed
    }
}

extension StringProtocol {
    var trimmed: String {
        let start = drop(while: \.isWhitespace)
        return String(String(start.reversed()).drop(while: \.isWhitespace).reversed())
    }
}
