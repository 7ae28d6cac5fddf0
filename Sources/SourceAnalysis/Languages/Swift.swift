// Swift. Grammar: alex-pinkus/tree-sitter-swift.

import CTreeSitter

extension Language {
    static let swift = Language(
        "swift", extensions: ["swift"], grammar: tree_sitter_swift(),
        rules: LanguageRules(
            units: [
                "function_declaration": .function(),
                "protocol_function_declaration": .function(),
                "init_declaration": .function(.fixed("init")),
                "deinit_declaration": .function(.fixed("deinit")),
                "subscript_declaration": .function(.fixed("subscript")),
                "macro_declaration": .function(.firstChild(["simple_identifier"])),
                "class_declaration": .type(),
                "protocol_declaration": .type(),
                "property_declaration": .constant(),
                "protocol_property_declaration": .constant(.bound("name")),
                "typealias_declaration": .constant(),
                "associatedtype_declaration": .constant(),
                "operator_declaration": .constant(.firstChild(["custom_operator"])),
                "precedence_group_declaration": .constant(.firstChild(["simple_identifier"])),
                "import_declaration": .imports,
            ],
            containers: ["class_body", "enum_class_body", "protocol_body"],
            comments: ["comment", "multiline_comment", "shebang_line"],
            atoms: [
                "line_string_literal", "multi_line_string_literal", "raw_string_literal",
                "regex_literal",
            ],
            functionValues: ["computed_property"],
            calls: ["call_expression": "", "constructor_expression": ""],
            identifiers: ["simple_identifier", "type_identifier"],
            bindings: [
                "parameter": "name", "lambda_parameter": "", "pattern": "bound_identifier",
                "property_declaration": "name", "if_statement": "bound_identifier",
                "guard_statement": "bound_identifier", "while_statement": "bound_identifier",
                "function_declaration": "name", "class_declaration": "name",
            ],
            bindingHoles: ["user_type", "type_annotation"],
            selfScopes: ["class_body", "enum_class_body"]))
}
