// From the children of a file or of a type's body to the items that become units.

import CTreeSitter
import Support

/// What one unit is made from.
struct UnitItem {
    var kind: UnitKind
    var rule: UnitRule?
    /// Attributes first, then the declaration, or all statements of opaque text.
    var nodes: [TSNode]
    /// The declaration without wrappers: what has the name and the body.
    var inner: TSNode?
    /// A type's body whose children are units.
    var body: TSNode?
    var start: Int
    var end: Int
    var isHeldBack: Bool
}

/// The items of one container and what lies between them.
struct ContainerContents {
    var items: [UnitItem] = []
    var comments: [Range<Int>] = []
    /// End of the opening brace, when the container has one.
    var openEnd: Int?
    /// Start of the closing brace, when the container has one.
    var closeStart: Int?
    var hasDamage = false
}

/// Sorts a container's children into items.
struct ContainerReader {
    /// Conditional blocks within each other; `#elif` nests in what stands before it.
    private static let splicesMax = 200

    let grammar: Grammar
    let bytes: UnsafeBufferPointer<UInt8>
    let cursor: TreeCursor

    func read(_ container: TSNode, isRoot: Bool) -> ContainerContents {
        var contents = ContainerContents()
        var attributes: [TSNode] = []
        // In an error node the nesting is known only up to the first stray token.
        let isBroken = ts_node_is_error(container)
        contents.hasDamage = isBroken
        var isAfterStray = false
        let children = children(of: container)
        for (position, (child, isSpliced)) in children.enumerated() {
            let traits = grammar.traits(of: child.symbol)
            if isSpliced && !child.isNamed && !traits.contains(.comment) {
                // `#if` and its like: text between the units, a missing one is damage.
                if child.isDamage { contents.hasDamage = true }
                let isBlank = bytes[child.range].allSatisfy(ByteText.isBlank)
                if !isBlank { addOpaque(child, &attributes, held: isBroken, to: &contents) }
            } else if child.isDamage {
                contents.hasDamage = true
                if !child.range.isEmpty { addOpaque(child, &attributes, held: true, to: &contents) }
            } else if traits.contains(.comment) {
                contents.comments.append(child.range)
            } else if !child.isNamed && !isBroken {
                addToken(
                    child, isFirst: position == 0, isLast: position == children.count - 1,
                    isRoot: isRoot, to: &contents)
            } else if traits.contains(.attribute) {
                attributes.append(child)
            } else if var item = item(for: child) {
                item.isHeldBack = item.isHeldBack || isAfterStray
                add(item, &attributes, to: &contents)
            } else {
                isAfterStray = isAfterStray || isBroken
                addOpaque(child, &attributes, held: isBroken, to: &contents)
            }
        }
        if let last = attributes.popLast() {
            addOpaque(last, &attributes, held: false, to: &contents)
        }
        return contents
    }

    /// The children of a container, with those of conditional blocks in the blocks' place.
    private func children(
        of container: TSNode, depth: Int = 0
    ) -> [(node: TSNode, isSpliced: Bool)] {
        cursor.children(of: container).flatMap { child in
            guard depth < Self.splicesMax, grammar.traits(of: child.symbol).contains(.spliced),
                !child.isDamage
            else { return [(child, depth > 0)] }
            return children(of: child, depth: depth + 1)
        }
    }

    /// Braces frame the container; a separator belongs to the item before it.
    private func addToken(
        _ child: TSNode, isFirst: Bool, isLast: Bool, isRoot: Bool,
        to contents: inout ContainerContents
    ) {
        let text = bytes[child.range]
        if text.allSatisfy(ByteText.isBlank) { return }
        if !isRoot && isFirst && contents.items.isEmpty {
            contents.openEnd = child.end
        } else if !isRoot && isLast {
            contents.closeStart = child.start
        } else if !contents.items.isEmpty {
            let last = contents.items.count - 1
            contents.items[last].end = max(contents.items[last].end, child.end)
        }
    }

    private func addOpaque(
        _ node: TSNode, _ attributes: inout [TSNode], held: Bool,
        to contents: inout ContainerContents
    ) {
        let item = UnitItem(
            kind: .opaque, rule: nil, nodes: [node], inner: nil, body: nil, start: node.start,
            end: end(of: node), isHeldBack: held || node.hasError)
        add(item, &attributes, to: &contents)
    }

    /// Appends an item, or joins it to a run of imports or opaque text.
    private func add(
        _ item: UnitItem, _ attributes: inout [TSNode], to contents: inout ContainerContents
    ) {
        var item = item
        if let first = attributes.first {
            item.nodes = attributes + item.nodes
            item.start = min(first.start, item.start)
            item.isHeldBack = item.isHeldBack || attributes.contains(where: \.hasError)
            attributes = []
        }
        let last = contents.items.count - 1
        let joins = item.kind == .imports || item.kind == .opaque
        if joins, last >= 0, contents.items[last].kind == item.kind {
            contents.items[last].nodes += item.nodes
            contents.items[last].end = item.end
            contents.items[last].isHeldBack = contents.items[last].isHeldBack || item.isHeldBack
        } else {
            contents.items.append(item)
        }
    }

    /// The unit a child is, through its wrappers; nil for opaque text.
    private func item(for node: TSNode) -> UnitItem? {
        guard let (inner, rule) = unit(in: node) else { return nil }
        var kind = rule.kind
        if kind == .constant {
            if hasFunctionValue(inner) { kind = .function }
            if kind == .constant && rule.isOnlyFunction { return nil }
            if grammar.rules.constantsArePlainNames && !isPlainName(of: inner, rule) { return nil }
        }
        let body = kind == .type ? body(of: inner) : nil
        return UnitItem(
            kind: kind, rule: rule, nodes: [node], inner: inner, body: body, start: node.start,
            end: end(of: node), isHeldBack: body == nil && node.hasError || lacksBody(inner))
    }

    /// Whether a line that asks for an indented body has none: no program, although the grammar
    /// takes it for one.
    private func lacksBody(_ node: TSNode) -> Bool {
        guard grammar.rules.indentationMatters, let body = body(of: node) else { return false }
        return !cursor.children(of: body).contains {
            $0.isNamed && !grammar.traits(of: $0.symbol).contains(.comment)
        }
    }

    private func unit(in node: TSNode) -> (TSNode, UnitRule)? {
        var node = node
        // `export declare namespace` is three deep; nothing real is deeper than four.
        for _ in 0..<4 {
            if let rule = grammar.unitRule(of: node.symbol) { return (node, rule) }
            guard grammar.traits(of: node.symbol).contains(.wrapper) else { return nil }
            if let field = grammar.rules.importField, node.child(named: field) != nil {
                return (node, .imports)
            }
            guard let inner = wrapped(in: node) else { return nil }
            node = inner
        }
        return nil
    }

    private func wrapped(in node: TSNode) -> TSNode? {
        for index in 0..<min(node.childCount, 64) {
            guard let child = node.child(index) else { continue }
            let traits = grammar.traits(of: child.symbol)
            if traits.contains(.unit) || traits.contains(.wrapper) { return child }
        }
        return nil
    }

    /// A closure or computed property as the value makes a constant a function.
    private func hasFunctionValue(_ node: TSNode) -> Bool {
        for index in 0..<min(node.childCount, 32) {
            guard let child = node.child(index) else { continue }
            if grammar.traits(of: child.symbol).contains(.functionValue) { return true }
            if let value = child.child(named: "value"),
                grammar.traits(of: value.symbol).contains(.functionValue)
            {
                return true
            }
        }
        return false
    }

    private func isPlainName(of node: TSNode, _ rule: UnitRule) -> Bool {
        guard case .field(let field) = rule.name, let name = node.child(named: field) else {
            return true
        }
        return bytes[name.range].allSatisfy(ByteText.isIdentifier)
    }

    private func body(of node: TSNode) -> TSNode? {
        for index in stride(from: node.childCount - 1, through: 0, by: -1) {
            guard let child = node.child(index) else { continue }
            if grammar.traits(of: child.symbol).contains(.container) { return child }
        }
        return nil
    }

    /// The end of a node without the comments behind it that its grammar counts in.
    private func end(of node: TSNode) -> Int {
        let rules = grammar.rules
        guard rules.indentationMatters || rules.swallowsComments else { return node.end }
        var node = node
        while true {
            var index = node.childCount - 1
            var last: TSNode?
            while index >= 0, last == nil {
                if let child = node.child(index),
                    !grammar.traits(of: child.symbol).contains(.comment)
                {
                    last = child
                }
                index -= 1
            }
            guard let last else { return node.end }
            node = last
        }
    }
}
