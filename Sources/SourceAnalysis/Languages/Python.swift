// Python. Grammar: tree-sitter/tree-sitter-python.

import CTreeSitter

extension Language {
    static let python = Language(
        "python", extensions: ["py", "pyi"], folderStems: ["__init__"],
        grammar: tree_sitter_python(),
        rules: LanguageRules(
            units: [
                "function_definition": .function(),
                "class_definition": .type(),
                "assignment": .constant(.field("left")),
                "type_alias_statement": .constant(.field("left")),
                "import_statement": .imports,
                "import_from_statement": .imports,
                "future_import_statement": .imports,
            ],
            containers: ["block"],
            wrappers: ["decorated_definition"],
            comments: ["comment", "line_continuation"],
            atoms: ["string"],
            calls: ["call": "function"],
            bindings: [
                "parameters": "", "lambda_parameters": "", "assignment": "left",
                "augmented_assignment": "left", "for_statement": "left",
                "for_in_clause": "left", "as_pattern_target": "", "named_expression": "name",
                "function_definition": "name", "class_definition": "name", "case_pattern": "",
                "delete_statement": "",
            ],
            bindingHoles: ["type", "attribute", "subscript"],
            importStyle: .python,
            indentationMatters: true,
            constantsArePlainNames: true))
}
