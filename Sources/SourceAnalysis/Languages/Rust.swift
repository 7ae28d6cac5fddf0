// Rust. Grammar: tree-sitter/tree-sitter-rust.

import CTreeSitter

extension Language {
    static let rust = Language(
        "rust", extensions: ["rs"], folderStems: ["mod"], grammar: tree_sitter_rust(),
        rules: LanguageRules(
            units: [
                "function_item": .function(),
                "function_signature_item": .function(),
                "macro_definition": .function(),
                "struct_item": .type(),
                "enum_item": .type(),
                "union_item": .type(),
                "trait_item": .type(),
                "impl_item": .type(.type("type")),
                "mod_item": .namespace(),
                "foreign_mod_item": .namespace(.fixed("extern")),
                "const_item": .constant(),
                "static_item": .constant(),
                "type_item": .constant(),
                "associated_type": .constant(),
                "use_declaration": .imports,
                "extern_crate_declaration": .imports,
            ],
            containers: ["declaration_list"],
            attributes: ["attribute_item"],
            comments: ["line_comment", "block_comment"],
            atoms: ["string_literal", "raw_string_literal", "char_literal"],
            calls: ["call_expression": "function"],
            identifiers: ["identifier", "type_identifier"],
            bindings: [
                "parameter": "pattern", "closure_parameters": "", "let_declaration": "pattern",
                "for_expression": "pattern", "match_arm": "pattern", "let_condition": "pattern",
                "function_item": "name", "struct_item": "name", "enum_item": "name",
                "const_item": "name", "static_item": "name", "macro_definition": "name",
            ],
            bindingHoles: ["scoped_identifier", "scoped_type_identifier"],
            importStyle: .rust,
            selfScopes: ["impl_item", "trait_item"]))
}
