// The contract of the report, as JSON Schema: what a field is called, and which values it takes.
//
// No unknown field is allowed anywhere, so that a field which is added to the report and not here
// fails a test instead of surprising a reader.

/// The JSON Schemas (draft 2020-12) of ``Report`` and of ``ReportLine``.
public enum ReportSchema {
    public static let text = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:aura:report:1",
          "title": "aura.report",
          "description": "One examination of one system.",
          "type": "object",
          "additionalProperties": false,
          "required": [
            "schema", "schema_version", "tool_version", "ruleset_digest", "system", "started",
            "profile", "overall", "overall_ok", "next_step", "checks", "not_run", "findings",
            "finding_count", "exit_code"
          ],
          "properties": {
            "schema": { "const": "aura.report" },
            "schema_version": { "const": 1 },
            "tool_version": { "type": "string", "minLength": 1 },
            "ruleset_digest": { "type": "string", "pattern": "^[0-9a-f]{64}$" },
            "system": { "type": "string" },
            "started": { "$ref": "#/$defs/time" },
            "duration_ms": { "$ref": "#/$defs/count" },
            "profile": { "type": "string" },
            "overall": { "enum": ["OK", "SKIP", "UNKNOWN", "WARN", "FAIL"] },
            "overall_ok": { "type": "boolean" },
            "next_step": { "type": "string", "minLength": 1 },
            "checks": { "type": "array", "items": { "$ref": "#/$defs/check" } },
            "not_run": { "type": "array", "items": { "$ref": "#/$defs/not_run" } },
            "findings": { "type": "array", "items": { "$ref": "#/$defs/finding" } },
            "finding_count": { "$ref": "#/$defs/count" },
            "changes": { "$ref": "#/$defs/changes" },
            "exit_code": { "enum": [0, 1, 2] }
          },
          "$defs": {
        \#(definitions)
          }
        }
        """#

    /// One line of a report as NDJSON.
    public static let lineText = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:aura:report-line:1",
          "title": "aura.report-line",
          "description": "One line of a report: the member named by line, and no other.",
          "type": "object",
          "additionalProperties": false,
          "required": ["schema", "schema_version", "line"],
          "minProperties": 4,
          "maxProperties": 4,
          "properties": {
            "schema": { "const": "aura.report-line" },
            "schema_version": { "const": 1 },
            "line": { "enum": ["head", "check", "not_run", "finding", "summary"] },
            "head": {
              "type": "object",
              "additionalProperties": false,
              "required": ["tool_version", "ruleset_digest", "system", "started", "profile"],
              "properties": {
                "tool_version": { "type": "string", "minLength": 1 },
                "ruleset_digest": { "type": "string", "pattern": "^[0-9a-f]{64}$" },
                "system": { "type": "string" },
                "started": { "$ref": "#/$defs/time" },
                "profile": { "type": "string" }
              }
            },
            "check": { "$ref": "#/$defs/check" },
            "not_run": { "$ref": "#/$defs/not_run" },
            "finding": { "$ref": "#/$defs/finding" },
            "summary": {
              "type": "object",
              "additionalProperties": false,
              "required": ["overall", "overall_ok", "next_step", "finding_count", "exit_code"],
              "properties": {
                "duration_ms": { "$ref": "#/$defs/count" },
                "overall": { "enum": ["OK", "SKIP", "UNKNOWN", "WARN", "FAIL"] },
                "overall_ok": { "type": "boolean" },
                "next_step": { "type": "string", "minLength": 1 },
                "finding_count": { "$ref": "#/$defs/count" },
                "changes": { "$ref": "#/$defs/changes" },
                "exit_code": { "enum": [0, 1, 2] }
              }
            }
          },
          "oneOf": [
            { "properties": { "line": { "const": "head" } }, "required": ["head"] },
            { "properties": { "line": { "const": "check" } }, "required": ["check"] },
            { "properties": { "line": { "const": "not_run" } }, "required": ["not_run"] },
            { "properties": { "line": { "const": "finding" } }, "required": ["finding"] },
            { "properties": { "line": { "const": "summary" } }, "required": ["summary"] }
          ],
          "$defs": {
        \#(definitions)
          }
        }
        """#
}
