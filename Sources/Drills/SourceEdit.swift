// Finding a real function in a real tree and changing it so that its meaning changes: a number in
// it is counted up. Works in any language with a grammar.

import SourceAnalysis
import Support

/// One function and a series of edits of it.
public struct SourceEdit: Sendable {
    public let path: String
    public let function: String
    private let before: [UInt8]
    private let after: [UInt8]
    private let number: Int

    /// The whole file with the function's number raised by `step`.
    public func bytes(step: Int) -> [UInt8] { before + Array(String(number + step).utf8) + after }

    /// Looks for a function with a number in it, file by file.
    ///
    /// - Throws: ``PlainFailure`` when no file has one.
    public static func find(
        in root: String, paths: [String], besides other: SourceEdit? = nil
    ) throws -> SourceEdit {
        let analyzer = SourceAnalyzer()
        for path in paths where other == nil || path == other?.path {
            guard let language = Language.forPath(path) else { continue }
            let bytes = try FileAccess.read(root + "/" + path)
            let file = try analyzer.analyze(bytes, path: path, language: language)
            guard !file.hasErrors else { continue }
            for unit in file.units where unit.kind == .function || unit.kind == .method {
                guard unit.qualifiedName != other?.function, unit.ordinal == 0,
                    let range = number(in: bytes, unit.declaration),
                    let value = Int(String(decoding: bytes[range], as: UTF8.self))
                else { continue }
                let edit = SourceEdit(
                    path: path, function: unit.qualifiedName,
                    before: Array(bytes[..<range.lowerBound]),
                    after: Array(bytes[range.upperBound...]), number: value)
                if try edit.changesOnlyItsFunction(file, analyzer, language) { return edit }
            }
        }
        throw PlainFailure(
            root, "has no function with a number in it", nextStep: "name another folder")
    }

    /// The edited file must parse and differ in exactly this one unit.
    private func changesOnlyItsFunction(
        _ file: SourceFile, _ analyzer: SourceAnalyzer, _ language: Language
    ) throws -> Bool {
        let edited = try analyzer.analyze(bytes(step: 1), path: path, language: language)
        guard !edited.hasErrors, edited.units.count == file.units.count else { return false }
        let changed = zip(file.units, edited.units).filter { $0.auraID != $1.auraID }
        return changed.count == 1 && changed.first?.0.qualifiedName == function
    }

    /// A decimal number of at most six digits that stands alone.
    private static func number(in bytes: [UInt8], _ range: Range<Int>) -> Range<Int>? {
        func isDigit(_ index: Int) -> Bool {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index])
        }
        func isSpace(_ index: Int) -> Bool { bytes[index] == UInt8(ascii: " ") }
        var index = range.lowerBound + 1
        while index < range.upperBound - 1 {
            guard isDigit(index), isSpace(index - 1), bytes[index] != UInt8(ascii: "0") else {
                index += 1
                continue
            }
            var end = index
            while end < range.upperBound, isDigit(end) { end += 1 }
            let follows = end < range.upperBound ? bytes[end] : UInt8(ascii: " ")
            if end - index <= 6, [UInt8](" \n;),".utf8).contains(follows) { return index..<end }
            index = end
        }
        return nil
    }
}
