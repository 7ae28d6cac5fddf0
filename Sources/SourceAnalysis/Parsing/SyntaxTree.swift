// The tree-sitter types this module uses, with their memory owned by Swift objects.

import CTreeSitter

/// A parsed file. Nodes and cursors are valid while it lives.
final class SyntaxTree {
    private let raw: OpaquePointer

    init(owning raw: OpaquePointer) { self.raw = raw }

    deinit { ts_tree_delete(raw) }

    var root: TSNode { ts_tree_root_node(raw) }
}

/// A position in a tree that moves without allocating.
final class TreeCursor {
    private var raw: TSTreeCursor

    init(at node: TSNode) { raw = ts_tree_cursor_new(node) }

    deinit { ts_tree_cursor_delete(&raw) }

    @inline(__always) var node: TSNode { ts_tree_cursor_current_node(&raw) }
    /// The number of the field that the node is in; 0 for none.
    @inline(__always) var field: UInt16 { ts_tree_cursor_current_field_id(&raw) }
    @inline(__always) func enter() -> Bool { ts_tree_cursor_goto_first_child(&raw) }
    @inline(__always) func advance() -> Bool { ts_tree_cursor_goto_next_sibling(&raw) }
    @inline(__always) func leave() { ts_tree_cursor_goto_parent(&raw) }

    func reset(to node: TSNode) { ts_tree_cursor_reset(&raw, node) }

    /// All children of a node in order. Asking a node for its n-th child walks from the first one
    /// each time, which made a file of 50 000 statements quadratic.
    func children(of node: TSNode) -> [TSNode] {
        reset(to: node)
        guard enter() else { return [] }
        var children = [self.node]
        while advance() { children.append(self.node) }
        return children
    }
}

extension TSNode {
    @inline(__always) var symbol: UInt16 { ts_node_symbol(self) }
    @inline(__always) var start: Int { Int(ts_node_start_byte(self)) }
    @inline(__always) var end: Int { Int(ts_node_end_byte(self)) }
    var range: Range<Int> { start..<max(start, end) }
    var isNull: Bool { ts_node_is_null(self) }
    var isNamed: Bool { ts_node_is_named(self) }
    var hasError: Bool { ts_node_has_error(self) }
    /// An error node, or a token the parser made up to go on.
    var isDamage: Bool { ts_node_is_error(self) || ts_node_is_missing(self) }
    var childCount: Int { Int(ts_node_child_count(self)) }
    var kind: String { String(cString: ts_node_type(self)) }

    func child(_ index: Int) -> TSNode? { ts_node_child(self, UInt32(index)).present }

    func child(named field: String) -> TSNode? {
        ts_node_child_by_field_name(self, field, UInt32(field.utf8.count)).present
    }

    var present: TSNode? { isNull ? nil : self }
}
