// A file as a tree of texts: types hold their members between head and tail.
//
// Every byte of the file belongs to exactly one text, so a tree that is not edited renders to the
// bytes it was made of.

import LiveProtocol
import SourceAnalysis
import Support

/// Where one unit's bytes are, and who it is.
public struct UnitSpan: Hashable, Sendable {
    public var head: Range<Int>
    /// Types only: what follows the last member.
    public var tail: Range<Int>?
    /// Index of the enclosing type in the same list.
    public var parent: Int?
    public var id: FunctionID?
    public var kind: UnitKind
    /// Where what is declared begins, behind the comments before it; nil when nobody knows.
    public var declaration: Int?

    public init(
        head: Range<Int>, tail: Range<Int>?, parent: Int?, id: FunctionID?,
        kind: UnitKind = .function, declaration: Int? = nil
    ) {
        self.declaration = declaration
        self.head = head
        self.tail = tail
        self.parent = parent
        self.id = id
        self.kind = kind
    }
}

extension SourceFile {
    /// The units of an analysed file with their identities.
    ///
    /// - Parameter ids: one a unit; nil for a unit no edit can name.
    public func spans(ids: [FunctionID?]) -> [UnitSpan] {
        units.enumerated().map { index, unit in
            UnitSpan(
                head: unit.head, tail: unit.tail, parent: unit.parent,
                id: index < ids.count ? ids[index] : nil, kind: unit.kind,
                declaration: unit.declaration.lowerBound)
        }
    }
}

/// The texts of a file.
struct UnitTree {
    struct Node {
        var id: FunctionID?
        var head: [UInt8]
        var tail: [UInt8]?
        var parent: Int?
        var kind: UnitKind
        /// In document order.
        var members: [Int] = []
    }

    /// Nodes stay where they are; one that was deleted is in no list of members.
    private(set) var nodes: [Node] = []
    private(set) var roots: [Int] = []
    private var places: [FunctionID: Int] = [:]

    /// - Parameter start: where the text begins: behind the mark of its encoding.
    /// - Throws: ``SpliceFailure/unitsDoNotCover`` when the texts are not the whole file in order.
    init(_ bytes: [UInt8], _ spans: [UnitSpan], from start: Int) throws(SpliceFailure) {
        for span in spans {
            guard span.head.lowerBound >= 0, span.head.upperBound <= bytes.count,
                span.tail.map({ $0.upperBound <= bytes.count }) ?? true,
                span.parent.map({ nodes.indices.contains($0) }) ?? true
            else { throw .unitsDoNotCover }
            let node = Node(
                id: span.id, head: Array(bytes[span.head]),
                tail: span.tail.map { Array(bytes[$0]) }, parent: span.parent,
                kind: span.kind)
            add(node, at: members(of: span.parent).count)
        }
        guard rendered().bytes[...] == bytes[start...] else { throw .unitsDoNotCover }
    }

    func members(of parent: Int?) -> [Int] {
        if let parent { nodes[parent].members } else { roots }
    }

    /// Whether the file ends with text that is no declaration.
    var endsOpaque: Bool { roots.last.map { nodes[$0].kind == .opaque } ?? false }

    func node(_ id: FunctionID) -> Int? { places[id] }

    mutating func add(_ node: Node, at position: Int) {
        let index = nodes.count
        nodes.append(node)
        if let id = node.id { places[id] = index }
        insert(index, at: position)
    }

    private mutating func insert(_ index: Int, at position: Int) {
        if let parent = nodes[index].parent {
            nodes[parent].members.insert(index, at: position)
        } else {
            roots.insert(index, at: position)
        }
    }

    mutating func remove(_ index: Int) {
        if let parent = nodes[index].parent {
            nodes[parent].members.removeAll { $0 == index }
        } else {
            roots.removeAll { $0 == index }
        }
        if let id = nodes[index].id { places[id] = nil }
    }

    /// Puts a node that was removed back, elsewhere; its members come with it.
    mutating func restore(_ index: Int, _ text: UnitText, in parent: Int?, at position: Int) {
        nodes[index].parent = parent
        setText(index, text)
        if let id = nodes[index].id { places[id] = index }
        insert(index, at: position)
    }

    /// Whether `index` is, or holds, `other`.
    func encloses(_ index: Int, _ other: Int) -> Bool {
        var current: Int? = other
        while let node = current {
            if node == index { return true }
            current = nodes[node].parent
        }
        return false
    }

    mutating func setText(_ index: Int, _ text: UnitText) {
        nodes[index].head = text.head
        nodes[index].tail = text.tail
    }

    /// The file's bytes, and who each unit is, in document order.
    ///
    /// - Parameter joins: two blocks of imports, or of statements, with nothing left between them
    ///   are one, which goes by the first one's name.
    func rendered(joins: Bool = false) -> (bytes: [UInt8], order: [FunctionID?]) {
        var bytes: [UInt8] = []
        var order: [FunctionID?] = []
        func render(_ siblings: [Int]) {
            for (place, index) in siblings.enumerated() {
                let node = nodes[index]
                let before = place > 0 ? nodes[siblings[place - 1]].kind : nil
                if !joins || !node.kind.isProloguePart || before != node.kind {
                    order.append(node.id)
                }
                bytes += node.head
                render(node.members)
                bytes += node.tail ?? []
            }
        }
        render(roots)
        return (bytes, order)
    }

    /// The text right before a position among the members of `parent`: the end of the previous
    /// sibling, else of the parent's head.
    func byteBefore(_ position: Int, in parent: Int?) -> UInt8? {
        let siblings = members(of: parent)
        var index = position - 1
        while index >= 0 {
            if let last = lastByte(of: siblings[index]) { return last }
            index -= 1
        }
        guard let parent else { return nil }
        return nodes[parent].head.last
    }

    private func lastByte(of index: Int) -> UInt8? {
        let node = nodes[index]
        if let last = node.tail?.last { return last }
        for member in node.members.reversed() {
            if let last = lastByte(of: member) { return last }
        }
        return node.head.last
    }

    /// Whether any text of the file follows the members before `position` of `parent`.
    func hasText(from position: Int, in parent: Int?) -> Bool {
        if members(of: parent).dropFirst(position).contains(where: { lastByte(of: $0) != nil }) {
            return true
        }
        guard let parent else { return false }
        if nodes[parent].tail?.isEmpty == false { return true }
        let siblings = members(of: nodes[parent].parent)
        let own = siblings.firstIndex(of: parent) ?? 0
        return hasText(from: own + 1, in: nodes[parent].parent)
    }
}
