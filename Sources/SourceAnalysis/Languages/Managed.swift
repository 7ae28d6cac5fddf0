// Java, C#, Kotlin and Scala: classes with bodies of members.
// Grammars: tree-sitter/tree-sitter-java, -c-sharp, -scala and fwcd/tree-sitter-kotlin.

import CTreeSitter

extension Language {
    static let java = Language(
        "java", extensions: ["java"], grammar: tree_sitter_java(),
        rules: LanguageRules(
            units: [
                "method_declaration": .function(),
                "constructor_declaration": .function(),
                "compact_constructor_declaration": .function(),
                "class_declaration": .type(),
                "interface_declaration": .type(),
                "record_declaration": .type(),
                "enum_declaration": .type(),
                "annotation_type_declaration": .type(),
                "field_declaration": javaField,
                "constant_declaration": javaField,
                "import_declaration": .imports,
            ],
            containers: ["class_body", "interface_body", "enum_body", "annotation_type_body"],
            splices: ["enum_body_declarations"],
            comments: ["line_comment", "block_comment"],
            atoms: ["string_literal", "character_literal"],
            calls: ["method_invocation": "name", "object_creation_expression": "type"],
            callObjects: ["method_invocation": "object"],
            identifiers: ["identifier", "type_identifier"],
            // A variable does not hide a method; a method or class within a method does.
            bindings: ["method_declaration": "name", "class_declaration": "name"],
            importStyle: .java,
            selfScopes: ["class_body"]))

    private static let javaField = UnitRule.constant(
        .childField(child: "variable_declarator", field: "name"))

    static let cSharp = Language(
        "c_sharp", extensions: ["cs"], grammar: tree_sitter_c_sharp(),
        rules: LanguageRules(
            units: [
                "method_declaration": .function(),
                "constructor_declaration": .function(),
                "destructor_declaration": .function(),
                "operator_declaration": .function(.field("operator")),
                "conversion_operator_declaration": .function(.field("type")),
                "indexer_declaration": .function(.fixed("this")),
                "property_declaration": .constant(),
                "event_declaration": .constant(),
                "field_declaration": cSharpField,
                "event_field_declaration": cSharpField,
                "class_declaration": .type(),
                "struct_declaration": .type(),
                "interface_declaration": .type(),
                "record_declaration": .type(),
                "enum_declaration": .type(),
                "namespace_declaration": .namespace(),
                "delegate_declaration": .constant(),
                "using_directive": .imports,
            ],
            containers: ["declaration_list"],
            splices: ["preproc_if", "preproc_else", "preproc_elif"],
            comments: ["comment"],
            atoms: [
                "string_literal", "verbatim_string_literal", "raw_string_literal",
                "interpolated_string_expression", "character_literal",
            ],
            calls: ["invocation_expression": "function", "object_creation_expression": "type"],
            bindings: [
                "parameter": "name", "variable_declarator": "name",
                "local_function_statement": "name", "foreach_statement": "left",
            ],
            selfScopes: ["class_declaration"]))

    private static let cSharpField = UnitRule.constant(
        .childField(child: "variable_declarator", field: "name"))

    static let kotlin = Language(
        "kotlin", extensions: ["kt", "kts"], grammar: tree_sitter_kotlin(),
        rules: LanguageRules(
            units: [
                "function_declaration": .function(.firstChild(["simple_identifier"])),
                "secondary_constructor": .function(.fixed("constructor")),
                "class_declaration": .type(.firstChild(["type_identifier"])),
                "object_declaration": .type(.firstChild(["type_identifier"])),
                "companion_object": .type(.fixed("Companion")),
                "property_declaration": .constant(.firstChild(["variable_declaration"])),
                "type_alias": .constant(.firstChild(["type_identifier"])),
                "import_header": .imports,
            ],
            containers: ["class_body", "enum_class_body"],
            splices: ["import_list"],
            comments: ["line_comment", "multiline_comment", "shebang_line"],
            atoms: ["string_literal", "character_literal"],
            calls: ["call_expression": ""],
            identifiers: ["simple_identifier", "type_identifier"],
            bindings: ["parameter": "", "variable_declaration": "", "function_declaration": ""],
            bindingHoles: ["user_type", "function_body", "nullable_type", "function_type"],
            selfScopes: ["class_body"], swallowsComments: true, hidesAnnotationArguments: true))

    static let scala = Language(
        "scala", extensions: ["scala", "sc"], grammar: tree_sitter_scala(),
        rules: LanguageRules(
            units: [
                "function_definition": .function(),
                "function_declaration": .function(),
                "class_definition": .type(),
                "object_definition": .type(),
                "trait_definition": .type(),
                "enum_definition": .type(),
                "package_object": .type(),
                "given_definition": .constant(),
                "val_definition": .constant(.field("pattern")),
                "var_definition": .constant(.field("pattern")),
                "type_definition": .constant(),
                "import_declaration": .imports,
            ],
            containers: ["template_body", "enum_body", "with_template_body"],
            comments: ["comment", "block_comment"],
            atoms: ["string", "interpolated_string_expression", "character_literal"],
            calls: ["call_expression": "function"],
            bindings: [
                "parameter": "name", "binding": "name", "val_definition": "pattern",
                "var_definition": "pattern", "function_definition": "name",
                "case_clause": "pattern", "enumerator": "",
            ],
            selfScopes: ["template_body"]))
}
