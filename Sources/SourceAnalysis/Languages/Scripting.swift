// Go, Ruby, PHP, Lua and Bash.
// Grammars: tree-sitter/tree-sitter-go, -ruby, -php, -bash and MunifTanjim/tree-sitter-lua.

import CTreeSitter

extension Language {
    static let go = Language(
        "go", extensions: ["go"], grammar: tree_sitter_go(),
        rules: LanguageRules(
            units: [
                "function_declaration": .function(),
                "method_declaration": .function(owner: "receiver"),
                "type_declaration": .type(.childField(child: "type_spec", field: "name")),
                "const_declaration": .constant(.childField(child: "const_spec", field: "name")),
                "var_declaration": .constant(.childField(child: "var_spec", field: "name")),
                "import_declaration": .imports,
            ],
            comments: ["comment"],
            atoms: ["interpreted_string_literal", "raw_string_literal", "rune_literal"],
            calls: ["call_expression": "function"],
            identifiers: ["identifier", "package_identifier"],
            bindings: [
                "parameter_declaration": "name", "variadic_parameter_declaration": "name",
                "short_var_declaration": "left", "var_spec": "name", "const_spec": "name",
                "range_clause": "left", "receive_statement": "left", "type_spec": "name",
                "type_switch_statement": "alias",
            ],
            importStyle: .go))

    static let ruby = Language(
        "ruby", extensions: ["rb", "rake"], grammar: tree_sitter_ruby(),
        rules: LanguageRules(
            units: [
                "method": .function(),
                "singleton_method": .function(),
                "class": .type(),
                "module": .type(),
                "singleton_class": .type(.fixed("self")),
                "assignment": .constant(.field("left")),
            ],
            containers: ["body_statement"],
            comments: ["comment"],
            atoms: ["string", "regex", "subshell", "heredoc_body", "string_array", "symbol_array"],
            calls: ["call": "method"],
            callObjects: ["call": "receiver"],
            bindings: [
                "assignment": "left", "method_parameters": "", "block_parameters": "",
                "method": "name",
            ],
            constantsArePlainNames: true))

    static let php = Language(
        "php", extensions: ["php"], grammar: tree_sitter_php(),
        rules: LanguageRules(
            units: [
                "function_definition": .function(),
                "method_declaration": .function(),
                "class_declaration": .type(),
                "interface_declaration": .type(),
                "trait_declaration": .type(),
                "enum_declaration": .type(),
                "namespace_definition": .namespace(),
                "const_declaration": .constant(.firstChild(["const_element"])),
                "property_declaration": .constant(
                    .childField(child: "property_element", field: "name")),
                "namespace_use_declaration": .imports,
            ],
            containers: ["declaration_list", "enum_declaration_list", "compound_statement"],
            comments: ["comment"],
            atoms: ["string", "encapsed_string", "heredoc", "nowdoc", "text"],
            calls: [
                "function_call_expression": "function", "member_call_expression": "name",
                "scoped_call_expression": "name",
            ],
            callObjects: [
                "member_call_expression": "object", "scoped_call_expression": "scope",
            ],
            identifiers: ["name"]))

    static let lua = Language(
        "lua", extensions: ["lua"], grammar: tree_sitter_lua(),
        rules: LanguageRules(
            units: [
                "function_declaration": .function(),
                "assignment_statement": .constant(
                    .childField(child: "variable_list", field: "name")),
            ],
            wrappers: ["variable_declaration"],
            comments: ["comment", "hash_bang_line"],
            atoms: ["string"],
            functionValues: ["function_definition"],
            calls: ["function_call": "name"],
            bindings: ["parameters": "", "variable_list": "", "function_declaration": "name"],
            bindingHoles: ["dot_index_expression", "bracket_index_expression"]))

    static let bash = Language(
        "bash", extensions: ["sh", "bash"], grammar: tree_sitter_bash(),
        rules: LanguageRules(
            units: [
                "function_definition": .function(),
                "variable_assignment": .constant(),
            ],
            // `f() { ...; } && complete -F f g`
            wrappers: ["list"],
            comments: ["comment"],
            atoms: [
                "string", "raw_string", "ansi_c_string", "heredoc_body", "regex",
                "translated_string",
            ],
            calls: ["command": "name"],
            identifiers: ["variable_name"]))
}
