// The contracts of a difference and of a comparison, as JSON Schema.

/// The JSON Schemas (draft 2020-12) of ``ReportDiff`` and ``TwoSidedComparison``.
public enum ComparisonSchema {
    public static let diff = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:aura:report-diff:1",
          "title": "aura.report-diff",
          "description": "What changed between two or more reports on one system.",
          "type": "object",
          "additionalProperties": false,
          "required": [
            "schema", "schema_version", "from", "to", "report_count", "new", "regressed",
            "fixed", "flapping", "lost_sight", "remaining", "lost_checks", "rules", "exit_code"
          ],
          "properties": {
            "schema": { "const": "aura.report-diff" },
            "schema_version": { "const": 1 },
            "from": { "$ref": "#/$defs/side" },
            "to": { "$ref": "#/$defs/side" },
            "report_count": { "type": "integer", "minimum": 2 },
            "new": { "$ref": "#/$defs/changes" },
            "regressed": { "$ref": "#/$defs/changes" },
            "fixed": { "$ref": "#/$defs/changes" },
            "flapping": { "$ref": "#/$defs/changes" },
            "lost_sight": { "$ref": "#/$defs/changes" },
            "remaining": { "$ref": "#/$defs/changes" },
            "lost_checks": { "type": "array", "items": { "$ref": "#/$defs/bucket" } },
            "rules": {
              "type": "object",
              "additionalProperties": false,
              "required": ["changed", "codes"],
              "properties": {
                "changed": { "type": "boolean" },
                "codes": { "type": "array", "items": { "$ref": "#/$defs/code" } }
              }
            },
            "exit_code": { "enum": [0, 1, 2] }
          },
          "$defs": {
            "side": {
              "type": "object",
              "additionalProperties": false,
              "required": ["started", "tool_version", "overall"],
              "properties": {
                "started": { "$ref": "#/$defs/time" },
                "tool_version": { "type": "string" },
                "overall": { "enum": ["OK", "SKIP", "UNKNOWN", "WARN", "FAIL"] }
              }
            },
            "changes": {
              "type": "array",
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["code", "fingerprint", "severity", "symptom"],
                "properties": {
                  "code": { "$ref": "#/$defs/code" },
                  "fingerprint": { "$ref": "#/$defs/fingerprint" },
                  "severity": { "enum": ["info", "warn", "fail"] },
                  "symptom": { "type": "string", "minLength": 1 }
                }
              }
            },
            "time": {
              "type": "string",
              "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$"
            },
            "bucket": { "type": "string", "pattern": "^[a-z][a-z0-9-]*$" },
            "code": { "type": "string", "pattern": "^[a-z][a-z0-9-]*\\.[a-z0-9.-]+$" },
            "fingerprint": { "type": "string", "pattern": "^[0-9a-f]{16}$" }
          }
        }
        """#

    public static let comparison = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:aura:report-comparison:1",
          "title": "aura.report-comparison",
          "description": "On whose side a trouble lies that two ends reported.",
          "type": "object",
          "additionalProperties": false,
          "required": ["schema", "schema_version", "verdict", "reasons", "exit_code"],
          "properties": {
            "schema": { "const": "aura.report-comparison" },
            "schema_version": { "const": 1 },
            "verdict": {
              "enum": [
                "client", "peer", "both-clients", "link", "peer-link", "server", "healthy",
                "undetermined"
              ]
            },
            "reasons": { "type": "array", "items": { "type": "string", "minLength": 1 } },
            "clock_skew": {
              "type": "object",
              "additionalProperties": false,
              "required": ["skew_ms"],
              "properties": {
                "skew_ms": { "type": "integer" },
                "uncertainty_ms": { "type": "integer", "minimum": 0 }
              }
            },
            "exit_code": { "enum": [0, 1, 2] }
          }
        }
        """#
}
