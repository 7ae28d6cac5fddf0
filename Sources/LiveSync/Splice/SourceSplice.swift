// Puts units into a file, replaces them and takes them out; the bytes of all others stay.
//
// Pure: bytes in, bytes out. Whoever writes the result parses it first and compares every edited
// unit with what was announced: layout is adapted here by rule, and a rule can be wrong for a text
// that holds lines of a string.

import LiveProtocol
import SourceAnalysis
import Support

/// Why an edit cannot be made.
public enum SpliceFailure: Failure, Equatable {
    /// The units are not the whole file in order.
    case unitsDoNotCover
    /// The unit to be edited is not in the file.
    case unknownUnit(FunctionID)
    /// The unit to be inserted is in the file already.
    case unitExists(FunctionID)
    /// The type a unit belongs to is not in the file.
    case unknownParent(FunctionID)
    /// The enclosing unit has no place for members.
    case noRoomForMembers(FunctionID)
    /// A type that still has members cannot go.
    case hasMembers(FunctionID)

    public var subject: String { "source file" }
    public var reason: String {
        switch self {
        case .unitsDoNotCover: "its units do not cover its bytes"
        case .unknownUnit(let id): "has no unit \(id.short)"
        case .unitExists(let id): "already has the unit \(id.short)"
        case .unknownParent(let id): "has no type \(id.short) for a member"
        case .noRoomForMembers(let id): "the unit \(id.short) cannot have members"
        case .hasMembers(let id): "the type \(id.short) still has members"
        }
    }
    public var nextStep: String { "read the file again and decide anew" }
    /// The word an APPLY_FAILED record carries.
    public var word: String {
        switch self {
        case .unitsDoNotCover: "units_do_not_cover"
        case .unknownUnit: "unknown_unit"
        case .unitExists: "unit_exists"
        case .unknownParent: "unknown_parent"
        case .noRoomForMembers: "no_room_for_members"
        case .hasMembers: "has_members"
        }
    }
}

/// One change of one unit's text.
public enum SpliceEdit: Hashable, Sendable {
    case replace(FunctionID, UnitText)
    case insert(FunctionID, UnitText, UnitKind, Placement)
    case move(FunctionID, UnitText, UnitKind, Placement)
    case delete(FunctionID)
}

/// How far a text is adapted to the file it goes into.
public enum SpliceLayout: Sendable, CaseIterable {
    /// Line ends and indentation follow the file.
    case adapted
    /// Only what keeps lines apart is added.
    case verbatim
    /// As `verbatim`, and the text that ends a file stays its end: before a unit, a comment would
    /// become part of it.
    case opaqueLast
    /// As `adapted`; blocks between which nothing is left become one.
    case joined
}

/// The outcome of a splice.
public struct SpliceResult: Hashable, Sendable {
    public let bytes: [UInt8]
    /// Who each unit is, in document order.
    public let order: [FunctionID?]
}

/// Puts units into a file, replaces, moves and removes them, by identity.
public enum SourceSplice {
    /// Makes all edits at once.
    ///
    /// - Parameter spans: the file's units, a type before its members.
    /// - Throws: ``SpliceFailure``; then nothing is made of any edit.
    public static func apply(
        _ edits: [SpliceEdit], to bytes: [UInt8], spans: [UnitSpan],
        layout: SpliceLayout = .adapted
    ) throws(SpliceFailure) -> SpliceResult {
        let start = EncodingMark.end(in: bytes)
        // As it came, each text has what its author's file begins with.
        let header = layout.isAdapted ? FileHeader.of(bytes, spans, from: start) : []
        var spans = spans
        if !header.isEmpty {
            let head = spans[0].head
            spans[0].head = (head.lowerBound + header.count)..<head.upperBound
        }
        var splicer = Splicer(
            tree: try UnitTree(bytes, spans, from: start + header.count), layout: layout,
            lineEnd: TextLayout.lineEnd(of: bytes), header: header)
        for edit in edits { try splicer.make(edit) }
        let (text, order) = splicer.tree.rendered(joins: layout == .joined)
        let lead = Array(bytes.prefix(start)) + splicer.keptHeader(before: text)
        return SpliceResult(bytes: lead + text, order: order)
    }
}

extension SpliceLayout {
    fileprivate var isAdapted: Bool { self == .adapted || self == .joined }
}

private struct Splicer {
    var tree: UnitTree
    let layout: SpliceLayout
    /// The file's own; nil while it has no line end.
    let lineEnd: [UInt8]?
    /// See ``FileHeader``; it is in no text of the tree.
    let header: [UInt8]
    /// A text came with the header, so its author's file has it still.
    private var isHeaderGiven = false
    /// The unit that had the header got a text without one.
    private var isHeaderReplaced = false

    init(tree: UnitTree, layout: SpliceLayout, lineEnd: [UInt8]?, header: [UInt8]) {
        self.tree = tree
        self.layout = layout
        self.lineEnd = lineEnd
        self.header = header
    }

    /// What the file begins with after the edits: a header goes with its unit's text where a newer
    /// one came without it, and the name of the interpreter stays in any case.
    func keptHeader(before text: [UInt8]) -> [UInt8] {
        if text.isEmpty { return [] }
        if isHeaderGiven || !isHeaderReplaced { return header }
        return FileHeader.interpreter(of: text).isEmpty ? FileHeader.interpreter(of: header) : []
    }

    mutating func make(_ edit: SpliceEdit) throws(SpliceFailure) {
        switch edit {
        case .replace(let id, let text): try replace(id, text)
        case .insert(let id, let text, let kind, let placement):
            guard tree.node(id) == nil else { throw .unitExists(id) }
            try insert(id, text, kind, placement)
        case .move(let id, let text, let kind, let placement):
            try move(id, text, kind, placement)
        case .delete(let id): try take(id)
        }
    }

    private mutating func replace(_ id: FunctionID, _ text: UnitText) throws(SpliceFailure) {
        guard let index = tree.node(id) else { throw .unknownUnit(id) }
        let old = UnitText(head: tree.nodes[index].head, tail: tree.nodes[index].tail)
        let own = TextLayout.indentation(of: old.head)
        var new = adapted(text, to: own)
        if new.tail == nil, !tree.nodes[index].members.isEmpty { throw .hasMembers(id) }
        new.head = ended(new.head, like: old.head)
        if let tail = new.tail { new.tail = ended(tail, like: old.tail ?? old.head) }
        // The first node is the unit that the file began with.
        if index == 0, !isHeaderGiven { isHeaderReplaced = true }
        tree.setText(index, new)
    }

    private mutating func take(_ id: FunctionID) throws(SpliceFailure) {
        guard let index = tree.node(id) else { throw .unknownUnit(id) }
        let node = tree.nodes[index]
        guard node.members.isEmpty else { throw .hasMembers(id) }
        tree.remove(index)
    }

    /// Members of a type that moves go with it, byte for byte.
    private mutating func move(
        _ id: FunctionID, _ text: UnitText, _ kind: UnitKind, _ placement: Placement
    ) throws(SpliceFailure) {
        guard let index = tree.node(id) else { throw .unknownUnit(id) }
        let parent = try container(placement)
        if let parent, tree.encloses(index, parent) { throw .unknownParent(id) }
        let node = tree.nodes[index]
        if text.tail == nil, !node.members.isEmpty { throw .hasMembers(id) }
        tree.remove(index)
        let (position, new) = fitted(text, kind, placement, in: parent)
        tree.restore(index, new, in: parent, at: position)
    }

    private mutating func insert(
        _ id: FunctionID, _ text: UnitText, _ kind: UnitKind, _ placement: Placement
    ) throws(SpliceFailure) {
        let parent = try container(placement)
        let (position, new) = fitted(text, kind, placement, in: parent)
        tree.add(
            UnitTree.Node(
                id: id, head: new.head, tail: new.tail, parent: parent, kind: kind),
            at: position)
    }

    private func container(_ placement: Placement) throws(SpliceFailure) -> Int? {
        guard let wanted = placement.parent else { return nil }
        guard let index = tree.node(wanted) else { throw .unknownParent(wanted) }
        guard tree.nodes[index].tail != nil else { throw .noRoomForMembers(wanted) }
        return index
    }

    /// Where a unit goes, and its text as it fits there.
    private mutating func fitted(
        _ text: UnitText, _ kind: UnitKind, _ placement: Placement, in parent: Int?
    ) -> (position: Int, text: UnitText) {
        let position = position(of: placement, kind, in: parent)
        let sibling = nearest(position, in: parent)
        var new = adapted(text, to: sibling.map { TextLayout.indentation(of: tree.nodes[$0].head) })
        if let before = tree.byteBefore(position, in: parent), before != TextLayout.newline {
            new.head = (lineEnd ?? [TextLayout.newline]) + new.head
        }
        if tree.hasText(from: position, in: parent) { new = closed(new) }
        return (position, new)
    }

    private func position(of placement: Placement, _ kind: UnitKind, in parent: Int?) -> Int {
        let members = tree.members(of: parent)
        let position = placement.position(
            among: members.map { (tree.nodes[$0].id, tree.nodes[$0].kind) }, of: kind)
        guard layout == .opaqueLast, parent == nil else { return position }
        return kind == .opaque
            ? members.count : min(position, members.count - (tree.endsOpaque ? 1 : 0))
    }

    private func nearest(_ position: Int, in parent: Int?) -> Int? {
        let members = tree.members(of: parent)
        if position > 0 { return members[position - 1] }
        return position < members.count ? members[position] : nil
    }

    // MARK: Layout

    private mutating func adapted(_ text: UnitText, to indentation: [UInt8]?) -> UnitText {
        guard layout.isAdapted else { return text }
        var new = text
        if let indentation {
            let own = TextLayout.indentation(of: text.head)
            new.head = TextLayout.reindented(text.head, from: own, to: indentation)
            new.tail = text.tail.map { TextLayout.reindented($0, from: own, to: indentation) }
        }
        if let lineEnd {
            new.head = TextLayout.withLineEnds(new.head, lineEnd)
            new.tail = new.tail.map { TextLayout.withLineEnds($0, lineEnd) }
        }
        if !header.isEmpty, new.head.starts(with: header) {
            new.head.removeFirst(header.count)
            isHeaderGiven = true
        }
        return new
    }

    /// A text in place of one that ended a line ends a line too; where the old one was the end of
    /// a file without a last line end, or half a line, the new one ends the same way.
    private func ended(_ text: [UInt8], like old: [UInt8]) -> [UInt8] {
        guard let last = text.last, let oldLast = old.last else { return text }
        if oldLast == TextLayout.newline && last != TextLayout.newline {
            return text + (lineEnd ?? [TextLayout.newline])
        }
        if oldLast != TextLayout.newline && last == TextLayout.newline {
            return TextLayout.withoutLastLineEnd(text)
        }
        return text
    }

    /// The text with a line end, so that what follows starts on a line of its own.
    private func closed(_ text: UnitText) -> UnitText {
        var new = text
        let end = lineEnd ?? [TextLayout.newline]
        if let tail = new.tail, let last = tail.last {
            if last != TextLayout.newline { new.tail = tail + end }
        } else if let last = new.head.last, last != TextLayout.newline {
            new.head += end
        }
        return new
    }
}
