// The parts that the schemas of a report and of a report's line share.

extension ReportSchema {
    static let definitions = #"""
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
                "facts": {
                  "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/evidence" }
                },
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
                    "not in the recording", "not trusted"
                  ]
                }
              }
            },
            "changes": {
              "type": "object",
              "additionalProperties": false,
              "required": ["since", "new", "gone"],
              "properties": {
                "since": { "$ref": "#/$defs/time" },
                "new": { "type": "array", "items": { "$ref": "#/$defs/fingerprint" } },
                "gone": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["code", "fingerprint", "symptom", "first_seen", "gone_at"],
                    "properties": {
                      "code": { "$ref": "#/$defs/code" },
                      "fingerprint": { "$ref": "#/$defs/fingerprint" },
                      "symptom": { "type": "string" },
                      "first_seen": { "$ref": "#/$defs/time" },
                      "gone_at": { "$ref": "#/$defs/time" }
                    }
                  }
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
                "came_back": { "$ref": "#/$defs/time" },
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
        """#
}
