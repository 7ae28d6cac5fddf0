// Why there is no bundle, or why one is not read. Every case leaves no file behind.

import Diagnostics
import Support

/// Why a bundle was not written or not accepted.
public enum BundleFailure: Failure, Equatable {
    case system(SystemFailure)
    /// The archive library refused; `operation` is what was asked of it.
    case archive(path: String, operation: String, why: String)
    /// Something has the name already; a bundle replaces nothing.
    case exists(path: String)
    /// A part without which a bundle is worth nothing could not be scrubbed.
    case notScrubbed(member: String, why: String)
    /// A part without which a bundle is worth nothing could not be made.
    case notCollected(member: String, why: String)
    /// Something that must not leave this machine was found in the finished bytes.
    case survivor(Survivor, path: String)
    /// The same in a bundle that exists.
    case exposed(Survivor, path: String)
    /// It does not fit, whatever is left out.
    case tooLarge(path: String, bytes: Int, limit: Int)
    /// Not a bundle, or one that somebody made to do harm.
    case refused(path: String, why: String)
    /// The manifest and the members do not agree.
    case altered(path: String, why: String)
    /// A signal ended the work.
    case interrupted(signal: Int32)

    public var subject: String {
        switch self {
        case .system(let failure): failure.subject
        case .archive(let path, _, _), .exists(let path), .survivor(_, let path),
            .exposed(_, let path), .tooLarge(let path, _, _), .refused(let path, _),
            .altered(let path, _):
            path
        case .notScrubbed(let member, _), .notCollected(let member, _): member
        case .interrupted: "bundle"
        }
    }

    public var reason: String {
        switch self {
        case .system(let failure): failure.reason
        case .archive(_, let operation, let why): "\(operation) failed: \(why)"
        case .exists: "exists already"
        case .notScrubbed(_, let why): "could not be scrubbed: \(why)"
        case .notCollected(_, let why): "could not be collected: \(why)"
        case .survivor(let survivor, _), .exposed(let survivor, _): survivor.sentence
        case .tooLarge(_, let bytes, let limit):
            "needs \(ByteText.of(bytes)) and may have \(ByteText.of(limit))"
        case .refused(_, let why), .altered(_, let why): why
        case .interrupted(let signal): "interrupted by signal \(signal)"
        }
    }

    public var nextStep: String {
        switch self {
        case .system(let failure): failure.nextStep
        case .archive: "check the disk and try again"
        case .exists: "move it away, or give another name"
        case .notScrubbed: "nothing was written; report this defect"
        case .notCollected: "nothing was written; put that right and try again"
        case .survivor:
            "nothing was written; report this defect with the rule's name, see aura doctor explain "
                + DoctorFinding.redactionFailed.rawValue
        case .exposed: "do not publish it; delete it and make a new one"
        case .tooLarge: "raise --max-size, or narrow it with --since"
        case .refused: "ask for it to be made again with aura live logs bundle"
        case .altered: "do not rely on it; ask for the original"
        case .interrupted: "nothing was written; run it again"
        }
    }

    public var exitStatus: ExitStatus {
        switch self {
        case .system(let failure): failure.exitStatus
        case .archive: .inputOutput
        case .exists, .tooLarge: .cannotCreate
        case .notScrubbed, .survivor, .exposed: .redactionFailed
        case .notCollected, .refused: .inputOutput
        case .altered: .findings
        case .interrupted(let signal): signal == 15 ? .terminated : .interrupted
        }
    }
}

/// What was found although it must not be there.
public struct Survivor: Hashable, Codable, Sendable {
    /// The rule that should have caught it, or `known-value`.
    public let rule: String
    /// Where it came from: the source of a canary, or the name of a value of this machine.
    public let source: String
    /// The member it was found in.
    public let member: String
    /// How it was written there, outermost first: `base64, percent`.
    public let encoding: String

    public var sentence: String {
        "\(rule) of \(source) survived in \(member) (\(encoding))"
    }
}

/// Sizes for people.
public enum ByteText {
    /// `812 B`, `48 KiB`, `1.4 MiB`.
    public static func of(_ bytes: Int) -> String {
        if bytes < 1024 { return "\(bytes) B" }
        if bytes < 1 << 20 { return "\((bytes + 512) >> 10) KiB" }
        let (unit, shift) = bytes < 1 << 30 ? ("MiB", 20) : ("GiB", 30)
        // The whole units apart: a size of the largest kind times ten would not fit.
        let (units, rest) = (bytes >> shift, bytes & ((1 << shift) - 1))
        let tenths = units * 10 + ((rest * 10 + (1 << (shift - 1))) >> shift)
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }

    /// Reads `500K`, `20M`, `1G`, with or without `iB`, or plain bytes; nil for anything else.
    public static func parse(_ text: String) -> Int? {
        let units: [(suffix: String, factor: Int)] = [
            ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("K", 1 << 10), ("M", 1 << 20),
            ("G", 1 << 30), ("", 1),
        ]
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let value = Int(text.dropLast(unit.suffix.count)), value > 0 else { continue }
            let (product, overflow) = value.multipliedReportingOverflow(by: unit.factor)
            return overflow ? nil : product
        }
        return nil
    }
}
