// The contract of the report, as JSON Schema: what a field is called, and which values it takes.
//
// No unknown field is allowed anywhere, so that a field which is added to the report and not here
// fails a test instead of surprising a reader.

/// The JSON Schema (draft 2020-12) of ``Report``.
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
            "exit_code": { "enum": [0, 1, 2] }
          },
          "$defs": {
            "count": { "type": "integer", "minimum": 0 },
            "time": {
              "type": "string",
              "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$"
            },
            "bucket": { "type": "string", "pattern": "^[a-z][a-z0-9-]*$" },
            "code": { "type": "string", "pattern": "^[a-z][a-z0-9-]*\\.[a-z0-9.-]+$" },
            "fingerprint": { "type": "string", "pattern": "^[0-9a-f]{16}$" },
            "scrub": { "enum": ["plain", "path", "name", "identity", "address", "text"] },
            "check": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "check", "title", "status", "detail", "deadline_ms", "findings", "omitted_count"
              ],
              "properties": {
                "check": { "$ref": "#/$defs/bucket" },
                "title": { "type": "string", "minLength": 1 },
                "status": {
                  "enum": [
                    "ok", "info", "warn", "fail", "unknown", "skipped", "timeout", "crashed"
                  ]
                },
                "detail": { "type": "string" },
                "witness": { "$ref": "#/$defs/witness" },
                "duration_ms": { "$ref": "#/$defs/count" },
                "deadline_ms": { "$ref": "#/$defs/count" },
                "skipped_because": { "$ref": "#/$defs/bucket" },
                "next_step": { "type": "string", "minLength": 1 },
                "findings": { "type": "array", "items": { "$ref": "#/$defs/fingerprint" } },
                "omitted_count": { "$ref": "#/$defs/count" }
              },
              "allOf": [
                {
                  "if": { "properties": { "status": { "enum": ["ok", "info"] } } },
                  "then": {
                    "required": ["witness"],
                    "properties": { "witness": { "properties": { "examined": { "minimum": 1 } } } }
                  },
                  "else": { "required": ["next_step"] }
                },
                {
                  "if": { "properties": { "status": { "const": "skipped" } } },
                  "then": { "required": ["skipped_because"] }
                }
              ]
            },
            "witness": {
              "type": "object",
              "additionalProperties": false,
              "required": ["examined", "unit"],
              "properties": {
                "examined": { "$ref": "#/$defs/count" },
                "total": { "$ref": "#/$defs/count" },
                "unit": { "type": "string" },
                "age_of_newest_ms": { "type": "integer" }
              }
            },
            "not_run": {
              "type": "object",
              "additionalProperties": false,
              "required": ["check", "because"],
              "properties": {
                "check": { "$ref": "#/$defs/bucket" },
                "because": {
                  "enum": [
                    "not selected", "needs a deeper examination", "does not fit the budget",
                    "not in the recording"
                  ]
                }
              }
            },
            "finding": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "code", "fingerprint", "severity", "data_at_stake", "confidence", "fix", "lossy",
                "meaning", "symptom", "impact", "next_step", "subjects", "evidence", "explains"
              ],
              "properties": {
                "code": { "$ref": "#/$defs/code" },
                "fingerprint": { "$ref": "#/$defs/fingerprint" },
                "severity": { "enum": ["info", "warn", "fail"] },
                "data_at_stake": { "type": "boolean" },
                "confidence": { "enum": ["confirmed", "suspected"] },
                "fix": { "enum": ["safe", "consent", "manual", "none"] },
                "lossy": { "type": "boolean" },
                "meaning": { "type": "string", "minLength": 1 },
                "symptom": { "type": "string", "minLength": 1 },
                "impact": { "type": "string", "minLength": 1 },
                "cause": { "type": "string" },
                "next_step": { "type": "string", "minLength": 1 },
                "subjects": { "type": "array", "items": { "$ref": "#/$defs/subject" } },
                "evidence": { "type": "array", "items": { "$ref": "#/$defs/evidence" } },
                "explains": { "type": "array", "items": { "$ref": "#/$defs/code" } },
                "explained_by": { "$ref": "#/$defs/code" },
                "first_seen": { "$ref": "#/$defs/time" },
                "acknowledged": {
                  "type": "object",
                  "additionalProperties": false,
                  "required": ["until", "reason"],
                  "properties": {
                    "until": { "$ref": "#/$defs/time" },
                    "reason": { "type": "string" }
                  }
                }
              }
            },
            "subject": {
              "type": "object",
              "additionalProperties": false,
              "required": ["kind", "value", "scrub"],
              "properties": {
                "kind": { "type": "string", "minLength": 1 },
                "value": { "type": "string" },
                "scrub": { "$ref": "#/$defs/scrub" },
                "offset": { "$ref": "#/$defs/count" },
                "pid": { "type": "integer" }
              }
            },
            "evidence": {
              "type": "object",
              "additionalProperties": false,
              "required": ["label", "kind", "value", "scrub"],
              "properties": {
                "label": { "type": "string", "pattern": "^[a-z][a-z0-9_]*$" },
                "kind": {
                  "enum": ["count", "bytes", "milliseconds", "time", "digest", "flag", "text"]
                },
                "value": { "type": ["integer", "boolean", "string"] },
                "scrub": { "$ref": "#/$defs/scrub" }
              }
            }
          }
        }
        """#
}
