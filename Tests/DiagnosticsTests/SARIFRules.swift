// What the SARIF 2.1.0 specification asks of the parts that our reports use, as JSON Schema.
//
// Written from the text of the standard (OASIS, sections 3.13 to 3.58): which properties an object
// may have, which it must have, and which values they take. No unknown property is allowed, so
// that a new one is looked up before it is written.

enum SARIFRules {
    static let text = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "type": "object", "additionalProperties": false, "required": ["version", "runs"],
          "properties": {
            "$schema": { "type": "string", "pattern": "^https://" },
            "version": { "const": "2.1.0" },
            "runs": { "type": "array", "items": { "$ref": "#/$defs/run" } }
          },
          "$defs": {
            "time": {
              "type": "string",
              "pattern": "^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-9:]{8}(\\.[0-9]+)?Z$"
            },
            "level": { "enum": ["none", "note", "warning", "error"] },
            "bag": {
              "type": "object",
              "properties": {
                "tags": { "type": "array", "uniqueItems": true, "items": { "type": "string" } }
              }
            },
            "message": {
              "type": "object", "additionalProperties": false, "required": ["text"],
              "properties": { "text": { "type": "string", "minLength": 1 } }
            },
            "run": {
              "type": "object", "additionalProperties": false, "required": ["tool"],
              "properties": {
                "tool": {
                  "type": "object", "additionalProperties": false, "required": ["driver"],
                  "properties": { "driver": { "$ref": "#/$defs/driver" } }
                },
                "automationDetails": {
                  "type": "object", "additionalProperties": false,
                  "properties": { "id": { "type": "string" } }
                },
                "invocations": {
                  "type": "array", "items": { "$ref": "#/$defs/invocation" }
                },
                "results": { "type": "array", "items": { "$ref": "#/$defs/result" } },
                "properties": { "$ref": "#/$defs/bag" }
              }
            },
            "driver": {
              "type": "object", "additionalProperties": false, "required": ["name"],
              "properties": {
                "name": { "type": "string", "minLength": 1 },
                "version": { "type": "string" },
                "rules": {
                  "type": "array", "uniqueItems": true, "items": { "$ref": "#/$defs/rule" }
                }
              }
            },
            "rule": {
              "type": "object", "additionalProperties": false, "required": ["id"],
              "properties": {
                "id": { "type": "string", "minLength": 1 },
                "shortDescription": { "$ref": "#/$defs/message" },
                "fullDescription": { "$ref": "#/$defs/message" },
                "help": { "$ref": "#/$defs/message" },
                "defaultConfiguration": {
                  "type": "object", "additionalProperties": false,
                  "properties": { "level": { "$ref": "#/$defs/level" } }
                },
                "properties": { "$ref": "#/$defs/bag" }
              }
            },
            "invocation": {
              "type": "object", "additionalProperties": false,
              "required": ["executionSuccessful"],
              "properties": {
                "executionSuccessful": { "type": "boolean" },
                "exitCode": { "type": "integer" },
                "startTimeUtc": { "$ref": "#/$defs/time" },
                "endTimeUtc": { "$ref": "#/$defs/time" },
                "toolExecutionNotifications": {
                  "type": "array",
                  "items": {
                    "type": "object", "additionalProperties": false, "required": ["message"],
                    "properties": {
                      "level": { "$ref": "#/$defs/level" },
                      "message": { "$ref": "#/$defs/message" },
                      "descriptor": {
                        "type": "object", "additionalProperties": false, "required": ["id"],
                        "properties": { "id": { "type": "string" } }
                      }
                    }
                  }
                }
              }
            },
            "result": {
              "type": "object", "additionalProperties": false, "required": ["message"],
              "properties": {
                "ruleId": { "type": "string" },
                "ruleIndex": { "type": "integer", "minimum": 0 },
                "kind": {
                  "enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]
                },
                "level": { "$ref": "#/$defs/level" },
                "message": { "$ref": "#/$defs/message" },
                "locations": { "type": "array", "items": { "$ref": "#/$defs/location" } },
                "partialFingerprints": {
                  "type": "object", "additionalProperties": { "type": "string" }
                },
                "suppressions": {
                  "type": "array", "uniqueItems": true,
                  "items": {
                    "type": "object", "additionalProperties": false, "required": ["kind"],
                    "properties": {
                      "kind": { "enum": ["inSource", "external"] },
                      "status": { "enum": ["accepted", "underReview", "rejected"] },
                      "justification": { "type": "string" }
                    }
                  }
                },
                "properties": { "$ref": "#/$defs/bag" }
              }
            },
            "location": {
              "type": "object", "additionalProperties": false,
              "properties": {
                "physicalLocation": {
                  "type": "object", "additionalProperties": false,
                  "required": ["artifactLocation"],
                  "properties": {
                    "artifactLocation": {
                      "type": "object", "additionalProperties": false,
                      "properties": {
                        "uri": {
                          "type": "string",
                          "pattern": "^(file:///)?([A-Za-z0-9._~/-]|%[0-9A-F]{2})*$",
                          "not": { "pattern": "^/" }
                        }
                      }
                    }
                  }
                },
                "logicalLocations": {
                  "type": "array", "uniqueItems": true,
                  "items": {
                    "type": "object", "additionalProperties": false,
                    "properties": {
                      "fullyQualifiedName": { "type": "string" },
                      "kind": { "type": "string" }
                    }
                  }
                }
              }
            }
          }
        }
        """#
}
