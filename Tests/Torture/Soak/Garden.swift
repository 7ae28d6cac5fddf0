// A source tree in four languages that many hands change: whole functions, files, names. Every body
// holds a number that was never written before, so that the fate of each single save can be told.

import Foundation
import Support

/// How one language writes a function whose body is one number.
enum Tongue: CaseIterable {
    case python, rust, typescript, swift

    var suffix: String {
        switch self {
        case .python: "py"
        case .rust: "rs"
        case .typescript: "ts"
        case .swift: "swift"
        }
    }

    func function(_ name: String, _ mark: Int) -> String {
        switch self {
        case .python: "def \(name)(value):\n    return value + \(mark)\n"
        case .rust: "pub fn \(name)(value: u64) -> u64 {\n    value + \(mark)\n}\n"
        case .typescript:
            "export function \(name)(value: number): number {\n    return value + \(mark);\n}\n"
        case .swift: "func \(name)(value: Int) -> Int {\n    value + \(mark)\n}\n"
        }
    }

    func file(_ functions: [(name: String, mark: Int)]) -> String {
        functions.map { function($0.name, $0.mark) }.joined(separator: "\n")
    }

    static func of(_ path: String) -> Tongue? {
        allCases.first { $0.suffix == PathName.fileExtension(of: path) }
    }
}

/// A file of ours, taken apart at the functions.
struct Bed {
    /// One function without the blank lines around it.
    struct Plant {
        var name: String
        var text: String
    }

    let tongue: Tongue
    var plants: [Plant]

    /// Takes a file apart; nil when it is no file of ours.
    init?(_ text: String, path: String) {
        guard let tongue = Tongue.of(path) else { return nil }
        self.tongue = tongue
        plants = []
        // Functions begin at their heads: the blank line between two of them is nobody's.
        for line in text.split(separator: "\n") {
            if let end = line.range(of: "(value"),
                let name = line[..<end.lowerBound].split(separator: " ").last
            {
                plants.append(Plant(name: String(name), text: ""))
            }
            guard !plants.isEmpty else { continue }
            plants[plants.count - 1].text += line + "\n"
        }
    }

    var text: String { plants.map(\.text).joined(separator: "\n") }
}

enum Garden {
    /// Settings under which the notes travel too.
    static let settings = ["live.selective": "whole_files = [\"*.md\"]"]
    /// Differs between the branches and is nobody's to edit.
    static let fixedPath = "stable/fixed.py"

    /// Files by path. Marks start at `marks`.
    static func files(count: Int, _ marks: inout Marks) -> [String: String] {
        var files = [fixedPath: Tongue.python.function("fixed", 1)]
        for index in 0..<count {
            let tongue = Tongue.allCases[index % Tongue.allCases.count]
            let functions = (0..<6).map { ("f\(index)_\($0)", marks.next()) }
            files["m\(index % 7)/unit\(index).\(tongue.suffix)"] = tongue.file(functions)
        }
        for index in 0..<3 { files["notes/page\(index).md"] = "mark \(marks.next())\n" }
        return files
    }

    /// The numbers of nine digits in a text.
    static func marks(in text: String) -> Set<Int> {
        var found: Set<Int> = []
        for word in text.split(whereSeparator: { !$0.isNumber }) where word.count == 9 {
            if let mark = Int(word) { found.insert(mark) }
        }
        return found
    }
}

/// Numbers that are given out once.
struct Marks {
    private var last: Int

    init(from first: Int = 100_000_000) { last = first }

    mutating func next() -> Int {
        last += 1
        return last
    }
}
