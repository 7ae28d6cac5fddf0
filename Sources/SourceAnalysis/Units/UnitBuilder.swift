// From a tree to the units of a file: who owns which bytes, what each unit is called and says.

import CTreeSitter
import Support

/// Builds the units of one file; used once.
struct UnitBuilder {
    /// Types nested deeper than this stay part of the type that holds them. Real code reaches
    /// five; the bound keeps hostile input from exhausting the stack.
    private static let nestingMax = 64

    private let language: Language
    private let module: String
    private let reader: ContainerReader
    private let names: NameReader
    private let owned: OwnedBytes
    private let bytes: UnsafeBufferPointer<UInt8>
    private var walk: TokenWalk
    private var units: [SourceUnit] = []
    private var hasContainerError = false

    /// What a container's units inherit from the types around them.
    private struct Surroundings {
        var owners: [String] = []
        var parent: Int?
        var depth = 0
        var isType = false
        var isLocalOnly = false
    }

    init(language: Language, module: String, bytes: UnsafeBufferPointer<UInt8>, root: TSNode) {
        let cursor = TreeCursor(at: root)
        self.language = language
        self.module = module
        self.bytes = bytes
        reader = ContainerReader(grammar: language.grammar, bytes: bytes, cursor: cursor)
        names = NameReader(bytes: bytes)
        owned = OwnedBytes(
            bytes: bytes, indentationMatters: language.grammar.rules.indentationMatters)
        walk = TokenWalk(grammar: language.grammar, bytes: bytes, cursor: cursor)
    }

    mutating func build(from root: TSNode) -> SourceFile {
        let contents = reader.read(root, isRoot: true)
        hasContainerError = contents.hasDamage
        addRoot(contents)
        numberEqualNames()
        return SourceFile(
            language: language.name, byteCount: bytes.count, units: units,
            hasErrors: root.hasError || units.contains(where: \.isHeldBack),
            hasContainerError: hasContainerError)
    }

    /// The file's own container: what is left at its end must find an owner too.
    private mutating func addRoot(_ contents: ContainerContents) {
        let count = bytes.count
        let surroundings = Surroundings()
        guard let last = contents.items.last else {
            addLoose(EncodingMark.end(in: bytes)..<count, to: surroundings)
            return
        }
        var end = owned.end(after: last.end, next: count, comments: contents.comments)
        end = owned.endOfIndentedComments(from: end, itemStart: last.start, next: count)
        let rest = end..<count
        if owned.isBlank(rest) { end = count }
        // The mark is the file's, not its first unit's: that one may move, or go.
        add(contents, from: EncodingMark.end(in: bytes), limit: end, to: surroundings)
        if end < count { addLoose(rest, to: surroundings) }
    }

    /// Adds a container's units and returns where the last one's bytes end.
    ///
    /// - Parameter limit: where the last unit may own to.
    @discardableResult
    private mutating func add(
        _ contents: ContainerContents, from lower: Int, limit: Int, to surroundings: Surroundings
    ) -> Int {
        var position = lower
        for (index, item) in contents.items.enumerated() {
            let isLast = index == contents.items.count - 1
            let next = isLast ? contents.closeStart ?? limit : contents.items[index + 1].start
            var end = owned.end(after: item.end, next: next, comments: contents.comments)
            end = owned.endOfIndentedComments(from: end, itemStart: item.start, next: next)
            if isLast && surroundings.parent == nil { end = limit }
            end = max(position, end)
            add(item, extent: position..<end, to: surroundings)
            position = end
        }
        return position
    }

    private mutating func add(
        _ item: UnitItem, extent: Range<Int>, to surroundings: Surroundings
    ) {
        if let body = item.body, surroundings.depth < Self.nestingMax {
            addType(item, body: body, extent: extent, to: surroundings)
        } else {
            var unit = unit(for: item, head: extent, in: surroundings)
            hash(item, into: &unit, hole: nil, members: [])
            units.append(unit)
        }
    }

    private mutating func addType(
        _ item: UnitItem, body: TSNode, extent: Range<Int>, to surroundings: Surroundings
    ) {
        let contents = reader.read(body, isRoot: false)
        if contents.hasDamage || item.isHeldBack { hasContainerError = true }
        let open = contents.openEnd ?? (ts_node_prev_sibling(body).present?.end ?? body.start)
        let next = contents.items.first?.start ?? contents.closeStart ?? body.end
        let headEnd = min(
            extent.upperBound,
            owned.end(after: open, next: max(open, next), comments: contents.comments))
        let index = units.count
        var unit = unit(for: item, head: extent.lowerBound..<headEnd, in: surroundings)
        units.append(unit)

        var inner = surroundings
        inner.owners = Array(UnitName.parts(of: unit.qualifiedName).dropFirst())
        inner.parent = index
        inner.depth += 1
        inner.isType = !(item.rule?.isNamespace ?? false)
        inner.isLocalOnly = unit.isLocalOnly
        let end = add(contents, from: headEnd, limit: extent.upperBound, to: inner)
        unit.tail = end..<extent.upperBound
        unit.isHeldBack = item.isHeldBack || contents.hasDamage
        let members = units[(index + 1)...].filter { $0.parent == index }.map(\.name)
        hash(item, into: &unit, hole: body, members: members)
        units[index] = unit
    }

    /// Comments without a unit after them, or a file of blanks.
    private mutating func addLoose(_ range: Range<Int>, to surroundings: Surroundings) {
        if range.isEmpty { return }
        let text = owned.trimmed(range)
        let item = UnitItem(
            kind: .opaque, rule: nil, nodes: [], inner: nil, body: nil, start: text.lowerBound,
            end: text.upperBound, isHeldBack: false)
        add(item, extent: range, to: surroundings)
    }

    /// The unit without what its tokens say.
    private func unit(
        for item: UnitItem, head: Range<Int>, in surroundings: Surroundings
    ) -> SourceUnit {
        let own = ownName(of: item)
        let isMember = surroundings.isType || !own.owners.isEmpty
        let path = [module] + surroundings.owners + own.owners + [own.text]
        let declaration = declaration(of: item)
        let nameStart = own.range?.lowerBound ?? item.start
        return SourceUnit(
            kind: item.kind == .function && isMember ? .method : item.kind,
            name: own.text,
            qualifiedName: path.joined(separator: UnitName.separator),
            ordinal: 0,
            parent: surroundings.parent,
            head: head,
            tail: nil,
            declaration: declaration,
            startLine: owned.line(of: declaration.lowerBound),
            endLine: owned.line(
                of: max(declaration.lowerBound, declaration.upperBound - 1)),
            auraID: nil,
            isHeldBack: item.isHeldBack,
            isLocalOnly: surroundings.isLocalOnly
                || hasLocalOnlyTag(in: head.lowerBound..<max(head.lowerBound, nameStart)),
            isNamespace: item.rule?.isNamespace ?? false,
            callees: [],
            boundNames: [],
            imports: [],
            importedNames: [],
            shape: nil,
            sketch: TokenSketch(tokens: []))
    }

    private func ownName(of item: UnitItem) -> UnitOwnName {
        switch item.kind {
        case .imports: return UnitOwnName(text: UnitName.imports)
        // Files and their modes are made elsewhere; no grammar has them.
        case .opaque, .file, .mode: return UnitOwnName(text: UnitName.opaque)
        case .function, .method, .type, .constant:
            guard let inner = item.inner, let rule = item.rule else {
                return UnitOwnName(text: UnitName.opaque)
            }
            return names.name(of: inner, by: rule)
        }
    }

    private func declaration(of item: UnitItem) -> Range<Int> {
        // Attributes that are siblings are no part of the node; runs have no single node.
        let start =
            item.inner == nil || item.kind == .imports
            ? item.start : item.nodes.last?.start ?? item.start
        return start..<max(start, min(item.end, bytes.count))
    }

    /// `@aura-local` in the bytes before a unit's name, as a whole word.
    private func hasLocalOnlyTag(in range: Range<Int>) -> Bool {
        let tag = Array("@aura-local".utf8)
        var index = range.lowerBound
        while index + tag.count <= range.upperBound {
            if bytes[index] == tag[0], tag.indices.allSatisfy({ bytes[index + $0] == tag[$0] }) {
                let after = index + tag.count
                let isWord =
                    after < bytes.count
                    && (ByteText.isIdentifier(bytes[after]) || bytes[after] == UInt8(ascii: "-"))
                if !isWord { return true }
            }
            index += 1
        }
        return false
    }

    private mutating func numberEqualNames() {
        var counts: [String: Int] = [:]
        for index in units.indices {
            let key = "\(units[index].kind.rawValue) \(units[index].qualifiedName)"
            units[index].ordinal = counts[key, default: 0]
            counts[key, default: 0] += 1
        }
    }

    /// Fills in what the unit's tokens say, or holds it back when they are damaged.
    ///
    /// - Parameter members: names that make a renamed type recognisable; no part of its hash.
    private mutating func hash(
        _ item: UnitItem, into unit: inout SourceUnit, hole: TSNode?, members: [String]
    ) {
        let own = ownName(of: item)
        let name = own.range
        walk.begin()
        walk.usage.receiver = own.receiver
        if !unit.isHeldBack {
            for node in item.nodes {
                walk.add(
                    node, hole: hole, name: name,
                    looksForDamage: hole != nil && node.hasError)
            }
        }
        if unit.isHeldBack || walk.sawDamage {
            unit.isHeldBack = true
            let hides = hole == nil && item.nodes.contains { walk.mayHideUnits($0) }
            if hides || item.kind == .opaque { hasContainerError = true }
            return
        }
        for member in members { walk.addToken(member) }
        unit.callees = walk.usage.callees.sorted()
        unit.boundNames = walk.usage.bound.sorted()
        unit.imports = walk.usage.importedNames
        if unit.kind == .imports { unit.importedNames = walk.identifiers.sorted() }
        unit.sketch = TokenSketch(tokens: walk.tokens)
        let identity = UnitIdentity(language: language, walk: walk, bytes: bytes)
        unit.auraID = identity.auraID(of: unit)
        unit.shape = identity.shape()
    }
}
