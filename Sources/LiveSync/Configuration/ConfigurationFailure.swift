// What is wrong with a settings file, with the line a person has to edit.

import Glibc
import Support

/// One thing wrong in a settings file.
public struct ConfigurationDefect: Hashable, Sendable {
    /// What is wrong with it.
    public enum Problem: Hashable, Sendable {
        /// The file does not parse; the parser's own words.
        case syntax(String)
        /// The key is not one this program reads; the most similar one that it does.
        case unknownKey(nearest: String?)
        /// The value has another type than the key asks for.
        case wrongType(expected: String, found: String)
        /// The value breaks the key's rule. `shown` is nil where a value may hold a secret.
        case invalidValue(shown: String?, rule: String)
    }

    /// The dotted key; empty for a syntax error.
    public let key: String
    /// The line in the file, from 1.
    public let line: Int
    public let problem: Problem

    public init(key: String, line: Int, problem: Problem) {
        self.key = key
        self.line = line
        self.problem = problem
    }

    /// What is wrong, one clause.
    public var reason: String {
        switch problem {
        case .syntax(let words): "does not parse: \(words)"
        case .unknownKey(let nearest):
            "unknown key \(key)" + (nearest.map { ", the nearest known one is \($0)" } ?? "")
        case .wrongType(let expected, let found):
            "\(key) must be \(expected), found \(found)"
        case .invalidValue(let shown, let rule):
            "\(key) \(shown.map { "is \($0) but " } ?? "")\(rule)"
        }
    }

    /// What to edit.
    public var nextStep: String {
        switch problem {
        case .syntax: "correct line \(line)"
        case .unknownKey(let nearest):
            nearest.map { "rename it to \($0) or remove line \(line)" } ?? "remove line \(line)"
        case .wrongType(let expected, _): "write \(expected) on line \(line)"
        case .invalidValue: "change the value on line \(line)"
        }
    }
}

/// A settings file that is refused.
public enum ConfigurationFailure: Failure, Equatable {
    /// The file cannot be read.
    case unreadable(SystemFailure)
    /// The file is not UTF-8.
    case notText(file: String)
    /// At least one defect, in the order of their lines.
    case defects(file: String, [ConfigurationDefect])

    /// All that is wrong inside the file; empty when it could not be read.
    public var defects: [ConfigurationDefect] {
        if case .defects(_, let list) = self { list } else { [] }
    }

    public var subject: String {
        switch self {
        case .unreadable(let failure): failure.subject
        case .notText(let file): file
        case .defects(let file, let list): "\(file):\(list.first?.line ?? 1)"
        }
    }

    public var reason: String {
        switch self {
        case .unreadable(let failure): failure.reason
        case .notText: "is not UTF-8 text"
        case .defects(_, let list):
            (list.first?.reason ?? "is refused")
                + (list.count > 1 ? " (and \(list.count - 1) more)" : "")
        }
    }

    public var nextStep: String {
        switch self {
        case .unreadable(let failure) where failure.code == ENOENT:
            "restore .aura/live.toml, or run aura init"
        case .unreadable(let failure): failure.nextStep
        case .notText: "save it as UTF-8"
        case .defects(_, let list): list.first?.nextStep ?? "correct the file"
        }
    }
}
