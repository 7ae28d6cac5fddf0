// The contracts of plans and journals, as JSON Schema: what a field is called, and which values it
// takes. As with the report, no unknown field is allowed anywhere.

/// The JSON Schema (draft 2020-12) of ``Plan``.
public enum PlanSchema {
    public static let text = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:aura:plan:1",
          "title": "aura.plan",
          "description": "What a repair would do, step by step, before anything is done.",
          "$ref": "#/$defs/plan",
          "$defs": {
        \(RepairSchemaParts.text)
          }
        }
        """
}

/// The JSON Schema (draft 2020-12) of one line of a journal, ``JournalEntry``.
public enum JournalSchema {
    public static let text = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:aura:journal:1",
          "title": "aura.journal",
          "description": "One line of a journal. The lines of a run form a chain of digests.",
          "type": "object",
          "additionalProperties": false,
          "required": [
            "schema", "schema_version", "run", "sequence", "previous", "at", "event"
          ],
          "properties": {
            "schema": { "const": "aura.journal" },
            "schema_version": { "const": 1 },
            "run": { "$ref": "#/$defs/run" },
            "sequence": { "type": "integer", "minimum": 1 },
            "previous": { "$ref": "#/$defs/digest" },
            "at": { "$ref": "#/$defs/time" },
            "event": { "$ref": "#/$defs/event" }
          },
          "$defs": {
        \(events),
        \(RepairSchemaParts.text)
          }
        }
        """

    private static let events = #"""
            "event": {
              "type": "object",
              "minProperties": 1,
              "maxProperties": 1,
              "additionalProperties": false,
              "properties": {
                "begun": {
                  "type": "object", "additionalProperties": false,
                  "required": ["plan", "process", "command", "epoch"],
                  "properties": {
                    "plan": { "$ref": "#/$defs/plan" },
                    "process": { "$ref": "#/$defs/process" },
                    "command": { "type": "string" },
                    "epoch": { "$ref": "#/$defs/count" }
                  }
                },
                "predicted": {
                  "type": "object", "additionalProperties": false,
                  "required": ["codes", "buckets"],
                  "properties": {
                    "codes": { "type": "array", "items": { "$ref": "#/$defs/code" } },
                    "buckets": { "type": "array", "items": { "$ref": "#/$defs/bucket" } }
                  }
                },
                "intended": {
                  "type": "object", "additionalProperties": false,
                  "required": ["step", "title", "touched"],
                  "properties": {
                    "step": { "$ref": "#/$defs/count" },
                    "title": { "type": "string" },
                    "touched": {
                      "type": "array",
                      "items": {
                        "type": "object", "additionalProperties": false,
                        "required": ["path", "manner", "kept_as"],
                        "properties": {
                          "path": { "type": "string" },
                          "manner": { "enum": ["changes", "replaces"] },
                          "before": { "$ref": "#/$defs/digest" },
                          "kept_as": { "type": "string" }
                        }
                      }
                    }
                  }
                },
                "preserved": { "$ref": "#/$defs/step_event" },
                "satisfied": { "$ref": "#/$defs/step_event" },
                "undone": { "$ref": "#/$defs/step_event" },
                "kept": { "$ref": "#/$defs/step_event" },
                "done": {
                  "type": "object", "additionalProperties": false,
                  "required": ["step", "marks"],
                  "properties": {
                    "step": { "$ref": "#/$defs/count" },
                    "marks": {
                      "type": "array",
                      "items": {
                        "type": "object", "additionalProperties": false,
                        "required": ["path"],
                        "properties": {
                          "path": { "type": "string" },
                          "after": { "$ref": "#/$defs/digest" }
                        }
                      }
                    }
                  }
                },
                "failed": {
                  "type": "object", "additionalProperties": false,
                  "required": ["step", "subject", "reason"],
                  "properties": {
                    "step": { "$ref": "#/$defs/count" },
                    "subject": { "type": "string" },
                    "reason": { "type": "string" }
                  }
                },
                "verified": {
                  "type": "object", "additionalProperties": false,
                  "required": ["verdict"],
                  "properties": { "verdict": { "$ref": "#/$defs/verdict" } }
                },
                "resumed": {
                  "type": "object", "additionalProperties": false,
                  "required": ["process"],
                  "properties": { "process": { "$ref": "#/$defs/process" } }
                },
                "undo_begun": {
                  "type": "object", "additionalProperties": false,
                  "required": ["steps", "process"],
                  "properties": {
                    "steps": { "type": "array", "items": { "$ref": "#/$defs/count" } },
                    "process": { "$ref": "#/$defs/process" }
                  }
                },
                "sealed": {
                  "type": "object", "additionalProperties": false,
                  "required": ["outcome"],
                  "properties": {
                    "outcome": {
                      "enum": [
                        "repaired", "partly", "rolled-back", "interrupted", "recovered",
                        "undone", "undone-partly"
                      ]
                    }
                  }
                }
              }
            },
            "step_event": {
              "type": "object", "additionalProperties": false,
              "required": ["step"],
              "properties": { "step": { "$ref": "#/$defs/count" } }
            },
            "process": {
              "type": "object", "additionalProperties": false,
              "required": ["pid", "startTicks", "executable", "bootID"],
              "properties": {
                "pid": { "type": "integer" },
                "startTicks": { "$ref": "#/$defs/count" },
                "executable": { "type": "string" },
                "bootID": { "type": "string" }
              }
            },
            "verdict": {
              "type": "object", "additionalProperties": false,
              "required": [
                "gone", "remaining", "unclear", "new", "codes", "answered", "exit_code"
              ],
              "properties": {
                "gone": { "type": "array", "items": { "$ref": "#/$defs/fingerprint" } },
                "remaining": { "type": "array", "items": { "$ref": "#/$defs/fingerprint" } },
                "unclear": { "type": "array", "items": { "$ref": "#/$defs/fingerprint" } },
                "new": { "type": "array", "items": { "$ref": "#/$defs/code" } },
                "codes": { "type": "array", "items": { "$ref": "#/$defs/code" } },
                "answered": { "type": "array", "items": { "$ref": "#/$defs/bucket" } },
                "exit_code": { "enum": [0, 1, 2] }
              }
            }
        """#
}

/// What both contracts are made of.
enum RepairSchemaParts {
    static let text = #"""
            "count": { "type": "integer", "minimum": 0 },
            "time": {
              "type": "string",
              "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$"
            },
            "digest": { "type": "string", "pattern": "^[0-9a-f]{64}$" },
            "run": { "type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$" },
            "bucket": { "type": "string", "pattern": "^[a-z][a-z0-9-]*$" },
            "code": { "type": "string", "pattern": "^[a-z][a-z0-9-]*\\.[a-z0-9.-]+$" },
            "fingerprint": { "type": "string", "pattern": "^[0-9a-f]{16}$" },
            "loss": {
              "type": "object", "additionalProperties": false,
              "required": ["records", "names"],
              "properties": {
                "records": { "$ref": "#/$defs/count" },
                "names": { "type": "array", "items": { "type": "string" } }
              }
            },
            "plan": {
              "type": "object", "additionalProperties": false,
              "required": [
                "schema", "schema_version", "tool_version", "ruleset_digest", "system", "made",
                "expires", "state_digest", "policy", "seen", "interrupted", "repairs",
                "not_addressed"
              ],
              "properties": {
                "schema": { "const": "aura.plan" },
                "schema_version": { "const": 1 },
                "tool_version": { "type": "string", "minLength": 1 },
                "ruleset_digest": { "$ref": "#/$defs/digest" },
                "system": { "type": "string" },
                "made": { "$ref": "#/$defs/time" },
                "expires": { "$ref": "#/$defs/time" },
                "state_digest": { "$ref": "#/$defs/digest" },
                "policy": { "$ref": "#/$defs/policy" },
                "seen": { "$ref": "#/$defs/seen" },
                "interrupted": { "type": "array", "items": { "$ref": "#/$defs/run" } },
                "repairs": { "type": "array", "items": { "$ref": "#/$defs/repair" } },
                "not_addressed": { "type": "array", "items": { "$ref": "#/$defs/left" } }
              }
            },
            "policy": {
              "type": "object", "additionalProperties": false,
              "required": ["yes", "allow_loss", "only", "unattended"],
              "properties": {
                "yes": { "type": "array", "items": { "type": "string" } },
                "allow_loss": { "type": "array", "items": { "type": "string" } },
                "max_records_lost": { "$ref": "#/$defs/count" },
                "max_files": { "$ref": "#/$defs/count" },
                "max_seconds": { "$ref": "#/$defs/count" },
                "only": { "type": "array", "items": { "type": "string" } },
                "unattended": { "type": "boolean" }
              }
            },
            "seen": {
              "type": "object", "additionalProperties": false,
              "required": ["findings", "answered", "snapshots"],
              "properties": {
                "findings": {
                  "type": "array",
                  "items": {
                    "type": "object", "additionalProperties": false,
                    "required": ["code", "fingerprint"],
                    "properties": {
                      "code": { "$ref": "#/$defs/code" },
                      "fingerprint": { "$ref": "#/$defs/fingerprint" }
                    }
                  }
                },
                "answered": { "type": "array", "items": { "$ref": "#/$defs/bucket" } },
                "snapshots": {
                  "type": "object",
                  "additionalProperties": { "$ref": "#/$defs/digest" }
                }
              }
            },
            "repair": {
              "type": "object", "additionalProperties": false,
              "required": [
                "codes", "fingerprints", "symptom", "fix", "loss", "clears", "steps"
              ],
              "properties": {
                "codes": { "type": "array", "items": { "$ref": "#/$defs/code" } },
                "fingerprints": {
                  "type": "array", "items": { "$ref": "#/$defs/fingerprint" }
                },
                "symptom": { "type": "string" },
                "fix": { "enum": ["safe", "consent"] },
                "loss": { "$ref": "#/$defs/loss" },
                "clears": { "type": "array", "items": { "$ref": "#/$defs/code" } },
                "steps": {
                  "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/step" }
                }
              }
            },
            "step": {
              "type": "object", "additionalProperties": false,
              "required": [
                "number", "title", "bucket", "durable", "undo", "loss", "touches", "file_count",
                "expected_ms", "step"
              ],
              "properties": {
                "number": { "type": "integer", "minimum": 1 },
                "title": { "type": "string", "minLength": 1 },
                "bucket": { "$ref": "#/$defs/bucket" },
                "durable": { "type": "boolean" },
                "undo": { "enum": ["bytes", "step", "none"] },
                "consequence": { "type": "string", "minLength": 1 },
                "loss": { "$ref": "#/$defs/loss" },
                "touches": {
                  "type": "array",
                  "items": {
                    "type": "object", "additionalProperties": false,
                    "required": ["path", "manner", "bound"],
                    "properties": {
                      "path": { "type": "string" },
                      "manner": { "enum": ["changes", "replaces"] },
                      "bound": { "type": "boolean" }
                    }
                  }
                },
                "file_count": { "$ref": "#/$defs/count" },
                "expected_ms": { "$ref": "#/$defs/count" },
                "step": { "type": ["object", "string"] }
              }
            },
            "left": {
              "type": "object", "additionalProperties": false,
              "required": ["code", "fingerprint", "because", "next_step"],
              "properties": {
                "code": { "$ref": "#/$defs/code" },
                "fingerprint": { "$ref": "#/$defs/fingerprint" },
                "because": { "type": "string", "minLength": 1 },
                "next_step": { "type": "string", "minLength": 1 },
                "other": { "$ref": "#/$defs/code" },
                "loss": { "$ref": "#/$defs/loss" }
              }
            }
        """#
}
