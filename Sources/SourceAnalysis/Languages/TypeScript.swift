// TypeScript, its JSX form, and JavaScript, whose grammar is the base of the other two.
// Grammars: tree-sitter/tree-sitter-typescript, tree-sitter/tree-sitter-javascript.

import CTreeSitter

extension Language {
    static let typescript = Language(
        "typescript", extensions: ["ts", "mts", "cts"], folderStems: ["index"],
        grammar: tree_sitter_typescript(), rules: typed)

    static let tsx = Language(
        "tsx", extensions: ["tsx"], folderStems: ["index"], grammar: tree_sitter_tsx(),
        rules: typedMarkup)

    static let javascript = Language(
        "javascript", extensions: ["js", "mjs", "cjs", "jsx"], folderStems: ["index"],
        grammar: tree_sitter_javascript(), rules: untyped)

    private static let shared: [String: UnitRule] = [
        "function_declaration": .function(),
        "generator_function_declaration": .function(),
        "method_definition": .function(),
        "class_declaration": .type(),
        "class": .type(),
        "lexical_declaration": declared,
        "variable_declaration": declared,
        "assignment_expression": assigned,
        "import_statement": .imports,
    ]

    /// `exports.f = function () {}` and `A.prototype.m = () => {}`.
    private static let assigned: UnitRule = {
        var rule = UnitRule.constant(.field("left"))
        rule.isOnlyFunction = true
        rule.ownersLeftOut = ["exports", "module", "prototype", "this"]
        return rule
    }()

    private static let declared = UnitRule.constant(
        .childField(child: "variable_declarator", field: "name"))

    private static let typedOnly: [String: UnitRule] = [
        "function_signature": .function(),
        "method_signature": .function(),
        "abstract_method_signature": .function(),
        "construct_signature": .function(.fixed("new")),
        "call_signature": .function(.fixed("call")),
        "abstract_class_declaration": .type(),
        "interface_declaration": .type(),
        "enum_declaration": .type(),
        "internal_module": .namespace(),
        "module": .namespace(),
        "type_alias_declaration": .constant(),
        "public_field_definition": .constant(),
        "property_signature": .constant(),
    ]

    private static let untyped = LanguageRules(
        units: shared.merging(["field_definition": .constant(.field("property"))]) { $1 },
        containers: ["class_body"],
        wrappers: ["export_statement", "expression_statement"],
        importField: "source",
        exports: ["export_statement"],
        attributes: ["decorator"],
        comments: ["comment", "hash_bang_line", "html_comment"],
        atoms: ["string", "template_string", "regex"],
        functionValues: ["arrow_function", "function_expression", "generator_function"],
        calls: ["call_expression": "function", "new_expression": "constructor"],
        identifiers: ["identifier", "shorthand_property_identifier_pattern"],
        bindings: [
            "formal_parameters": "", "arrow_function": "parameter", "variable_declarator": "name",
            "function_declaration": "name", "generator_function_declaration": "name",
            "function_expression": "name", "class_declaration": "name", "catch_clause": "parameter",
            "for_in_statement": "left", "assignment_expression": "left",
        ],
        bindingHoles: ["member_expression", "subscript_expression"],
        importStyle: .script,
        selfScopes: [
            "function_expression", "function_declaration", "generator_function",
            "generator_function_declaration", "method_definition", "class_body",
        ])

    private static let typed: LanguageRules = {
        var rules = untyped
        rules.units = shared.merging(typedOnly) { $1 }
        rules.containers = ["class_body", "interface_body", "statement_block"]
        rules.wrappers = ["export_statement", "ambient_declaration", "expression_statement"]
        rules.identifiers.insert("type_identifier")
        rules.bindingHoles.insert("type_annotation")
        return rules
    }()

    private static let typedMarkup: LanguageRules = {
        var rules = typed
        rules.atoms.insert("jsx_text")
        return rules
    }()
}
