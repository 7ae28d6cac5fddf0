// C and C++, which share most of a grammar. Names sit down a chain of declarators.
// Grammars: tree-sitter/tree-sitter-c, tree-sitter/tree-sitter-cpp.

import CTreeSitter

extension Language {
    static let c = Language(
        "c", extensions: ["c", "h"], grammar: tree_sitter_c(), rules: plain)

    static let cpp = Language(
        "cpp", extensions: ["cc", "cpp", "cxx", "hh", "hpp", "hxx"], grammar: tree_sitter_cpp(),
        rules: withClasses)

    private static let plain = LanguageRules(
        units: [
            "function_definition": .function(.declarator),
            "preproc_function_def": .function(),
            "struct_specifier": .type(),
            "union_specifier": .type(),
            "enum_specifier": .type(),
            "declaration": .constant(.declarator),
            "type_definition": .constant(.declarator),
            "preproc_def": .constant(),
            "preproc_include": .imports,
        ],
        splices: conditional,
        comments: ["comment"],
        atoms: ["string_literal", "char_literal", "system_lib_string"],
        calls: ["call_expression": "function"],
        identifiers: ["identifier", "field_identifier", "type_identifier"],
        bindings: [
            "parameter_declaration": "declarator", "declaration": "declarator",
            "init_declarator": "declarator",
        ], hasLinkageFrames: true)

    private static let conditional: Set<String> = [
        "preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif", "preproc_elifdef",
    ]

    private static let withClasses: LanguageRules = {
        var rules = plain
        rules.units.merge([
            "class_specifier": .type(),
            "namespace_definition": .namespace(),
            "linkage_specification": .namespace(.fixed("extern")),
            "field_declaration": .constant(.declarator),
            "alias_declaration": .constant(),
            "concept_definition": .constant(),
            "using_declaration": .imports,
        ]) { $1 }
        rules.containers = ["field_declaration_list", "declaration_list"]
        rules.wrappers = ["template_declaration"]
        rules.atoms.insert("raw_string_literal")
        return rules
    }()
}
