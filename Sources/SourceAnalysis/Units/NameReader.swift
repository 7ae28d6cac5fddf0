// A unit's own name, read from its node by the language's table.

import CTreeSitter

/// A name and where it stands.
struct UnitOwnName {
    var text: String
    /// The name's bytes, when it is written as such.
    var range: Range<Int>?
    /// Types the declaration itself names in front: a receiver, `Type::` in C++, `M.` in Lua.
    var owners: [String] = []
    /// The name of the value that a method outside its type is called on.
    var receiver: Range<Int>?
}

/// Applies a ``NameRule``.
struct NameReader {
    let bytes: UnsafeBufferPointer<UInt8>

    func name(of node: TSNode, by rule: UnitRule) -> UnitOwnName {
        var name = plainName(of: node, by: rule.name)
        name.owners.removeAll(where: rule.ownersLeftOut.contains)
        if let field = rule.ownerField, let owner = node.child(named: field) {
            name.owners = [lastIdentifier(in: owner)].filter { !$0.isEmpty }
            name.receiver = owner.child(1).flatMap { $0.child(named: "name") }?.range
        }
        return name
    }

    private func plainName(of node: TSNode, by rule: NameRule) -> UnitOwnName {
        switch rule {
        case .fixed(let text): UnitOwnName(text: text)
        case .field(let field): split(node.child(named: field))
        case .bound(let field):
            split(
                node.child(named: field).map { $0.child(named: "bound_identifier") ?? $0 }
            )
        case .type(let field): split(node.child(named: field).map(baseType))
        case .declarator: split(declared(by: node))
        case .childField(let child, let field):
            split(below(node, child).flatMap { $0.child(named: field) })
        case .firstChild(let kinds): split(first(kinds, in: node).map(firstLeaf))
        }
    }

    /// `A.B.c`, `A::b` and `M.f` name their owners too; other texts are names as they are.
    private func split(_ named: TSNode?) -> UnitOwnName {
        guard let named, !named.range.isEmpty else { return UnitOwnName(text: "default") }
        let text = String(decoding: bytes[named.range], as: UTF8.self)
        let separators: Set<Character> = [".", ":"]
        let parts = text.split(whereSeparator: { separators.contains($0) })
        let isPath =
            parts.count > 1
            && text.utf8.allSatisfy {
                ByteText.isIdentifier($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":")
                    || $0 == UInt8(ascii: "~")
            }
        guard isPath, let last = parts.last else {
            return UnitOwnName(text: collapsed(text), range: named.range)
        }
        return UnitOwnName(
            text: String(last), range: named.range, owners: parts.dropLast().map(String.init))
    }

    /// Blanks within a name, as in a tuple pattern over two lines, count as one space.
    private func collapsed(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private func baseType(_ node: TSNode) -> TSNode {
        var node = node
        while let inner = node.child(named: "type") { node = inner }
        return node
    }

    private func declared(by node: TSNode) -> TSNode? {
        guard var inner = node.child(named: "declarator") else { return node.child(named: "name") }
        // Pointers, arrays and functions nest; C compilers guarantee 12 levels.
        for _ in 0..<64 {
            if let next = inner.child(named: "declarator") {
                inner = next
            } else if inner.kind == "reference_declarator",
                let next = inner.child(inner.childCount - 1)
            {
                inner = next
            } else {
                break
            }
        }
        return inner
    }

    /// A child of this kind, or a child's child: C# keeps a field's names one level down.
    private func below(_ node: TSNode, _ kind: String) -> TSNode? {
        if let child = first([kind], in: node) { return child }
        for index in 0..<min(node.childCount, 64) {
            if let found = node.child(index).flatMap({ first([kind], in: $0) }) { return found }
        }
        return nil
    }

    private func first(_ kinds: [String], in node: TSNode) -> TSNode? {
        for index in 0..<min(node.childCount, 64) {
            if let child = node.child(index), kinds.contains(child.kind) { return child }
        }
        return nil
    }

    private func firstLeaf(_ node: TSNode) -> TSNode {
        var node = node
        while let child = node.child(0) { node = child }
        return node
    }

    private func lastIdentifier(in node: TSNode) -> String {
        let text = String(decoding: bytes[node.range], as: UTF8.self)
        let head = text.split(separator: "[").first.map(String.init) ?? text
        return head.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.last.map(String.init) ?? ""
    }
}
